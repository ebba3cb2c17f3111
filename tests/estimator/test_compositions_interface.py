"""What sktime's users hand in and get back: indices, horizons, containers, copies, files."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sktime.base import load
from sktime.datatypes import convert_to
from sktime.forecasting.base import ForecastingHorizon
from sktime.performance_metrics.forecasting import mean_absolute_percentage_error

from esrnn import ESRNN
from esrnn.errors import InputTypeError
from tests.estimator.frames import months, small, wave
from tests.estimator.shared import (
    EITHER,
    HIERARCHY,
    PANEL,
    RAGGED,
    SERIES,
    SKTIME_OWN_WARNING,
    ahead,
    since,
    until,
)

N, GAP_FH = 36, [1, 3]
FH = [1, 2]
INDICES = {
    "from 0": pd.RangeIndex(40),
    "from 7": pd.Index(np.arange(7, 47)),
    "below 0": pd.RangeIndex(-20, 20),
    "every third": pd.RangeIndex(0, 120, 3),
    "days": pd.date_range("2024-01-01", periods=40, freq="D"),
    "days, no freq": pd.DatetimeIndex(pd.date_range("2024-01-01", periods=40).to_numpy()),
    "business days": pd.date_range("2024-01-01", periods=40, freq="B"),
    "weeks": pd.date_range("2024-01-01", periods=40, freq="W-WED"),
    "month starts": pd.date_range("2024-01-01", periods=40, freq="MS"),
    "month ends, no freq": pd.DatetimeIndex(
        pd.date_range("2024-01-31", periods=40, freq="ME").to_numpy()
    ),
    "quarter hours": pd.date_range("2024-01-01", periods=40, freq="15min"),
    "days in Berlin": pd.date_range("2024-03-01", periods=40, freq="D", tz="Europe/Berlin"),
    "hours in Berlin": pd.date_range("2024-03-30", periods=40, freq="h", tz="Europe/Berlin"),
    "months": months(40),
    "quarters": pd.period_range("2000Q1", periods=40, freq="Q"),
    "weeks as periods": pd.period_range("2024-01-01", periods=40, freq="W-SUN"),
}
BUSINESS_DAYS = pytest.mark.filterwarnings(
    "ignore:PeriodDtype.B. is deprecated:FutureWarning"  # sktime's horizon goes through periods
)


def values(frame: object) -> np.ndarray:
    return np.asarray(frame, dtype=np.float64)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES.keys())
class TestIndices:
    def test_relative_steps_with_a_hole(self, index: pd.Index) -> None:
        y_hat = small().fit(pd.Series(wave(N), index[:N], name="v"), fh=GAP_FH).predict()
        assert y_hat.index.equals(index[[N, N + 2]])
        assert y_hat.index.dtype == index.dtype
        assert np.isfinite(y_hat).all()

    @BUSINESS_DAYS
    def test_stamps_with_a_hole(self, index: pd.Index) -> None:
        y = pd.Series(wave(N), index[:N], name="v")
        fh = ForecastingHorizon(index[[N, N + 2]], is_relative=False)
        assert small().fit(y, fh=fh).predict().equals(small().fit(y, fh=GAP_FH).predict())

    def test_a_panel_and_intervals(self, index: pd.Index) -> None:
        parts = {"b": pd.Series(wave(N), index[:N]), "a": pd.Series(wave(20), index[:20])}
        y = pd.concat(parts, names=["id", "t"]).to_frame("v")
        forecaster = small().fit(y, fh=GAP_FH)
        for frame in (forecaster.predict(), forecaster.predict_interval(coverage=[0.5, 0.9])):
            assert frame.index.names == ["id", "t"]
            assert frame.loc["b"].index.equals(index[[N, N + 2]].rename("t"))
            assert frame.loc["a"].index.equals(index[[20, 22]].rename("t"))

    @BUSINESS_DAYS
    def test_an_update_moves_on(self, index: pd.Index) -> None:
        y = pd.Series(wave(40), index, name="v")
        forecaster = small(horizon=1).fit(y.iloc[:N])
        forecaster.update(y.iloc[N:-1], update_params=False)
        assert forecaster.predict().index.equals(index[-1:])
        assert forecaster.cutoff.equals(index[-2:-1])


class TestHorizons:
    @EITHER
    def test_shorter_than_in_fit(self, y: object) -> None:
        forecaster = small().fit(y, fh=[1, 2, 3, 4])
        whole = forecaster.predict()
        few = forecaster.predict(fh=[1, 3])
        assert few.index.equals(ahead(y, 1, 3))
        assert few.equals(whole.loc[few.index])

    @EITHER
    def test_shorter_than_the_horizon(self, y: object) -> None:
        forecaster = small(horizon=4).fit(y)
        few = forecaster.predict(fh=[1, 3])
        assert few.index.equals(ahead(y, 1, 3))
        assert few.equals(forecaster.predict(fh=[1, 2, 3, 4]).loc[few.index])

    def test_stamps_mean_the_same_for_all_series(self) -> None:
        stamps = months(43)[[40, 42]]
        y_hat = small().fit(RAGGED, fh=ForecastingHorizon(stamps, is_relative=False)).predict()
        for name in "bac":
            assert y_hat.loc[name].index.equals(stamps.rename("time"))

    def test_time_differences(self) -> None:
        index = pd.date_range("2024-01-01", periods=30, freq="D")
        y = pd.Series(wave(30), index)
        fh = ForecastingHorizon(pd.to_timedelta([1, 3], unit="D"), is_relative=True)
        assert small().fit(y, fh=fh).predict().equals(small().fit(y, fh=[1, 3]).predict())

    def test_a_time_since_no_date_is_refused(self) -> None:
        y = pd.Series(wave(30), pd.timedelta_range(0, periods=30, freq="h"))
        with pytest.raises(InputTypeError, match="time stamps must be integers, periods, time sta"):
            small().fit(y, fh=[1])


class TestContainers:
    @pytest.mark.parametrize("mtype", ["numpy3D", "df-list", "nested_univ"])
    def test_panels_of_all_kinds(self, mtype: str) -> None:
        y = convert_to(PANEL.sort_index(), mtype)
        y_hat = small().fit(y, fh=FH).predict()
        assert type(y_hat) is type(y)
        if mtype == "df-list":
            assert [part.index.tolist() for part in y_hat] == 3 * [list(months(42)[40:])]
            y_hat = pd.concat(y_hat)
        elif mtype == "nested_univ":
            y_hat = np.stack([part.to_numpy() for part in y_hat.iloc[:, 0]])
        # Arrays have lost their months, and steps are all that is left.
        plain = convert_to(y, "pd-multiindex") if mtype == "numpy3D" else PANEL.sort_index()
        by_hand = small().fit(plain, fh=FH).predict()
        np.testing.assert_array_equal(values(y_hat).ravel(), values(by_hand).ravel())

    @pytest.mark.parametrize(
        ("y", "shape"),
        [(wave(30), (2, 1)), (wave(30)[:, None], (2, 1)), (wave(60).reshape(30, 2), (2, 2))],
        ids=["one axis", "a column", "two columns"],
    )
    def test_arrays(self, y: np.ndarray, shape: tuple) -> None:
        y_hat = small().fit(y, fh=FH).predict()
        assert isinstance(y_hat, np.ndarray)
        assert y_hat.shape == shape
        first = y.reshape(30, -1)[:, 0]
        assert y_hat[:, 0].tolist() == small().fit(pd.Series(first), fh=FH).predict().tolist()

    @pytest.mark.parametrize("name", ["sales", None, 3, ("a", "b")])
    def test_a_series_keeps_its_name(self, name: object) -> None:
        y_hat = small().fit(SERIES.rename(name), fh=FH).predict()
        assert isinstance(y_hat, pd.Series)
        assert y_hat.name == name
        assert y_hat.tolist() == small().fit(SERIES, fh=FH).predict().tolist()

    @pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
    def test_a_wide_frame_is_forecast_column_by_column(self) -> None:
        wide = PANEL["sales"].unstack(level=0)
        forecaster = small().fit(wide, fh=FH)
        assert forecaster.predict().columns.equals(wide.columns)
        interval = forecaster.predict_interval(coverage=0.8)
        assert interval.columns.tolist() == [
            (column, 0.8, side) for column in wide.columns for side in ("lower", "upper")
        ]
        for name in wide.columns:
            assert forecaster.predict()[name].tolist() == (
                small().fit(wide[name], fh=FH).predict().tolist()
            )

    @pytest.mark.parametrize("y", [SERIES, PANEL, HIERARCHY], ids=["series", "panel", "hierarchy"])
    def test_what_is_handed_in_stays_as_it_was(self, y: object) -> None:
        before = y.copy(deep=True)
        forecaster = small(horizon=2).fit(until(y, 36))
        forecaster.update(since(y, 36), update_params=False)
        forecaster.predict_interval()
        assert y.equals(before)
        assert y.index.names == before.index.names


class TestState:
    @EITHER
    def test_a_second_fit_forgets_the_first(self, y: object) -> None:
        forecaster = small().fit(HIERARCHY, fh=[1, 2, 3])
        again = forecaster.fit(y, fh=FH)
        assert again is forecaster
        fresh = small().fit(y, fh=FH)
        assert forecaster.predict_interval().equals(fresh.predict_interval())
        assert forecaster.cutoff.equals(fresh.cutoff)

    @pytest.mark.parametrize("parameters", [{"horizon": 2}, {"horizon": 2, "n_members": 2}])
    @EITHER
    def test_saved_and_loaded(self, y: object, parameters: dict, tmp_path: object) -> None:
        forecaster = small(**parameters).fit(y)
        forecaster.save(tmp_path / "model")
        copies = [
            ESRNN.load_from_path(tmp_path / "model.zip"),
            load(str(tmp_path / "model")),
            load(forecaster.save()),
            pickle.loads(pickle.dumps(forecaster)),
            copy.deepcopy(forecaster),
        ]
        for one in copies:
            assert one.get_params() == forecaster.get_params()
            assert one.predict().equals(forecaster.predict())
            assert one.predict_interval().equals(forecaster.predict_interval())
        new = since(y, 39)
        moved = [one.update(new, update_params=False).predict() for one in copies]
        again = [one.update(new, update_params=True).predict() for one in copies]
        assert all(one.equals(moved[0]) for one in moved)
        assert all(one.equals(again[0]) for one in again)

    def test_a_copy_goes_its_own_way(self) -> None:
        forecaster = small(horizon=2).fit(until(PANEL, 36))
        before = forecaster.predict()
        other = copy.deepcopy(forecaster)
        other.update(since(PANEL, 36))
        assert forecaster.predict().equals(before)
        assert not other.predict().equals(before)

    def test_clones_share_nothing(self) -> None:
        forecaster = small(dilations=[[1, 2]], random_state=np.random.RandomState(3))
        clone = forecaster.clone()
        assert clone.dilations is not forecaster.dilations
        clone.set_params(n_epochs=3).fit(PANEL, fh=FH)
        assert forecaster.n_epochs == 1
        assert not forecaster.is_fitted
        twin = small(dilations=[[1, 2]], n_epochs=3, random_state=np.random.RandomState(3))
        assert clone.predict().equals(twin.fit(PANEL, fh=FH).predict())

    def test_parameters_come_back_as_they_were_set(self) -> None:
        forecaster = small(quantile_levels=[0.1, 0.5, 0.9], seasonal_periods=(2, 4))
        params = forecaster.get_params()
        assert ESRNN(**params).get_params() == params
        changed = forecaster.set_params(n_epochs=2, loss="mase")
        assert changed is forecaster
        assert forecaster.get_params() == {**params, "n_epochs": 2, "loss": "mase"}
        fitted = forecaster.fit(PANEL, fh=FH)
        assert fitted.get_params() == {**params, "n_epochs": 2, "loss": "mase"}
        assert not fitted.set_params(n_epochs=1).is_fitted

    def test_fitted_parameters(self) -> None:
        forecaster = small().fit(PANEL, fh=FH)
        fitted = forecaster.get_fitted_params()
        assert fitted.keys() >= {"ensemble", "config", "preset"}
        assert fitted["preset"] == "monthly"
        assert fitted["config"] is forecaster.config_


class TestOtherMethods:
    def test_fit_and_predict_in_one(self) -> None:
        assert small().fit_predict(PANEL, fh=FH).equals(small().fit(PANEL, fh=FH).predict())

    def test_score(self) -> None:
        forecaster = small().fit(until(SERIES, 38), fh=FH)
        expected = mean_absolute_percentage_error(since(SERIES, 38), forecaster.predict())
        assert forecaster.score(since(SERIES, 38), fh=FH) == pytest.approx(expected)

    def test_residuals_of_what_came_after(self) -> None:
        forecaster = small().fit(until(SERIES, 38), fh=FH)
        residuals = forecaster.predict_residuals(since(SERIES, 38))
        np.testing.assert_allclose(residuals, since(SERIES, 38) - forecaster.predict())

    @SKTIME_OWN_WARNING
    def test_residuals_of_what_was_seen(self) -> None:
        residuals = small(horizon=2).fit(SERIES).predict_residuals(SERIES)
        assert residuals.index.equals(SERIES.index)
        assert np.isfinite(residuals.iloc[12:]).all()
        assert residuals.iloc[12:].abs().mean() < SERIES.std()

    def test_quantiles_come_in_the_order_asked_for(self) -> None:
        forecaster = small().fit(PANEL, fh=FH)
        quantiles = forecaster.predict_quantiles(alpha=[0.9, 0.1, 0.5])
        assert quantiles.columns.tolist() == [("sales", 0.9), ("sales", 0.1), ("sales", 0.5)]
        high, low, middle = values(quantiles).T
        assert (low < middle).all()
        assert (middle < high).all()
        np.testing.assert_array_equal(middle, values(forecaster.predict()).ravel())

    def test_intervals_are_pairs_of_quantiles(self) -> None:
        forecaster = small().fit(PANEL, fh=FH)
        interval = forecaster.predict_interval(coverage=[0.9, 0.5])
        assert interval.columns.get_level_values(1).tolist() == [0.9, 0.9, 0.5, 0.5]
        quantiles = forecaster.predict_quantiles(alpha=[0.05, 0.95, 0.25, 0.75])
        np.testing.assert_allclose(values(interval), values(quantiles), rtol=1e-12)

    @EITHER
    def test_variance(self, y: object) -> None:
        forecaster = small().fit(y, fh=FH)
        variance = forecaster.predict_var()
        assert variance.index.equals(ahead(y, *FH))
        levels = (np.arange(200) + 0.5) / 200
        by_hand = values(forecaster.predict_quantiles(alpha=levels.tolist())).var(axis=1)
        np.testing.assert_allclose(values(variance).ravel(), by_hand, rtol=1e-9)
        low, high = values(forecaster.predict_interval(coverage=0.5)).T
        normal = ((high - low) / (2.0 * 0.6744897501960817)) ** 2  # with the same quartiles
        np.testing.assert_allclose(by_hand, normal, rtol=0.3)

    def test_members_forecast_alike_in_one_process_or_two(self) -> None:
        here = small(n_members=2, n_jobs=1).fit(PANEL, fh=FH).predict_interval()
        there = small(n_members=2, n_jobs=2).fit(PANEL, fh=FH).predict_interval()
        assert here.equals(there)
