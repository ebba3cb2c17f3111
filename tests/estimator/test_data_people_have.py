"""Data as people have them: with holes, zeros, odd sizes and mistakes.

Mistakes are refused with a message that names the place; all else is served, every series of it.
"""

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.errors import InputError, InputTypeError
from tests.estimator.frames import months, panel_of, small, wave

N, HORIZON = 40, 5
T = np.arange(N)
LEVELS = [0.001, 0.025, 0.1, 0.5, 0.9, 0.975, 0.999]
SEASONS = pytest.mark.parametrize("seasonal_periods", [(), 12, (3, 6)], ids=str)


def serve(y: object, **parameters: object) -> ESRNN:
    """Fit, forecast in every way, and check that nothing is lost, missing or out of order."""
    forecaster = small(horizon=HORIZON, n_epochs=2, **parameters).fit(y)
    y_hat = forecaster.predict()
    if y.index.nlevels > 1:
        own, given = (frame.index.droplevel(-1).unique() for frame in (y_hat, y))
        assert own.equals(given)
        assert len(y_hat) == HORIZON * len(given)
    assert np.isfinite(y_hat.to_numpy()).all()
    quantiles = forecaster.predict_quantiles(alpha=LEVELS).to_numpy()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=1) >= 0.0).all()
    assert np.isfinite(forecaster.predict_var().to_numpy()).all()
    return forecaster


def missing(where: np.ndarray) -> np.ndarray:
    return np.where(where, np.nan, wave(N))


def forecast_of(forecaster: ESRNN, name: str) -> np.ndarray:
    return forecaster.predict().loc[name].to_numpy().ravel()


class TestMissing:
    HOLES = {  # noqa: RUF012
        "at the start": missing(T < 15),
        "in the middle": missing((T > 10) & (T < 20)),
        "a year": missing((T >= 12) & (T < 24)),
        "at the end": missing(T > 30),
        "a year and more at the end": missing(T > 25),
        "every other": missing(T % 2 == 0),
        "every December": missing(T % 12 == 11),
        "but both ends": missing((T > 0) & (T < N - 1)),
        "but the first": missing(T > 0),
        "but the last": missing(T < N - 1),
        "none": wave(N),
    }

    @SEASONS
    def test_wherever_they_are(self, seasonal_periods: object) -> None:
        y = panel_of(self.HOLES, months(N))
        forecaster = serve(y, seasonal_periods=seasonal_periods)
        # The forecast begins after the last row, observed or not.
        assert forecaster.predict().loc["at the end"].index.equals(months(N + HORIZON)[N:])
        for name, observed in (("but the first", 100.0), ("but the last", 98.0)):
            assert forecast_of(forecaster, name) == pytest.approx(
                np.full(HORIZON, observed), rel=0.2
            )

    @pytest.mark.parametrize("name", HOLES)
    def test_in_a_single_series(self, name: str) -> None:
        if name == "but the last":  # a series begins with its first observation
            with pytest.raises(InputError, match="at least 2 observations"):
                serve(pd.Series(self.HOLES[name], months(N)))
        else:
            serve(pd.Series(self.HOLES[name], months(N)))

    def test_rows_left_out_are_missing_too(self) -> None:
        y = panel_of({name: self.HOLES[name] for name in ("in the middle", "none")}, months(N))
        assert serve(y.dropna()).predict().equals(serve(y).predict())

    def test_a_series_without_any_value_is_named(self) -> None:
        y = panel_of({"a": wave(N), "dead": np.full(N, np.nan), "z": wave(N)}, months(N))
        with pytest.raises(InputError, match=r"at least one observed value.*'dead': 40\. Leave"):
            serve(y)
        with pytest.raises(InputError, match="at least one observed value"):
            serve(y.loc["dead"])


