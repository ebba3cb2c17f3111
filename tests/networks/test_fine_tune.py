"""Networks that come with the package, tuned to a panel by a recipe."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.config import FineTuning
from esrnn.errors import InputError
from esrnn.training.state import TrainingState
from tests.estimator.frames import months, panel_of, wave
from tests.networks.shipped import MANY, OWN, H
from tests.networks.test_start import FH, assert_alike, forecasts, weights

Recipe = Callable[..., None]
TUNED = {"strategy": "fine_tune", "n_jobs": 1, "random_state": 3}


@pytest.fixture
def recipe(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """Set the recipe."""

    def use(**settings: object) -> None:
        chosen = FineTuning(**{"n_steps": 6, "batch_size": 4, "keep": 0.0, **settings})
        monkeypatch.setattr("esrnn.forecaster.fit_model.fine_tuning_of", lambda preset: chosen)

    return use


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the progress at every step of all members."""
    seen, step = [], TrainingState.step

    def counted(state: TrainingState, indices: object, progress: float, epoch: int) -> object:
        seen.append(progress)
        return step(state, indices, progress, epoch)

    monkeypatch.setattr(TrainingState, "step", counted)
    return seen


@pytest.mark.parametrize(("n_series", "batch_size"), [(1, 4), (2, 1), (40, 4), (40, 64), (39, 5)])
def test_the_number_of_steps_does_not_depend_on_the_panel(
    recipe: Recipe, steps: list[float], n_series: int, batch_size: int
) -> None:
    recipe(n_steps=6, batch_size=batch_size)
    y = MANY.loc[[f"a{k}" for k in range(n_series)]]
    forecaster = ESRNN(**TUNED, calibration=0.0).fit(y, fh=[1])
    assert forecaster.strategy_ == "fine_tune"
    assert len(steps) == 2 * 6
    np.testing.assert_allclose(steps[:6], np.arange(6) / 6)


def test_series_of_one_observation_count_for_no_step(recipe: Recipe, steps: list[float]) -> None:
    recipe(n_steps=4, batch_size=1)
    y = panel_of({"a": wave(9), "b": [3.0], "c": wave(9) - 100.0}, months(9))
    ESRNN(**TUNED).fit(y, fh=[1])
    assert len(steps) == 2 * 4


def test_tuning_moves_the_networks_a_little(recipe: Recipe) -> None:
    recipe(learning_rate=1e-4)
    as_they_are, tuned = ESRNN().fit(OWN), ESRNN(**TUNED).fit(OWN, fh=FH)
    for before, after in zip(weights(as_they_are), weights(tuned), strict=True):
        assert 0.0 < np.abs(after - before).max() < 1e-3
    assert np.isfinite(tuned.predict_interval().to_numpy()).all()
    assert_alike(tuned, ESRNN(**TUNED).fit(OWN, fh=FH))


def test_all_that_is_kept_is_zero_shot(recipe: Recipe) -> None:
    """Bit for bit, intervals too: of few series nothing is held back."""
    recipe(keep=1.0, learning_rate=0.1)
    assert_alike(ESRNN(**TUNED).fit(OWN), ESRNN().fit(OWN))


def test_weights_lie_between_those_before_and_after(recipe: Recipe) -> None:
    found = {}
    for keep in (0.0, 0.25, 1.0):
        recipe(keep=keep)
        forecaster = ESRNN(**TUNED).fit(OWN)
        rows = [member.smoothing.rows for member in forecaster.ensemble_.members]
        found[keep] = [*weights(forecaster), *rows]
    for last, between, first in zip(*found.values(), strict=True):
        np.testing.assert_allclose(between, 0.25 * first + 0.75 * last, atol=1e-6)
        assert (first != last).any()


def test_networks_that_training_makes_no_better_stay_as_they_are(recipe: Recipe) -> None:
    recipe(n_steps=50, patience=2, learning_rate=1.0, series_learning_rate=1.0)
    tuned = ESRNN(**TUNED).fit(MANY)
    for before, after in zip(weights(ESRNN().fit(MANY)), weights(tuned), strict=True):
        np.testing.assert_array_equal(before, after)
    assert (tuned.training_history().groupby("member").size() == 2).all()


def test_what_is_given_overrides_the_recipe(recipe: Recipe, steps: list[float]) -> None:
    recipe(keep=0.5)
    tuned = ESRNN(**TUNED, n_epochs=3, batch_size=20, learning_rate=0.01).fit(MANY, fh=[1])
    training = tuned.config_.training
    assert (training.n_steps, training.n_epochs, training.batch_size) == (None, 3, 20)
    assert (training.learning_rate, training.keep) == (0.01, 0.5)
    assert len(steps) == 2 * 3 * 2


def test_the_recipe_is_in_the_settings(recipe: Recipe, tmp_path: Path) -> None:
    recipe(n_steps=5, warm_up=0.4, keep=0.3)
    tuned = ESRNN(**TUNED).fit(OWN, fh=FH).save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert_alike(loaded, tuned)
    assert loaded.config_ == tuned.config_
    training = loaded.config_.training
    assert (training.n_steps, training.warm_up, training.keep) == (5, 0.4, 0.3)
    assert loaded.strategy_ == "fine_tune"


@pytest.mark.parametrize("y", [OWN, MANY], ids=["few", "many"])
def test_intervals_are_those_of_the_networks_before_they_were_tuned(
    recipe: Recipe, y: pd.DataFrame
) -> None:
    """Tuned networks know the past that their errors would be measured on."""
    recipe()
    tuned, before = ESRNN(**TUNED).fit(y).ensemble_, ESRNN(strategy="zero_shot").fit(y).ensemble_
    for mine, its in zip(tuned.members, before.members, strict=True):
        np.testing.assert_array_equal(mine.holdout.scores, its.holdout.scores)
    assert tuned.typical == before.typical
    assert tuned.interval_factors().tolist() == before.interval_factors().tolist()


@pytest.mark.parametrize("update_params", [True, False])
def test_it_moves_on(recipe: Recipe, update_params: bool) -> None:
    recipe()
    tuned = ESRNN(**TUNED).fit(OWN, fh=FH)
    before = weights(tuned)
    more = panel_of({"x": [8.0, 8.5]}, months(42)[-2:])
    tuned.update(more, update_params=update_params)
    assert tuned.strategy_ == "fine_tune"
    same = all((w == v).all() for w, v in zip(before, weights(tuned), strict=True))
    assert same != update_params
    if update_params:
        again = ESRNN(**TUNED).fit(pd.concat([OWN, more]).sort_index())
        for one, other in zip(forecasts(tuned), forecasts(again), strict=True):
            pd.testing.assert_frame_equal(one, other)


def test_pretrained_networks_are_tuned_if_asked_for(recipe: Recipe) -> None:
    recipe()
    quick = {"n_epochs": 1, "n_members": 1, "hidden_size": 4, "horizon": H, **TUNED}
    pretrained = ESRNN(**quick).pretrain(MANY)
    before = pretrained.pretrained_.ensemble.members[0].network.weights
    tuned = pretrained.fit(OWN)
    assert tuned.strategy_ == "fine_tune"
    after = tuned.ensemble_.members[0].network.weights
    assert any((after[name] != weight).any() for name, weight in before.items())


def test_a_single_series_of_one_observation_can_not_be_trained_on(recipe: Recipe) -> None:
    recipe()
    y = pd.Series([3.0], months(1))
    with pytest.raises(InputError, match="training needs a series of at least 2 observations"):
        ESRNN(**TUNED).fit(y, fh=[1])
    assert ESRNN().fit(y, fh=FH).predict().size == H
