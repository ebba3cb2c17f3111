"""Networks trained on some series that forecast others, and training that goes on."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sktime.exceptions import NotFittedError

from esrnn import ESRNN
from esrnn.errors import InputError
from tests.estimator.frames import months, panel_of, small, wave

A = panel_of({f"a{k}": wave(48, seed=k) for k in range(8)}, months(48))
B = panel_of({"x": wave(40, 7.0, seed=21), "y": wave(33, seed=22) - 100.0}, months(40))


@pytest.fixture(scope="module")
def pretrained_once() -> ESRNN:
    return small(horizon=6).pretrain(A)


@pytest.fixture
def pretrained(pretrained_once: ESRNN) -> ESRNN:
    return copy.deepcopy(pretrained_once)


def weights(forecaster: ESRNN) -> dict[str, np.ndarray]:
    return forecaster.ensemble_.members[0].network.weights


def test_fit_trains_no_network(pretrained: ESRNN) -> None:
    before = pretrained.pretrained_.ensemble.members[0].network.weights
    forecaster = pretrained.fit(B)
    for name, weight in weights(forecaster).items():
        np.testing.assert_array_equal(weight, before[name])
    y_hat = forecaster.predict()
    assert y_hat.index.unique(level=0).tolist() == ["x", "y"]
    assert len(y_hat) == 12
    assert np.isfinite(y_hat.to_numpy()).all()


def test_forecasts_depend_on_nothing_but_the_series_itself(pretrained: ESRNN) -> None:
    both = pretrained.fit(B).predict()
    for name in ("x", "y"):
        alone = pretrained.clone().fit(B.loc[[name]]).predict()
        np.testing.assert_allclose(alone.to_numpy(), both.loc[[name]].to_numpy(), rtol=1e-4)


def test_a_single_series(pretrained: ESRNN) -> None:
    y = pd.Series(wave(40, 7.0, seed=21), months(40), name="sales")
    y_hat = pretrained.fit(y).predict()
    assert isinstance(y_hat, pd.Series)
    np.testing.assert_allclose(
        y_hat.to_numpy(), pretrained.fit(B).predict().loc["x"].to_numpy().ravel(), rtol=1e-4
    )


def test_predict_needs_a_fit(pretrained: ESRNN) -> None:
    assert pretrained.state == "pretrained"
    for call in (pretrained.predict, pretrained.components, pretrained.continue_training):
        with pytest.raises(NotFittedError):
            call()


def test_what_was_pretrained_survives(pretrained: ESRNN) -> None:
    first = pretrained.fit(B).predict()
    assert pretrained.fit(B).predict().equals(first)
    assert pretrained.clone().fit(B).predict().equals(first)
    assert pickle.loads(pickle.dumps(pretrained)).predict().equals(first)
    assert list(pretrained.get_pretrained_params()) == ["pretrained_"]


def test_set_params_forgets_it(pretrained: ESRNN) -> None:
    """As sktime has it: parameters make another forecaster."""
    pretrained.set_params(n_epochs=2)
    assert not hasattr(pretrained, "pretrained_")


def test_the_horizon_may_come_from_fh() -> None:
    forecaster = small().pretrain(A, fh=[1, 2, 3]).fit(B, fh=[1, 2])
    assert forecaster.config_.network.horizon == 3
    assert len(forecaster.predict()) == 4
    assert small().pretrain(A).pretrained_.horizon == 18  # as usual for months


def test_pretraining_again_trains_further(pretrained: ESRNN) -> None:
    first = copy.deepcopy(pretrained)
    pretrained.pretrain(B)
    assert pretrained.pretrained_.ensemble.ids == ("x", "y")
    old, new = (f.pretrained_.ensemble.members[0].network.weights for f in (first, pretrained))
    assert any(not np.array_equal(old[name], new[name]) for name in old)
    # From where it was: one epoch moves weights less than they lie from a new draw.
    anew = (
        small(horizon=6, random_state=77)
        .pretrain(B)
        .pretrained_.ensemble.members[0]
        .network.weights
    )
    name = "stack.blocks.0.0.cell.rnn.weight_ih_l0"
    assert np.abs(new[name] - old[name]).mean() < 0.3 * np.abs(anew[name] - old[name]).mean()


def test_a_fitted_forecaster_becomes_a_pretrained_one() -> None:
    fitted = small(horizon=6).fit(A)
    before = copy.deepcopy(weights(fitted))
    fitted.pretrain(B)
    after = fitted.pretrained_.ensemble.members[0].network.weights
    assert any(not np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
def test_columns_are_series_too() -> None:
    both = pd.concat([A, A.rename(columns={"sales": "returns"}) * 0.1], axis=1)
    forecaster = small(horizon=6).pretrain(both)
    ids = forecaster.pretrained_.ensemble.ids
    assert len(ids) == 16
    assert ids[0] == ("sales", "a0")
    assert ids[-1] == ("returns", "a7")
    y_hat = forecaster.fit(both.loc[["a0"]], fh=[1, 2]).predict()
    assert y_hat.columns.tolist() == ["sales", "returns"]
    assert (y_hat["sales"] > 3.0 * y_hat["returns"]).all()


def test_another_frequency_is_refused(pretrained: ESRNN) -> None:
    days = pd.date_range("2024-01-01", periods=30)
    with pytest.raises(InputError, match=r"step of training, 'M'; got .* step 'D'"):
        pretrained.fit(pd.Series(wave(30), days))


@pytest.mark.parametrize(
    "index",
    [pd.date_range("2021-01-31", periods=30, freq="ME"), pd.RangeIndex(30)],
    ids=["month ends", "no frequency"],
)
def test_other_ways_to_write_the_frequency_are_not(pretrained: ESRNN, index: pd.Index) -> None:
    y_hat = pretrained.fit(pd.Series(wave(30), index)).predict()
    assert len(y_hat) == 6


def test_updates_keep_the_networks(pretrained: ESRNN) -> None:
    y = pd.Series(wave(40), months(40))
    for update_params in (False, True):
        forecaster = pretrained.clone().fit(y.iloc[:30])
        forecaster.update(y.iloc[30:], update_params=update_params)
        for name, weight in weights(forecaster).items():
            expected = pretrained.pretrained_.ensemble.members[0].network.weights[name]
            np.testing.assert_array_equal(weight, expected)
        assert forecaster.predict().index.equals(months(46)[40:])
    # With parameters, as a fit to all data.
    assert forecaster.predict().equals(pretrained.clone().fit(y).predict())


class TestContinueTraining:
    def test_adapts_the_networks(self, pretrained: ESRNN) -> None:
        forecaster = pretrained.fit(B)
        before = copy.deepcopy(weights(forecaster))
        assert forecaster.continue_training(n_epochs=3) is forecaster
        assert any(not np.array_equal(before[n], w) for n, w in weights(forecaster).items())
        assert len(forecaster.training_history()) == 3
        assert np.isfinite(forecaster.predict().to_numpy()).all()

    def test_what_was_pretrained_stays_as_it_was(self, pretrained: ESRNN) -> None:
        before = copy.deepcopy(pretrained.pretrained_.ensemble.members[0].network.weights)
        first = pretrained.fit(B).predict()
        pretrained.continue_training()
        for name, weight in pretrained.pretrained_.ensemble.members[0].network.weights.items():
            np.testing.assert_array_equal(weight, before[name])
        assert pretrained.fit(B).predict().equals(first)

    def test_lowers_the_loss(self) -> None:
        forecaster = small(horizon=6, n_epochs=4, learning_rate=3e-3).fit(A)
        first = forecaster.training_history()["loss"].to_numpy()
        forecaster.continue_training(n_epochs=40)
        assert forecaster.training_history()["loss"].iloc[-1] < first[-1]
        assert forecaster.config_.training.n_epochs == 40

    def test_shorter_series_need_not_show_the_season(self, pretrained: ESRNN) -> None:
        """What "auto" settled for the panel of pretraining stays settled."""
        short = B.groupby(level=0, sort=False).head(20)
        assert pretrained.fit(short).continue_training(n_epochs=1).predict().notna().all(axis=None)
        assert pretrained.pretrain(short).fit(short).config_.smoothing.seasonal_periods == (12,)

    def test_what_does_not_fit_the_first_training_is_refused(self, pretrained: ESRNN) -> None:
        days = pd.date_range("2024-01-01", periods=30)
        with pytest.raises(InputError, match=r"step of training, 'M'; got .* step 'D'"):
            pretrained.pretrain(panel_of({"a": wave(30)}, days))
        static = pd.DataFrame({"size": 1.0}, B.index)
        with pytest.raises(InputError, match="the model was trained without X"):
            pretrained.pretrain(B, static)

    def test_refuses_what_is_no_number_of_epochs(self, pretrained: ESRNN) -> None:
        with pytest.raises(InputError, match="n_epochs must be at least 1; got 0"):
            pretrained.fit(B).continue_training(n_epochs=0)