class TestZerosAndSigns:
    RNG = np.random.default_rng(5)
    KINDS = {  # noqa: RUF012
        "all zero": np.zeros(N),
        "one sale": np.eye(N)[20] * 7.0,
        "the last is a sale": np.eye(N)[N - 1] * 7.0,
        "the first is a sale": np.eye(N)[0] * 7.0,
        "rare": RNG.poisson(2.0, N) * (RNG.random(N) < 0.2),
        "in season only": np.where(T % 12 < 4, RNG.poisson(20.0, N), 0),
        "died out": np.where(T < 20, RNG.poisson(9.0, N), 0),
        "new": np.where(T >= 35, RNG.poisson(9.0, N), 0),
        "counts": RNG.poisson(1.5, N),
        "negative": -wave(N),
        "around zero": wave(N) - 100.0,
        "a zero among many": np.where(T == 17, 0.0, wave(N)),
        "a minus sign too many": np.where(T == 17, -100.0, wave(N)),
        "positive": wave(N),
    }

    @SEASONS
    @pytest.mark.parametrize("seasonality", ["auto", "additive"])
    def test_side_by_side(self, seasonal_periods: object, seasonality: str) -> None:
        y = panel_of(self.KINDS, months(N))
        forecaster = serve(y, seasonal_periods=seasonal_periods, seasonality=seasonality)
        assert forecast_of(forecaster, "all zero").tolist() == HORIZON * [0.0]
        assert (forecast_of(forecaster, "negative") < 0.0).all()
        assert (forecast_of(forecaster, "positive") > 0.0).all()

    @pytest.mark.parametrize("name", KINDS)
    def test_alone(self, name: str) -> None:
        serve(pd.Series(np.asarray(self.KINDS[name], dtype=np.float64), months(N)))

    def test_what_cannot_be_multiplied_is_named(self) -> None:
        y = panel_of(self.KINDS, months(N))
        expected = r"must be > 0 for seasonality='multiplicative'; 13 found: series 'all zero'"
        with pytest.raises(InputError, match=expected):
            serve(y, seasonality="multiplicative")


class TestConstants:
    @pytest.mark.parametrize("value", [0.0, -1.0, -1e-9, -1e9])
    def test_go_on_with_certainty(self, value: float) -> None:
        own = self.quantiles(value)
        np.testing.assert_allclose(own, value, rtol=1e-9, atol=0.0)

    @pytest.mark.parametrize("value", [1.0, 1e-9, 5e11])
    def test_positive_ones_go_on_nearly(self, value: float) -> None:
        own = self.quantiles(value)
        assert ((own > 0.8 * value) & (own < 1.25 * value)).all()

    def quantiles(self, value: float) -> np.ndarray:
        y = panel_of({"constant": np.full(N, value), "other": wave(N)}, months(N))
        return serve(y).predict_quantiles(alpha=LEVELS).loc["constant"].to_numpy()

    def test_a_constant_after_a_jump(self) -> None:
        y = panel_of({"jump": np.where(T < 20, 1.0, 500.0), "other": wave(N)}, months(N))
        near = forecast_of(serve(y, seasonal_periods=()), "jump")
        assert near == pytest.approx(np.full(HORIZON, 500.0), rel=0.3)


