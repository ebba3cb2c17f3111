"""One small network that learns what trained networks forecast."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError
from tests.estimator.frames import months, panel_of, wave
from tests.networks.shipped import LEVELS, MANY, OWN, H
from tests.networks.test_start import FH, assert_alike, weights
from tests.networks.test_start_covariates import FUTURE, PAST, Y

QUICK = {"strategy": "distil", "n_epochs": 1, "hidden_size": 3, "n_jobs": 1, "random_state": 3}
SOME = MANY.loc[[f"a{k}" for k in range(12)]]


@pytest.fixture
def student(shipped: Path) -> ESRNN:
    return ESRNN(**QUICK).fit(SOME, fh=FH)


def test_it_is_one_network_with_the_levels_of_its_teacher(student: ESRNN) -> None:
    assert student.strategy_ == "distil"
    assert len(student.ensemble_.members) == 1
    assert student.config_.network.quantile_levels == LEVELS
    assert student.config_.network.hidden_size == 3
    quantiles = student.predict_quantiles(alpha=[0.05, 0.5, 0.9]).to_numpy()
    assert (np.diff(quantiles, axis=1) > 0.0).all()
    assert_alike(student, ESRNN(**QUICK).fit(SOME, fh=FH))


def test_it_comes_near_to_its_teacher(shipped: Path) -> None:
    """Nearer than what is trained on the values, since the teacher has hardly been trained."""
    longer = {**QUICK, "n_epochs": 40, "hidden_size": 8, "learning_rate": 1e-2}
    teacher = ESRNN(strategy="zero_shot").fit(SOME, fh=FH).predict()
    found, other = (
        ESRNN(**{**longer, "strategy": way}).fit(SOME, fh=FH).predict()
        for way in ("distil", "train")
    )
    apart, usual = (np.abs(np.log(one / teacher)).to_numpy().mean() for one in (found, other))
    assert apart < 0.7 * usual


def test_it_is_half_as_wide_as_its_teacher(shipped: Path) -> None:
    student = ESRNN(**{**QUICK, "hidden_size": None}).fit(SOME, fh=FH)
    teacher = ESRNN(strategy="zero_shot").fit(SOME, fh=FH)
    assert student.config_.network.hidden_size == teacher.config_.network.hidden_size // 2


def test_more_students_and_other_cells(shipped: Path) -> None:
    two = ESRNN(**QUICK, n_members=2, cell="mlp").fit(SOME, fh=FH)
    assert [one.config.network.cell for one in two.ensemble_.members] == ["mlp", "mlp"]
    first, second = (one.network.weights for one in two.ensemble_.members)
    assert any((first[name] != second[name]).any() for name in first)


def test_any_model_teaches(shipped: Path, tmp_path: Path) -> None:
    """A fitted one, one on disk, a combination."""
    tiny = {"n_members": 2, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 1}
    fitted = ESRNN(**tiny, start_from=None, horizon=H).fit(SOME)
    fitted.save_model(tmp_path / "model")
    of_fitted = ESRNN(**QUICK, start_from=fitted).fit(SOME, fh=FH)
    of_saved = ESRNN(**QUICK, start_from=str(tmp_path / "model")).fit(SOME, fh=FH)
    assert len(of_saved.ensemble_.members) == 1
    assert np.isfinite(of_saved.predict_interval().to_numpy()).all()
    both = ESRNN(**tiny, strategy="combine").fit(SOME, fh=FH)
    of_both = ESRNN(**QUICK, start_from=both).fit(SOME, fh=FH)
    assert any(
        (one != other).any()
        for one, other in zip(weights(of_fitted), weights(of_both), strict=True)
    )
    other = ESRNN(**QUICK).pretrain(MANY).fit(OWN, fh=FH)
    assert other.strategy_ == "distil"


def test_horizons(shipped: Path) -> None:
    assert ESRNN(**QUICK).fit(SOME, fh=[1, 2]).config_.network.horizon == 2
    longer = ESRNN(**QUICK, horizon=H + 2).fit(SOME)
    assert longer.config_.network.horizon == H
    assert len(longer.predict()) == 12 * (H + 2)


def test_it_is_saved_loaded_and_moves_on(student: ESRNN, tmp_path: Path) -> None:
    student.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.strategy_ == "distil"
    assert_alike(loaded, student)
    new = panel_of({"new": wave(30, 9.0)}, months(60)[-30:])
    before = weights(student)
    student.update(new, update_params=False)
    assert all((w == v).all() for w, v in zip(before, weights(student), strict=True))
    loaded.update(new, update_params=True)
    assert loaded.strategy_ == "distil"
    assert len(loaded.ensemble_.members) == 1
    assert len(loaded.predict()) == len(student.predict()) == 13 * H


def test_columns_of_x_have_the_effects_that_the_teacher_knows(shipped: Path) -> None:
    student = ESRNN(**{**QUICK, "learning_rate": 1e-6}).fit(Y, PAST, fh=FH)
    without = student.predict(X=FUTURE.assign(promo=0.0))["sales"]
    ratio = np.log(student.predict(X=FUTURE)["sales"] / without)
    np.testing.assert_allclose(ratio, 0.3 * FUTURE["promo"], atol=0.03)
    both = ESRNN(**{**QUICK, "strategy": "combine", "n_members": 1}).fit(Y, PAST, fh=FH)
    with pytest.raises(InputError, match="can't start from a combination with future covariates"):
        ESRNN(**QUICK, start_from=both).fit(Y, PAST, fh=FH)


def test_zeros_short_series_and_gaps(shipped: Path) -> None:
    rng = np.random.default_rng(0)
    gaps = np.where(rng.random(40) < 0.2, np.nan, wave(40))
    gaps[0] = 100.0
    long = {"zeros": np.zeros(40), "gaps": gaps, "low": wave(40) - 99.0}
    short = {"few": [3.0, 4.0], "one": [5.0]}
    last = [panel_of({name: y}, months(40)[-len(y) :]) for name, y in short.items()]
    y = pd.concat([panel_of(long, months(40)), *last])
    student = ESRNN(**QUICK).fit(y, fh=FH)
    intervals = student.predict_interval()
    assert np.isfinite(intervals.to_numpy()).all()
    assert set(intervals.index.unique(level=0)) == {"few", "gaps", "low", "one", "zeros"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start_from": None}, "needs networks to start from"),
        ({"quantile_levels": [0.01, 0.5, 0.99]}, "quantile_levels"),
    ],
)
def test_what_can_not_be_is_refused(
    shipped: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ESRNN(**QUICK, **settings).fit(SOME, fh=FH)


def test_the_form_of_a_series_is_the_teachers(shipped: Path) -> None:
    student = ESRNN(**QUICK, seasonality="additive").fit(SOME, fh=FH)
    assert student.ensemble_.smoothing.additive.all()
    assert isinstance(student.predict(), pd.DataFrame)
