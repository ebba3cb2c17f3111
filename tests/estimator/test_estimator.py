import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.base import ForecastingHorizon

from esrnn import ESRNN
from esrnn.errors import EsrnnWarning, InputError, InputTypeError
from tests.estimator.frames import months, panel_of, small, wave

Y = panel_of({"b": wave(40), "a": wave(30, 7.0, seed=1), "c": wave(40, seed=2) - 100}, months(40))


@pytest.fixture(scope="module")
def fitted_once() -> ESRNN:
    return small(horizon=6).fit(Y)


@pytest.fixture
def fitted(fitted_once: ESRNN) -> ESRNN:
    """Give each test its own copy, since predict keeps the last fh that it was given."""
    return copy.deepcopy(fitted_once)


def _values(frame: object) -> np.ndarray:
    return np.asarray(frame, dtype=np.float64)


class TestIndex:
    @pytest.mark.parametrize(
        "index",
        [
            pd.RangeIndex(5, 45),
            pd.Index(np.arange(3, 203, 5)),
            months(40),
            pd.date_range("2021-01-31", periods=40, freq="ME"),
            pd.date_range("2021-01-01", periods=40, freq="h", tz="Europe/Berlin"),
        ],
        ids=["range", "every fifth", "period", "month ends", "hours"],
    )
    def test_a_series_goes_on(self, index: pd.Index) -> None:
        y = pd.Series(wave(36), index[:36], name="sales")
        y_hat = small(horizon=4).fit(y).predict()
        assert isinstance(y_hat, pd.Series)
        assert y_hat.name == "sales"
        assert y_hat.index.equals(index[36:])

    def test_a_panel_keeps_its_order_names_and_ends(self, fitted: ESRNN) -> None:
        y_hat = fitted.predict()
        assert y_hat.columns.tolist() == ["sales"]
        assert y_hat.index.names == ["shop", "time"]
        assert y_hat.index.unique(level=0).tolist() == ["b", "a", "c"]
        assert y_hat.loc["b"].index.equals(months(46)[40:])
        assert y_hat.loc["a"].index.equals(months(36)[30:])

    def test_a_hierarchy(self) -> None:
        parts = {("north", 1): Y.loc["b"], ("south", 1): Y.loc["a"], ("north", 2): Y.loc["c"]}
        y = pd.concat(parts, names=["region", "shop"])
        y_hat = small(horizon=2).fit(y).predict()
        assert y_hat.index.names == ["region", "shop", "time"]
        assert y_hat.index.droplevel(-1).unique().tolist() == list(parts)

    def test_a_frame_of_one_column_and_an_array(self) -> None:
        assert small(horizon=2).fit(Y.loc["b"]).predict().columns.tolist() == ["sales"]
        assert small(horizon=2).fit(wave(30)).predict().shape == (2, 1)

    def test_columns_are_forecast_one_by_one(self) -> None:
        y = pd.DataFrame({"u": wave(30), "v": wave(30, 3.0)})
        with pytest.warns(EsrnnWarning, match="each is forecast as a target"):
            forecaster = small().fit(y, fh=[1, 2])
        assert forecaster.predict().columns.tolist() == ["u", "v"]
        alone = small().fit(y["v"], fh=[1, 2]).predict()
        assert forecaster.predict()["v"].tolist() == alone.tolist()