class TestLengths:
    @SEASONS
    def test_very_short_beside_long(self, seasonal_periods: object) -> None:
        short = {f"{n} observed": wave(n, 10.0 * n) for n in (1, 2, 3, 4, 5)}
        y = panel_of({**short, "long": wave(120)}, months(120))
        forecaster = serve(y, seasonal_periods=seasonal_periods)
        for n in (1, 2, 3):
            near = forecast_of(forecaster, f"{n} observed")
            assert near == pytest.approx(np.full(HORIZON, 10.0 * n), rel=0.5)

    def test_very_short_alone(self) -> None:
        serve(panel_of({f"{n} observed": wave(n) for n in (1, 2, 3)}, months(3)))
        for n in (2, 3):
            serve(pd.Series(wave(n), months(n)))
        with pytest.raises(InputError, match="a series of at least 2 observations"):
            serve(pd.Series(wave(1), months(1)))

    @pytest.mark.parametrize("values", [[0.0], [-5.0], [0.0, 0.0], [3.0, 0.0]], ids=str)
    def test_very_short_without_a_sign(self, values: list) -> None:
        serve(panel_of({"short": values, "long": wave(N)}, months(N)))

    def test_one_much_longer(self) -> None:
        index = pd.period_range("1880-01", periods=1500, freq="M")
        parts = {"long": pd.Series(wave(1500), index)}
        parts |= {f"{k}": pd.Series(wave(20, seed=k), index[-20:]) for k in range(4)}
        serve(pd.concat(parts, names=["id", "time"]).to_frame("y"))

    def test_all_beginnings_and_ends(self) -> None:
        index = months(80)
        parts = {
            f"{k}": pd.Series(wave(10 + 3 * k, seed=k), index[5 * k : 8 * k + 10]) for k in range(9)
        }
        forecaster = serve(pd.concat(parts, names=["id", "time"]).to_frame("y"))
        for k in range(9):
            first = forecaster.predict().loc[f"{k}"].index[0]
            assert first == index[8 * k + 10]

    def test_a_horizon_longer_than_any_series(self) -> None:
        y = panel_of({"a": wave(3), "b": wave(10)}, months(10))
        y_hat = small(horizon=24).fit(y).predict()
        assert len(y_hat) == 48
        assert np.isfinite(y_hat.to_numpy()).all()


class TestScales:
    def test_side_by_side(self) -> None:
        kinds = {}
        for k in range(-12, 13, 3):
            kinds[f"1e{k}"] = wave(N, 10.0**k, seed=k + 12)
            kinds[f"around zero, 1e{k}"] = wave(N, 10.0**k, seed=k + 12) - 10.0**k
        forecaster = serve(panel_of(kinds, months(N)))
        for k in range(-12, 13, 3):
            near = forecast_of(forecaster, f"1e{k}") / 10.0**k
            assert ((near > 0.3) & (near < 3.0)).all()

    @pytest.mark.parametrize("factor", [1e-12, 1e-3, 1e6, 1e12])
    @pytest.mark.parametrize("shift", [0.0, 100.0], ids=["positive", "around zero"])
    def test_units_do_not_matter(self, factor: float, shift: float) -> None:
        y = panel_of({"a": wave(N) - shift, "b": wave(N, seed=1) - shift}, months(N))
        plain, scaled = serve(y), serve(y * factor)
        for one, other in (
            (plain.predict(), scaled.predict()),
            (plain.predict_interval(), scaled.predict_interval()),
        ):
            np.testing.assert_allclose(other.to_numpy(), factor * one.to_numpy(), rtol=1e-5)

    def test_little_noise_on_a_high_level(self) -> None:
        noise = np.random.default_rng(2).normal(size=N)
        forecaster = serve(panel_of({"up": 1e9 + noise, "down": noise - 1e9}, months(N)))
        assert forecast_of(forecaster, "up") == pytest.approx(np.full(HORIZON, 1e9), rel=0.1)
        assert forecast_of(forecaster, "down") == pytest.approx(np.full(HORIZON, -1e9), abs=10.0)

    def test_outliers(self) -> None:
        kinds = {
            "last": np.where(T == N - 1, 1e12, wave(N)),
            "first": np.where(T == 0, 1e12, wave(N)),
            "middle": np.where(T == 20, 1e-12, wave(N)),
            "none": wave(N),
        }
        serve(panel_of(kinds, months(N)))


