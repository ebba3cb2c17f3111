"""`update` through sktime: sequences of corrections, new series, zeros and gaps, and the cutoff."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.compose import TransformedTargetForecaster
from sktime.split import ExpandingWindowSplitter
from sktime.transformations.series.exponent import ExponentTransformer

from esrnn import ESRNN
from esrnn.forecaster import FittedPanel
from esrnn.frames import sktime_to_panel
from tests.estimator.frames import months, panel_of, small, wave
from tests.estimator.shared import PANEL, SERIES, SKTIME_OWN_WARNING, since, until

STAMPS = {
    "integer": pd.RangeIndex(3, 63),
    "days of a zone": pd.date_range("2021-03-01", periods=60, freq="D", tz="Europe/Berlin"),
}
OLD = {"b": (4, 24), "a": (0, 20), "c": (10, 24)}  # first and last step


def value(name: str, step: int) -> float:
    return 50.0 + 10.0 * np.sin(step * np.pi / 3.0) + ord(name) - 97


def frame(values: dict[tuple[str, int], float], stamps: pd.Index) -> pd.DataFrame:
    """Put values by series and step into a frame, sorted as sktime wants it."""
    steps: dict[str, list[int]] = {}
    for name, step in values:
        steps.setdefault(name, []).append(step)
    parts = {
        name: pd.Series([values[name, k] for k in sorted(own)], stamps[sorted(own)])
        for name, own in steps.items()
    }
    return pd.concat(parts, names=["shop", "time"]).to_frame("sales")


@pytest.fixture(scope="module", params=STAMPS)
def fitted_once(request: pytest.FixtureRequest) -> tuple[pd.Index, dict, ESRNN]:
    stamps = STAMPS[request.param]
    old = {(n, k): value(n, k) for n, (first, last) in OLD.items() for k in range(first, last)}
    parameters = {"horizon": 3, "seasonal_periods": 6, "n_members": 2}
    y = frame(old, stamps)
    return stamps, old, small(**parameters).pretrain(y).fit(y)


VALUES = st.sampled_from([np.nan, 0.0, -2.0, 40.0, 55.0, 61.0])
CHANGES = st.dictionaries(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 40)), VALUES, min_size=1, max_size=8
)


@pytest.mark.filterwarnings("ignore::esrnn.errors.StaleSeriesWarning")
@settings(max_examples=6)
@given(updates=st.lists(CHANGES, min_size=1, max_size=3))
def test_any_sequence_of_updates(
    fitted_once: tuple[pd.Index, dict, ESRNN], updates: list[dict]
) -> None:
    """The rows are all there, and forecasts are those of the same parameters on the same rows."""
    stamps, old, fitted = fitted_once
    forecaster, known = copy.deepcopy(fitted), dict(old)
    for changes in updates:
        merged = {**known, **changes}
        if any(np.isnan([v for (n, _), v in merged.items() if n == own]).all()
               for own, _ in changes):  # fmt: skip
            before, cutoff = forecaster.predict(), forecaster.cutoff
            with pytest.raises(ValueError, match="at least one observed value"):
                forecaster.update(frame(changes, stamps), update_params=False)
            assert forecaster.predict().equals(before)
            assert forecaster.cutoff.equals(cutoff)
            continue
        forecaster.update(frame(changes, stamps), update_params=False)
        known = merged
    whole = frame(known, stamps)
    framed, moved = (
        sktime_to_panel(whole, freq=forecaster._fitted.framed.times.freq),
        (forecaster._fitted),
    )
    assert moved.framed.panel.ids == framed.panel.ids
    np.testing.assert_array_equal(moved.framed.panel.values, framed.panel.values)
    assert moved.framed.times.last.equals(framed.times.last)
    assert forecaster.cutoff[0] == whole.index.get_level_values(1).max()
    expected = FittedPanel(framed, None, moved.model).forecast_frame()
    y_hat = forecaster.predict()
    np.testing.assert_array_equal(y_hat["sales"], expected["y_hat"])
    assert np.isfinite(y_hat["sales"]).all()
    assert y_hat.index.get_level_values(1).tolist() == expected["time"].tolist()
    # Fitted anew to all rows, nothing is left of the way there.
    forecaster.update(whole, update_params=True)
    assert forecaster.predict().equals(forecaster.clone().fit(whole).predict())


class TestCutoff:
    def test_corrections_leave_it(self) -> None:
        forecaster = small(horizon=2).fit(PANEL)
        fh = ForecastingHorizon(months(42)[40:], is_relative=False)
        for y in (PANEL.loc[["b"]].iloc[3:5], until(PANEL, 12), PANEL.loc[["a"]].iloc[-1:]):
            forecaster.update(y, update_params=False)
            assert forecaster.cutoff.equals(months(40)[-1:])
            assert forecaster.predict(fh=fh).equals(forecaster.predict(fh=[1, 2]))

    @pytest.mark.parametrize("update_params", [True, False])
    def test_single_series(self, update_params: bool) -> None:
        forecaster = small(horizon=2).fit(SERIES)
        forecaster.update(SERIES.iloc[[5]] * 2.0, update_params=update_params)
        assert forecaster.predict().index.equals(months(42)[40:])

    def test_an_error_leaves_it(self) -> None:
        forecaster = small(horizon=2).fit(SERIES)
        with pytest.raises(ValueError, match="at least one observed value"):
            forecaster.update(pd.Series(np.nan, SERIES.index), update_params=False)
        assert forecaster.cutoff.equals(SERIES.index[-1:])


@pytest.mark.parametrize("y", [None, SERIES.iloc[:0]], ids=["none", "empty"])
def test_no_rows_at_all(y: object) -> None:
    """sktime says so, and nothing is done."""
    forecaster = small(horizon=2).fit(SERIES)
    before = forecaster.predict()
    with pytest.warns(UserWarning, match="empty y passed to update"):
        forecaster.update(y, update_params=False)
    assert forecaster.predict().equals(before)


class TestWalksThroughThePast:
    WALK = ExpandingWindowSplitter(fh=[1], initial_window=30, step_length=3)

    @pytest.mark.parametrize("update_params", [True, False])
    def test_nothing_later_is_known(self, update_params: bool) -> None:
        forecaster = small(horizon=1, seasonal_periods=()).fit(SERIES)
        y_hat = forecaster.update_predict(SERIES, cv=self.WALK, update_params=update_params)
        other = SERIES * np.where(np.arange(40) < 33, 1.0, 5.0)
        of_other = forecaster.update_predict(other, cv=self.WALK, update_params=update_params)
        assert y_hat.index.tolist() == months(40)[[30, 33, 36, 39]].tolist()
        assert y_hat.iloc[:2].equals(of_other.iloc[:2])
        assert not y_hat.iloc[2:].equals(of_other.iloc[2:])
        assert forecaster.predict().index.equals(months(41)[40:])

    @SKTIME_OWN_WARNING
    def test_in_a_pipeline_on_request(self) -> None:
        own = small(horizon=1, seasonal_periods=()).set_config(rewind_on_update=True)
        pipeline = TransformedTargetForecaster([("root", ExponentTransformer(0.5)), ("f", own)])
        pipeline.fit(SERIES, fh=[1])
        y_hat = pipeline.update_predict(SERIES, cv=self.WALK, update_params=False)
        assert y_hat.index.tolist() == months(40)[[30, 33, 36, 39]].tolist()

    def test_on_request_an_update_ends_the_series(self) -> None:
        forecaster = small(horizon=1).fit(PANEL).set_config(rewind_on_update=True)
        forecaster.update(until(PANEL, 30), update_params=False)
        assert forecaster.cutoff.equals(months(30)[-1:])
        y_hat = forecaster.predict()
        own = small(horizon=1).fit(PANEL)
        walked = own.update_predict(
            until(PANEL, 31), cv=ExpandingWindowSplitter([1], 30, 1), update_params=False
        )
        assert walked.loc[y_hat.index].to_numpy().tolist() == y_hat.to_numpy().tolist()


class TestTheHorizonStays:
    def test_what_predict_is_given_counts_once(self) -> None:
        forecaster = small(horizon=3).fit(PANEL)
        whole = forecaster.predict()
        for method in (forecaster.predict, forecaster.predict_interval, forecaster.components):
            method(fh=[1])
        assert forecaster.predict().equals(whole)
        assert len(forecaster.predict_quantiles()) == len(whole) == 9
        future = forecaster.components()["y_hat"].dropna()
        assert future.to_numpy().tolist() == whole["sales"].tolist()
        forecaster.update_predict_single(since(PANEL, 39), fh=[2], update_params=False)
        assert len(forecaster.predict()) == 9

    def test_residuals_leave_it_alone(self) -> None:
        forecaster = small(horizon=3).fit(SERIES.iloc[:38])
        forecaster.predict_residuals(SERIES.iloc[38:])
        assert len(forecaster.predict()) == 3

    def test_that_of_fit_too(self) -> None:
        forecaster = small().fit(SERIES, fh=[2, 4])
        forecaster.predict(fh=[1])
        assert len(forecaster.predict()) == 2
        again = forecaster.fit(SERIES)
        again.predict(fh=[1])  # sktime's own way, where fit is given none
        assert len(again.predict()) == 1
        assert len(again.predict(fh=[1, 2])) == len(again.predict()) == 2


def test_new_series_of_a_hierarchy() -> None:
    parts = {("n", 1): wave(30), ("s", 1): wave(30, 9.0), ("n", 2): wave(24, seed=1)}
    y = pd.concat({key: panel_of({"x": v}, months(30)).loc["x"] for key, v in parts.items()},
                  names=["region", "shop"])  # fmt: skip
    forecaster = small(horizon=2).fit(y)
    new = pd.concat({("e", 5): y.iloc[26:30].droplevel([0, 1])}, names=["region", "shop"])
    y_hat = forecaster.update(new, update_params=False).predict()
    assert y_hat.index.names == ["region", "shop", "time"]
    assert y_hat.index.droplevel(-1).unique().tolist() == [*parts, ("e", 5)]
