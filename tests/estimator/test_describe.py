"""What a fitted forecaster says about its series and its training."""

import numpy as np
import pandas as pd
import pytest
from sktime.exceptions import NotFittedError

from esrnn import ESRNN
from esrnn.errors import InputError
from tests.estimator.frames import months, panel_of, small, wave

Y = panel_of({"b": wave(40), "a": wave(30, 7.0, seed=1), "c": wave(40, seed=2) - 100}, months(40))


@pytest.fixture(scope="module")
def fitted() -> ESRNN:
    return small(horizon=15, seasonal_periods=(4, 12), n_members=2, n_epochs=3).fit(Y)


class TestComponents:
    def test_history_then_forecast_of_each_series(self, fitted: ESRNN) -> None:
        parts = fitted.components()
        y_hat = fitted.predict()
        for name in ("b", "a", "c"):
            own = parts.loc[name]
            assert own.index.equals(Y.loc[name].index.append(y_hat.loc[name].index))
            np.testing.assert_array_equal(own["y"].dropna(), Y.loc[name, "sales"])
            np.testing.assert_array_equal(own["y_hat"].dropna(), y_hat.loc[name, "sales"])
        assert parts.index.names == Y.index.names
        assert parts.columns.tolist() == [
            "y", "level", "seasonality_4", "seasonality_12", "network", "y_hat", "form",
        ]  # fmt: skip

    @pytest.mark.parametrize("fh", [None, [1, 2, 3], [2, 7, 15], [20]])
    def test_the_parts_make_up_the_forecast(self, fitted: ESRNN, fh: list[int] | None) -> None:
        ahead = fitted.components(fh=fh).dropna(subset="y_hat")
        smoothed = ahead[["level", "seasonality_4", "seasonality_12"]]
        additive = ahead["form"] == "additive"
        assert additive.tolist() == [name == "c" for name in ahead.index.get_level_values(0)]
        product = smoothed.prod(axis=1) * ahead["network"]
        total = smoothed.sum(axis=1) + ahead["network"]
        expected = product.where(~additive, total)
        np.testing.assert_allclose(expected.to_numpy(float), ahead["y_hat"])

    def test_asking_changes_nothing(self, fitted: ESRNN) -> None:
        before = fitted.components()
        fitted.components(fh=[20])
        pd.testing.assert_frame_equal(fitted.components(), before)
        with pytest.raises(InputError, match="steps ahead must be at least 1; got 0"):
            fitted.components(fh=[0, 1])

    def test_the_last_level_and_season_go_on(self, fitted: ESRNN) -> None:
        parts = fitted.components().loc["b"]
        ahead, past = parts.iloc[40:], parts.iloc[:40]
        assert (ahead["level"] == past["level"].iloc[-1]).all()
        np.testing.assert_array_equal(
            ahead["seasonality_12"].iloc[:3], ahead["seasonality_12"].iloc[12:15]
        )
        assert past["network"].isna().all()

    def test_a_single_series_has_a_plain_index(self) -> None:
        y = pd.Series(wave(30), months(30), name="sales")
        parts = small(horizon=2).fit(y).components()
        assert parts.index.equals(months(32))
        assert len(parts) == 32

    def test_a_hierarchy(self) -> None:
        y = pd.concat({("n", 1): Y.loc["b"], ("s", 1): Y.loc["a"]}, names=["region", "shop"])
        parts = small(horizon=2).fit(y).components()
        assert parts.index.names == ["region", "shop", "time"]
        assert len(parts.loc[("s", 1)]) == 32


class TestCoefficients:
    def test_one_row_for_each_series(self, fitted: ESRNN) -> None:
        coefficients = fitted.smoothing_coefficients()
        assert coefficients.index.tolist() == ["b", "a", "c"]
        assert coefficients.columns.tolist() == ["level", "seasonality_4", "seasonality_12", "form"]
        numbers = coefficients.drop(columns="form").to_numpy(float)
        assert ((numbers > 0.0) & (numbers < 1.0)).all()
        assert coefficients["form"].tolist() == ["multiplicative", "multiplicative", "additive"]

    def test_they_smooth_the_level(self) -> None:
        """The level follows its recursion with the coefficient that is told."""
        fitted = small(horizon=2, seasonal_periods=()).fit(Y.loc[["b"]])
        alpha = fitted.smoothing_coefficients().loc["b", "level"]
        parts = fitted.components().loc["b"].iloc[:40]
        y, level = parts["y"].to_numpy(), parts["level"].to_numpy()
        np.testing.assert_allclose(level[1:], alpha * y[1:] + (1.0 - alpha) * level[:-1])


class TestHistory:
    def test_a_row_for_each_epoch_of_each_member(self, fitted: ESRNN) -> None:
        history = fitted.training_history()
        assert history[["member", "epoch"]].to_numpy().tolist() == [
            [k, n] for k in (0, 1) for n in (1, 2, 3)
        ]
        assert (history["loss"] > 0.0).all()
        assert (history["gradient_norm"] > 0.0).all()
        assert history["val_owa"].isna().all()

    def test_scores_of_early_stopping(self) -> None:
        history = small(horizon=3, n_epochs=4, patience=9).fit(Y).training_history()
        assert len(history) == 4
        assert (history["val_owa"] > 0.0).all()


def test_a_look_into_a_network(fitted: ESRNN) -> None:
    one, two = fitted.inspect_network(), fitted.inspect_network(member=1)
    assert (one.member, two.member) == (0, 1)
    assert one.series == ("b", "a")  # the more common form
    assert not np.array_equal(one.input_gradient, two.input_gradient)


@pytest.mark.parametrize(
    "name", ["inspect_network", "components", "smoothing_coefficients", "training_history"]
)
def test_they_need_a_fit(name: str) -> None:
    with pytest.raises(NotFittedError):
        getattr(small(horizon=2), name)()