class TestTypes:
    @pytest.mark.parametrize(
        "dtype", ["int8", "int64", "uint16", "Int64", "float32", "Float64", "double[pyarrow]"]
    )
    def test_numbers_of_any_kind(self, dtype: str) -> None:
        y = panel_of({"a": T % 7 + 1, "b": T % 5}, months(N))
        assert serve(y.astype(dtype)).predict().equals(serve(y).predict())

    def test_whole_numbers_with_gaps(self) -> None:
        y = panel_of({"a": np.where(T == 3, np.nan, T % 7 + 1), "b": T % 5}, months(N))
        assert serve(y.astype("Int64")).predict().equals(serve(y).predict())

    @pytest.mark.parametrize(
        "ids", [[1, 2], ["a", 2], [2.5, 3.5], [True, False], [("x", 1), ("x", 2)], ["a b", "ä/ö"]],
        ids=str,
    )  # fmt: skip
    def test_names_of_any_kind(self, ids: list) -> None:
        first, second = (pd.Series(wave(N, seed=k), months(N)) for k in (0, 1))
        names = ["k", "id", "t"] if isinstance(ids[0], tuple) else ["id", "t"]
        y = pd.concat([first, second], keys=ids, names=names).to_frame("y")
        assert serve(y).predict().index.droplevel(-1).unique().tolist() == ids

    # sktime groups by the names, and pandas 2 asks what about those that no row has.
    @pytest.mark.filterwarnings("ignore:The default of observed=False:FutureWarning")
    def test_categorical_names(self) -> None:
        y = panel_of({"b": wave(N), "a": wave(N, seed=1)}, months(N)).reset_index()
        y["shop"] = pd.Categorical(y["shop"], categories=["b", "unused", "a"])
        y_hat = small(horizon=2).fit(y.set_index(["shop", "time"])).predict()
        assert y_hat.index.get_level_values(0).tolist() == ["b", "b", "a", "a"]


class TestMistakes:
    Y = panel_of({"b": wave(N), "a": wave(N, seed=1)}, months(N))

    @pytest.mark.parametrize("single", [True, False], ids=["series", "panel"])
    def test_a_stamp_twice(self, single: bool) -> None:
        y = self.Y.loc["a"] if single else self.Y
        y = pd.concat([y, y.iloc[[3]]]).sort_index()
        with pytest.raises(
            InputError, match=r"for each series and time stamp.*step 2020-04.*Drop the repeat"
        ):
            serve(y)

    @pytest.mark.parametrize("value", [np.inf, -np.inf])
    def test_infinite(self, value: float) -> None:
        y = self.Y.copy()
        y.iloc[[3, 44]] = value
        expected = r"finite; infinite in 'sales': 2 found: series 'b', step 2020-04: -?inf; series"
        with pytest.raises(InputError, match=expected):
            serve(y)

    def test_a_mistyped_year(self) -> None:
        days = pd.date_range("2024-01-01", periods=N).append(pd.DatetimeIndex(["2204-02-10"]))
        with pytest.raises(InputError, match=r"far off all others.*series 0, step 2204-02-10"):
            serve(pd.Series(wave(N + 1), days))

    def test_uneven_stamps(self) -> None:
        days = pd.DatetimeIndex(
            np.datetime64("2024-01-01")
            + np.array([0, 1, 2, 3, 4, 5, 6, 7]) * np.timedelta64(1, "D")
        ).append(pd.DatetimeIndex(["2024-01-09 05:30", "2024-01-11"]))
        with pytest.raises(InputError, match="2024-01-09 05:30"):
            serve(pd.Series(wave(10), days))

    @pytest.mark.parametrize(
        ("y", "expected"),
        [
            (Y > 100.0, "real numbers; got dtype bool"),
            (Y.astype(str), "y must hold real numbers, no text"),
            (Y.iloc[:0], "no rows"),
        ],
        ids=["truth values", "text", "nothing"],
    )
    def test_no_numbers(self, y: pd.DataFrame, expected: str) -> None:
        with pytest.raises((InputTypeError, InputError, TypeError), match=expected):
            serve(y)

    def test_a_nameless_series(self) -> None:
        y = self.Y.rename(index={"a": np.nan})
        with pytest.raises(InputError, match="missing in 'shop': 40 found: row 40; row 41;"):
            serve(y)