class TestHorizon:
    def test_a_horizon_needs_no_fh(self, fitted: ESRNN) -> None:
        assert fitted.config_.network.horizon == 6
        assert not fitted.get_tag("requires-fh-in-fit")
        assert fitted.clone().fit(Y).predict().shape == (18, 1)

    def test_the_furthest_step_of_fh_is_trained_for(self) -> None:
        forecaster = small().fit(Y, fh=[2, 5])
        assert forecaster.config_.network.horizon == 5
        assert len(forecaster.predict()) == 6

    def test_absolute_fh_reaches_further_from_early_ends(self) -> None:
        forecaster = small().fit(Y, fh=months(42)[40:])
        assert forecaster.config_.network.horizon == 12
        y_hat = forecaster.predict()
        for name in "bac":
            assert y_hat.loc[name].index.equals(months(42)[40:])

    def test_nobody_says(self) -> None:
        """Then the usual horizon is trained for, and predict has to be told."""
        forecaster = small().fit(Y)
        assert forecaster.config_.network.horizon == 18
        with pytest.raises(ValueError, match="predict needs the steps to forecast"):
            forecaster.predict()
        assert len(forecaster.predict(fh=[1, 3])) == 6

    def test_holes_and_stamps_pick_from_the_same_forecasts(self, fitted: ESRNN) -> None:
        whole = fitted.predict(fh=range(1, 7))
        some = fitted.predict(fh=[2, 5])
        picked = [1, 4, 7, 10, 13, 16]
        assert some.equals(whole.iloc[picked])
        series = fitted.clone().fit(Y.loc["b"])
        fh = ForecastingHorizon(months(45)[[41, 44]], is_relative=False)
        assert series.predict(fh=fh).equals(series.predict(fh=[2, 5]))

    @pytest.mark.parametrize("fh", [[7], [1, 9], [3, 14]])
    def test_beyond_the_trained_horizon_forecasts_go_on(self, fitted: ESRNN, fh: list[int]) -> None:
        own = fitted.ensemble_.forecast(fitted._fitted.framed.panel, horizon=max(fh))
        some = own[1][:, np.array(fh) - 1]
        np.testing.assert_allclose(_values(fitted.predict(fh=fh))[:, 0], some.ravel())
        np.testing.assert_array_equal(own[:, :, :6], fitted.ensemble_.forecast(
            fitted._fitted.framed.panel))  # fmt: skip

    def test_a_horizon_of_its_own_may_be_shorter_than_fh(self, fitted: ESRNN) -> None:
        forecaster = small(horizon=6).fit(Y, fh=[7])
        assert forecaster.config_.network.horizon == 6
        assert forecaster.predict().equals(fitted.predict(fh=[7]))

    def test_predicting_changes_nothing(self, fitted: ESRNN) -> None:
        before = fitted.predict()
        fitted.predict_quantiles(fh=[1], alpha=[0.3])
        assert fitted.predict(fh=range(1, 7)).equals(before)


class TestQuantiles:
    def test_trained_levels_are_the_networks_own(self, fitted: ESRNN) -> None:
        own = fitted.ensemble_.forecast(fitted._fitted.framed.panel)
        quantiles = fitted.predict_quantiles(alpha=[0.025, 0.5, 0.975])
        np.testing.assert_array_equal(_values(quantiles).T, own.reshape(3, -1))
        interval = fitted.predict_interval(coverage=0.95)
        np.testing.assert_array_equal(_values(interval).T, own[[0, 2]].reshape(2, -1))
        assert interval.columns.tolist() == [("sales", 0.95, "lower"), ("sales", 0.95, "upper")]
        np.testing.assert_array_equal(_values(fitted.predict())[:, 0], own[1].ravel())

    def test_all_levels_are_in_order(self, fitted: ESRNN) -> None:
        alpha = [0.001, 0.01, 0.025, 0.1, 0.4, 0.5, 0.6, 0.9, 0.975, 0.99, 0.999]
        quantiles = fitted.predict_quantiles(alpha=alpha)
        assert (np.diff(_values(quantiles), axis=1) >= 0.0).all()
        assert (_values(quantiles.loc[["a", "b"]]) > 0.0).all()

    def test_variance_follows(self, fitted: ESRNN) -> None:
        assert (_values(fitted.predict_var(fh=[1])) > 0.0).all()

    def test_other_levels_to_train_for(self) -> None:
        forecaster = small(quantile_levels=[0.1, 0.5, 0.9], horizon=2).fit(Y)
        assert forecaster.config_.network.quantile_levels == (0.1, 0.5, 0.9)

    def test_the_median_alone_has_no_intervals(self) -> None:
        forecaster = small(quantile_levels=[0.5], horizon=2).fit(Y)
        assert len(forecaster.predict()) == 6
        with pytest.raises(InputError, match=r"trained for the quantile level 0\.5 alone"):
            forecaster.predict_interval()


