"""`ESRNN(errors="skip")`: series with faults are left out, with a table and a warning."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sktime.forecasting.base import ForecastingHorizon

from esrnn import ESRNN, load_model
from esrnn.errors import EsrnnWarning, InputError

SETTINGS = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
SETTINGS |= {"random_state": 1}
N = 24
MONTHS = pd.period_range("2020-01", periods=N + 6, freq="M")


def panel(*ids: object, n: int = N) -> pd.DataFrame:
    names = ["shop", "month"] if not isinstance(ids[0], tuple) else ["region", "shop", "month"]
    series = {
        name: pd.Series(np.random.default_rng(k).gamma(9.0, 10.0, n), MONTHS[:n])
        for k, name in enumerate(ids)
    }
    return pd.concat(series, names=names).to_frame("sales")


def broken() -> pd.DataFrame:
    """Return a panel in which a, d and e are good."""
    y = panel(*"abcde", n=N)
    y.loc[("b", MONTHS[4]), "sales"] = np.inf
    y.loc["c", "sales"] = np.nan
    return y


def served(y_hat: pd.DataFrame) -> list[object]:
    return y_hat.index.droplevel(-1).unique().tolist()


def skip(**settings: object) -> ESRNN:
    return ESRNN(errors="skip", **{**SETTINGS, **settings})


class TestFit:
    def test_the_others_are_forecast_as_without_the_skipped_ones(self) -> None:
        y = broken()
        with pytest.warns(
            EsrnnWarning, match=r"skipped and have no forecasts: 2 found: series 'b'; series 'c'\."
        ) as warned:
            forecaster = skip().fit(y)
        assert warned[0].message.series == ("b", "c")
        alone = ESRNN(**SETTINGS).fit(y.loc[list("ade")])
        assert_frame_equal(forecaster.predict(), alone.predict())
        assert_frame_equal(forecaster.predict_interval(), alone.predict_interval())
        assert_frame_equal(forecaster.components(), alone.components())
        table = forecaster.skipped_.set_index("series")
        assert table.index.tolist() == ["b", "c"]
        assert table.loc["b", ["step", "value"]].tolist() == [MONTHS[4], "inf"]
        assert table.loc["b", "reason"] == "values must be finite; infinite in 'sales'"
        assert table.loc["b", "remedy"].startswith("Correct them, or replace them by NaN")

    def test_nothing_is_skipped_by_default_or_without_faults(self) -> None:
        with pytest.raises(InputError) as raised:
            ESRNN(**SETTINGS).fit(broken())
        assert raised.value.series == ("b",)
        forecaster = skip().fit(panel("a", "b"))
        assert forecaster.skipped_.empty
        assert_frame_equal(forecaster.predict(), ESRNN(**SETTINGS).fit(panel("a", "b")).predict())

    def test_a_generator_moves_on_once(self) -> None:
        generator, other = np.random.RandomState(3), np.random.RandomState(3)
        with pytest.warns(EsrnnWarning, match="skipped"):
            one = skip(random_state=generator).fit(broken())
        two = ESRNN(**{**SETTINGS, "random_state": other}).fit(broken().loc[list("ade")])
        assert_frame_equal(one.predict(), two.predict())
        assert generator.randint(1000) == other.randint(1000)

    def test_the_cutoff_is_that_of_the_series_left(self) -> None:
        y = pd.concat([panel("a", "b"), panel("c", n=N + 6)])
        y.loc["c", "sales"] = np.nan
        with pytest.warns(EsrnnWarning, match="skipped"):
            forecaster = skip().fit(y)
        assert forecaster.cutoff[0] == MONTHS[N - 1]
        fh = ForecastingHorizon(MONTHS[N : N + 1], is_relative=False)
        assert served(forecaster.predict(fh)) == ["a", "b"]

    def test_a_single_series_and_faults_of_all_are_raised(self) -> None:
        y = broken()
        with pytest.raises(InputError, match="must be finite"):
            skip().fit(y.loc["b"])
        with pytest.raises(InputError, match="at least one observed value") as raised:
            skip().fit(y.loc[["b", "c"]])
        assert "1 other series were skipped before" in raised.value.__notes__[0]
        with pytest.raises(InputError, match=r"errors must be one of .*; got 'ignore'"):
            ESRNN(errors="ignore", **SETTINGS).fit(y)

    def test_a_fault_of_one_form_and_one_of_X(self) -> None:
        y = panel(*"abcd")
        y.loc[("b", MONTHS[3]), "sales"] = 0.0
        X = pd.DataFrame({"price": np.arange(4.0 * N)}, y.index)
        X.loc[("c", MONTHS[5]), "price"] = np.inf
        with pytest.warns(EsrnnWarning, match="2 found"):
            forecaster = skip(seasonality="multiplicative").fit(y, X)
        table = forecaster.skipped_.set_index("series")
        assert table.loc["b", ["step", "value"]].tolist() == [MONTHS[3], "0.0"]
        assert table.loc["c", ["step", "value"]].tolist() == [MONTHS[5], "inf"]

    def test_pretrain(self) -> None:
        with pytest.warns(EsrnnWarning, match="2 found: series 'b'; series 'c'"):
            forecaster = skip().pretrain(broken())
        assert set(forecaster.get_pretrained_params()) == {"pretrained_"}
        good = broken().loc[list("ade")]
        assert_frame_equal(
            forecaster.fit(good).predict(), ESRNN(**SETTINGS).pretrain(good).fit(good).predict()
        )


class TestTotals:
    def test_a_total_over_a_skipped_series_is_skipped(self) -> None:
        y = panel(("n", "a"), ("n", "b"), ("s", "c"), ("n", "__total"), ("s", "__total"))
        y = pd.concat([y, panel(("__total", "__total"))]).sort_index()
        y.loc[("n", "a", MONTHS[0]), "sales"] = np.inf
        with pytest.warns(EsrnnWarning, match="sums of forecasts lack them: 3 found"):
            forecaster = skip().fit(y)
        assert served(forecaster.predict()) == [("n", "b"), ("s", "__total"), ("s", "c")]
        reasons = forecaster.skipped_.set_index("series")["reason"]
        assert reasons["n", "__total"].startswith("a total must not lack series")


class TestPredict:
    Y = panel(*"abc")
    X = pd.DataFrame(
        {"promo": np.arange(3 * (N + 2)) % 3},
        pd.MultiIndex.from_product([list("abc"), MONTHS[: N + 2]], names=["shop", "month"]),
    )

    PAST = X[X.index.get_level_values(-1) < MONTHS[N]]

    def test_series_without_future_values_are_skipped(self) -> None:
        fitted = skip().fit(self.Y, self.PAST)
        whole = fitted.predict(X=self.X)
        lacking = self.X.drop(("b", MONTHS[N + 1]))
        with pytest.warns(EsrnnWarning, match=r"1 found: series 'b'\. Reasons: X is missing"):
            y_hat = fitted.predict(X=lacking)
        np.testing.assert_allclose(y_hat, whole.loc[["a", "c"]], rtol=1e-6)
        assert y_hat.index.equals(whole.loc[["a", "c"]].index)
        with pytest.warns(EsrnnWarning, match="1 found: series 'b'"):
            interval = fitted.predict_interval(X=lacking)
        assert served(interval) == ["a", "c"]
        assert fitted.skipped_.empty

        with pytest.raises(InputError, match="X is missing values") as raised:
            fitted.predict(fh=[3], X=self.X)
        assert raised.value.series == ("a", "b", "c")
        assert raised.value.steps == (MONTHS[N + 2],) * 3


class TestUpdate:
    def test_new_rows_with_faults_leave_their_series_as_it_was(self) -> None:
        whole = panel(*"abc", n=N + 1)
        past = whole[whole.index.get_level_values(-1) < MONTHS[N]]
        new = whole[whole.index.get_level_values(-1) == MONTHS[N]].copy()
        new.loc["b", "sales"] = np.inf
        forecaster = skip().fit(past)
        with pytest.warns(EsrnnWarning, match="skipped and stay as .*: 1 found: series 'b'"):
            forecaster.update(new, update_params=False)
        expected = ESRNN(**SETTINGS).fit(past).update(new.loc[["a", "c"]], update_params=False)
        assert_frame_equal(forecaster.predict(), expected.predict())
        assert forecaster.skipped_["series"].tolist() == ["b"]
        forecaster.update(whole.loc[["b"]].tail(1), update_params=False)
        assert forecaster.skipped_.empty
        fresh = ESRNN(**SETTINGS).fit(past).update(whole.groupby(level=0).tail(1), None, False)
        assert_frame_equal(forecaster.predict(), fresh.predict())

    def test_a_series_that_was_skipped_stays_out_until_the_next_fit(self) -> None:
        y = broken()
        with pytest.warns(EsrnnWarning, match="skipped"):
            forecaster = skip().fit(y)
        new = panel(*"abc", n=N + 1).groupby(level=0).tail(1)
        forecaster.update(new, update_params=False)
        assert served(forecaster.predict()) == ["a", "d", "e"]
        assert forecaster.skipped_["series"].tolist() == ["b", "c"]
        with pytest.raises(InputError, match="than those that were skipped: 1 found: series 'b'"):
            forecaster.update(new.loc[["b"]], update_params=False)
        assert forecaster.cutoff[0] == MONTHS[N]

    def test_rows_without_an_id(self) -> None:
        y = panel(*"ab")
        nameless = y.loc[["b"]].rename(index={"b": np.nan})
        new = panel(*"ab", n=N + 1).groupby(level=0).tail(1)
        with pytest.warns(EsrnnWarning, match="1 found: series (None|nan)"):
            forecaster = skip().fit(pd.concat([y, nameless]))
        assert len(forecaster.skipped_) == N
        with pytest.warns(EsrnnWarning, match="1 found: series (None|nan)"):
            forecaster.update(pd.concat([new, nameless.tail(1)]), update_params=False)
        assert len(forecaster.skipped_) == 1
        assert served(forecaster.predict()) == ["a", "b"]

    def test_faults_of_X(self) -> None:
        y = panel("a", "b")
        X = pd.DataFrame({"promo": np.arange(2 * N) % 3}, y.index)
        new = panel("a", "b", n=N + 1).groupby(level=0).tail(1)
        promo = pd.DataFrame({"promo": [1.0, np.inf]}, new.index)
        forecaster = skip().fit(y, X)
        with pytest.warns(EsrnnWarning, match="series 'b'"):
            forecaster.update(new, promo)
        expected = ESRNN(**SETTINGS).fit(y, X).update(new.loc[["a"]], promo.loc[["a"]])
        assert_frame_equal(forecaster.components([1], ahead()), expected.components([1], ahead()))


def ahead() -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["a", "b"], MONTHS[N:]], names=["shop", "month"])
    return pd.DataFrame({"promo": 1}, index)


def test_the_argument_is_saved_and_the_table_is_not(tmp_path) -> None:
    with pytest.warns(EsrnnWarning, match="skipped"):
        forecaster = skip().fit(broken()).save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.errors == "skip"
    assert loaded.skipped_.empty
    assert_frame_equal(loaded.predict(), forecaster.predict())