class TestSettings:
    def test_frequency_chooses(self, fitted: ESRNN) -> None:
        assert fitted.preset_ == "monthly"
        assert fitted.config_.smoothing.seasonal_periods == (12,)

    def test_parameters_win(self) -> None:
        forecaster = small(
            horizon=2, seasonal_periods=4, preset="quarterly", input_window=5, dilations=[1, 2],
            loss="mase", n_epochs=2, batch_size=3, learning_rate=1e-4, series_learning_rate=0.0,
            seasonality="additive", n_members=2,
        ).fit(Y)  # fmt: skip
        config = forecaster.config_
        assert forecaster.preset_ == "quarterly"
        assert config.smoothing.seasonal_periods == (4,)
        assert config.smoothing.seasonality == "additive"
        assert config.network.input_window == 5
        assert config.network.dilations == ((1, 2),)
        assert config.network.hidden_size == 4
        assert config.training.loss == "mase"
        assert (config.training.n_epochs, config.training.batch_size) == (2, 3)
        assert config.training.learning_rate == 1e-4
        assert config.training.series_learning_rate == 0.0
        assert config.ensemble.n_members == len(forecaster.ensemble_.members) == 2

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({"preset": "fortnightly"}, "preset must be one of"),
            ({"n_epochs": 0}, "n_epochs must be"),
            ({"quantile_levels": [0.1, 0.9]}, "quantile_levels must be"),
            ({"loss": "mae"}, "loss must be one of"),
            ({"device": "tpu"}, "device must be"),
            ({"seasonality": "both"}, "seasonality must be"),
            ({"horizon": 0}, "horizon must be at least 1"),
        ],
    )
    def test_bad_values_are_refused_in_fit(self, parameters: dict, expected: str) -> None:
        with pytest.raises(InputError, match=expected):
            small(**{"horizon": 2, **parameters}).fit(Y)

    def test_silent_by_default(self, capfd: pytest.CaptureFixture[str]) -> None:
        small(horizon=2).fit(Y).predict()
        assert capfd.readouterr() == ("", "")

    def test_verbose_says_what_was_chosen(self, capfd: pytest.CaptureFixture[str]) -> None:
        small(horizon=2, verbose=1).fit(Y.loc["b"].iloc[:20])
        out, err = capfd.readouterr()
        assert "shorter than two seasons of (12,)" in out
        assert "preset 'monthly', seasonal periods (), input window" in out
        assert "1/1" in err

    def test_verbose_says_that_cells_differ(self, capfd: pytest.CaptureFixture[str]) -> None:
        small(horizon=2, verbose=1, n_members=3, kinds=[{}, {"cell": "mlp"}]).fit(Y)
        assert "3 members (lstm, mlp in turn)" in capfd.readouterr().out

    def test_verbose_says_whether_all_members_have_the_week(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        days = pd.period_range("2024-01-01", periods=70, freq="D")
        week, none = (pd.Series(wave(70, period=period), days) for period in (7, 31))
        for y, periods, said in (
            (
                week,
                "auto",
                "series show the season: preset 'daily', seasonal periods (7,), input",
            ),
            (
                none,
                "auto",
                "no season: preset 'daily', seasonal periods (7,) ((7,), () in turn), input",
            ),
            (none, 7, "daily time stamps: preset 'daily', seasonal periods (7,), input"),
        ):
            forecaster = small(horizon=2, verbose=1, n_members=2, seasonal_periods=periods).fit(y)
            assert said in capfd.readouterr().out
            in_turn = forecaster.config_.ensemble.seasonal_periods
            assert in_turn == (((7,), ()) if "in turn" in said else ())

    def test_few_series_get_more_epochs_unless_told(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        days = pd.period_range("2024-01-01", periods=40, freq="D")
        own = {"horizon": 2, "seasonal_periods": 7, "n_epochs": None, "time_budget": 0.01}
        for told, n_epochs in (({}, 400), ({"n_epochs": 3}, 3), ({"batch_size": 64}, 15)):
            fitted = small(**own | told, verbose=1).fit(pd.Series(wave(40, period=7), days))
            assert fitted.config_.training.n_epochs == n_epochs
            said = f"{n_epochs} training steps of 1 series each ({n_epochs} epochs), 1 series\n"
            assert said in capfd.readouterr().out

    def test_very_verbose_prints_every_epoch(self, capfd: pytest.CaptureFixture[str]) -> None:
        small(horizon=2, n_epochs=2, verbose=2).fit(Y)
        out, _ = capfd.readouterr()
        assert "member 1/1, epoch 1/2: loss" in out
        assert "member 1/1, epoch 2/2: loss" in out


class TestRepeating:
    def test_equal_seeds_equal_bits(self, fitted: ESRNN) -> None:
        again = small(horizon=6).fit(Y)
        assert again.predict().equals(fitted.predict())
        assert again.fit(Y).predict().equals(fitted.predict())
        other = small(horizon=6, random_state=1).fit(Y)
        assert not other.predict().equals(fitted.predict())

    def test_a_random_state_moves_on(self) -> None:
        first, second = (
            small(horizon=2, random_state=np.random.RandomState(5)).fit(Y) for _ in range(2)
        )
        assert first.predict().equals(second.predict())
        assert not first.predict().equals(first.fit(Y).predict())

    @pytest.mark.parametrize("copied", ["pickle", "deepcopy"])
    def test_copies_forecast_alike(self, fitted: ESRNN, copied: str) -> None:
        twin = copy.deepcopy(fitted) if copied == "deepcopy" else pickle.loads(pickle.dumps(fitted))
        assert twin.predict_interval().equals(fitted.predict_interval())

    def test_a_clone_is_blank(self, fitted: ESRNN) -> None:
        clone = fitted.clone()
        assert not clone.is_fitted
        assert not hasattr(clone, "ensemble_")
        assert clone.get_params() == fitted.get_params()


@pytest.mark.filterwarnings("ignore::esrnn.errors.StaleSeriesWarning")
class TestUpdate:
    NEW = panel_of({"b": wave(46)[40:], "a": wave(33, 7.0, seed=3)[30:]}, months(46)[40:])

    def test_parameters_stay_and_origins_move(self, fitted: ESRNN) -> None:
        forecaster = copy.deepcopy(fitted)
        forecaster.update(self.NEW.loc[["b"]], update_params=False)
        rows, before = (f.ensemble_.members[0].smoothing.rows for f in (forecaster, fitted))
        np.testing.assert_array_equal(rows, before)
        assert forecaster.cutoff[0] == months(46)[-1]
        y_hat = forecaster.predict()
        assert y_hat.loc["b"].index[0] == pd.Period("2023-11", "M")
        assert y_hat.loc[["a", "c"]].equals(fitted.predict().loc[["a", "c"]])
        # As if the model had always seen that much.
        whole = pd.concat([Y, self.NEW.loc[["b"]]])
        own = fitted.ensemble_.forecast(
            small(horizon=6).fit(whole.loc[["b", "a", "c"]])._fitted.framed.panel
        )
        np.testing.assert_array_equal(_values(y_hat)[:, 0], own[1].ravel())

    def test_a_series(self) -> None:
        y = pd.Series(wave(40), months(40))
        forecaster = small(horizon=3).fit(y.iloc[:30])
        forecaster.update(y.iloc[30:], update_params=False)
        assert forecaster.predict().index.equals(months(43)[40:])

    def test_update_params_trains_again(self, fitted: ESRNN) -> None:
        forecaster = fitted.update(self.NEW.loc[["b"]])
        whole = pd.concat([Y.loc[["b"]], self.NEW.loc[["b"]], Y.loc[["a", "c"]]])
        assert forecaster.predict().equals(small(horizon=6).fit(whole).predict())


HOSTILE = {
    "zeros": np.where(np.arange(30) % 3 == 0, 0.0, 5.0),
    "all zero": np.zeros(30),
    "negative": -wave(30),
    "signed": wave(30, 1.0) - 1.0,
    "constant": np.full(30, 3.0),
    "gaps": np.where(np.arange(30) % 4 == 3, np.nan, wave(30)),
    "long gap": np.where((np.arange(30) > 5) & (np.arange(30) < 25), np.nan, wave(30)),
    "late start": np.where(np.arange(30) < 10, np.nan, wave(30)),
    "missing end": np.where(np.arange(30) > 24, np.nan, wave(30)),
    "one observed": np.where(np.arange(30) == 4, 5.0, np.nan),
    "three": wave(3),
    "two": np.array([1.0, 0.0]),
    "one": np.array([7.0]),
    "huge": wave(30, 1e12),
    "tiny": wave(30, 1e-9),
    "jump": np.where(np.arange(30) > 20, 1e6, wave(30)),
}


class TestHostileData:
    @pytest.mark.filterwarnings("ignore::esrnn.errors.StaleSeriesWarning")
    @pytest.mark.parametrize("seasonal_periods", [(), 4, (2, 4)])
    def test_every_series_is_served(self, seasonal_periods: object) -> None:
        y = panel_of(HOSTILE, months(30))
        forecaster = small(horizon=5, seasonal_periods=seasonal_periods, n_epochs=3).fit(y)
        y_hat = forecaster.predict()
        assert y_hat.index.unique(level=0).tolist() == list(HOSTILE)
        assert np.isfinite(_values(y_hat)).all()
        quantiles = _values(forecaster.predict_quantiles(alpha=[0.01, 0.5, 0.99]))
        assert np.isfinite(quantiles).all()
        assert (np.diff(quantiles, axis=1) >= 0.0).all()

    @pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("one",)])
    def test_every_series_is_served_alone(self, name: str) -> None:
        y = panel_of({name: HOSTILE[name]}, months(30)).loc[name]
        assert np.isfinite(_values(small(horizon=5).fit(y).predict())).all()

    def test_rows_left_out_are_gaps(self) -> None:
        y = Y.drop(index=[("b", month) for month in months(30)[10:15]])
        missing = Y.copy()
        missing.loc[[("b", month) for month in months(30)[10:15]]] = np.nan
        assert small(horizon=2).fit(y).predict().equals(small(horizon=2).fit(missing).predict())


class TestBadInput:
    TWICE = pd.concat([Y, Y.iloc[[3]]]).sort_index()
    WITHOUT_A = Y["sales"].where(Y.index.get_level_values(0) != "a")

    @pytest.mark.parametrize(
        ("y", "expected"),
        [
            (Y.iloc[:0], "y has no rows"),
            (Y.replace(Y.iloc[3, 0], np.inf), r"1 found: series 'b', step 2020-04: inf"),
            (TWICE, r"for each series and time stamp.*series 'b', step 2020-04"),
            (Y.assign(sales=WITHOUT_A), r"at least one observed value.*series 'a'"),
            (Y.loc["b"].iloc[:1], "training needs a series of at least 2 observations"),
            (Y.astype({"sales": bool}), r"values must be real numbers; got dtype bool"),
            (Y.assign(sales="x"), "categorical"),
        ],
        ids=["empty", "infinite", "duplicates", "nothing observed", "one", "truth values", "text"],
    )
    def test_is_refused(self, y: pd.DataFrame, expected: str) -> None:
        with pytest.raises((InputError, InputTypeError, TypeError), match=expected):
            small(horizon=2).fit(y)

    def test_zeros_for_a_multiplicative_seasonality(self) -> None:
        y = panel_of({"a": wave(20), "b": [1.0, 0.0, 2.0]}, months(20))
        with pytest.raises(InputError, match=r"must be > 0.*'b'"):
            small(horizon=2, seasonality="multiplicative").fit(y)
