"""Static covariates, future covariates and the calendar, through the estimator."""

import copy

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.errors import InputError, InputTypeError
from esrnn.frames.align import align
from tests.estimator.frames import months, panel_of, small, wave

N, H = 40, 4
NAMES = [f"s{k}" for k in range(12)]
RNG = np.random.default_rng(0)
PROMO = {name: (RNG.random(N + H) < 0.3).astype(float) for name in NAMES}
KIND = {name: ["food", "toys", "books"][k % 3] for k, name in enumerate(NAMES)}


def columns(names: list[str], n: int, known: bool = True, static: bool = True) -> pd.DataFrame:
    parts = {}
    for name in names:
        own: dict[str, object] = {"promo": PROMO[name][:n]} if known else {}
        own |= {"kind": KIND[name], "size": float(len(name))} if static else {}
        parts[name] = pd.DataFrame(own, months(n))
    return pd.concat(parts, names=["shop", "time"])


def sales(names: list[str], n: int = N) -> pd.DataFrame:
    series = {}
    for k, name in enumerate(names):
        lift = {"food": 0.5, "toys": 0.25, "books": 0.0}[KIND[name]]
        series[name] = (wave(N + H, seed=k) * np.exp(lift * PROMO[name]))[:n]
    return panel_of(series, months(n))


Y, LATER = sales(NAMES), columns(NAMES, N + H)


@pytest.fixture(scope="module")
def fitted_once() -> ESRNN:
    return small(horizon=H).fit(Y, columns(NAMES, N))


@pytest.fixture
def fitted(fitted_once: ESRNN) -> ESRNN:
    return copy.deepcopy(fitted_once)


def future(**columns_to_set: float) -> pd.DataFrame:
    return LATER.groupby(level=0, sort=False).tail(H).assign(**columns_to_set)


def test_a_promotion_known_in_advance_lifts_the_forecast() -> None:
    """Twelve short series are enough, and next to no training."""
    actual = sales(NAMES, N + H).groupby(level=0, sort=False).tail(H).to_numpy()
    forecaster = small(horizon=H, n_epochs=3).fit(Y, columns(NAMES, N))
    on, off = (forecaster.predict(X=future(promo=value)) for value in (1.0, 0.0))
    lift = np.log(on / off)["sales"].groupby(level=0, sort=False).mean()
    for name, expected in (("s0", 0.5), ("s1", 0.25), ("s2", 0.0)):
        assert lift[name] == pytest.approx(expected, abs=0.12)
    error = np.abs(np.log(forecaster.predict(X=future()).to_numpy() / actual)).mean()
    blind = small(horizon=H, n_epochs=3).fit(Y).predict().to_numpy()
    assert error < 0.5 * np.abs(np.log(blind / actual)).mean()


def test_a_new_series_gets_the_panels_effect() -> None:
    one = sales(["s0"], 6)
    forecaster = small(horizon=H).pretrain(Y.drop("s0"), columns(NAMES[1:], N, static=False))
    forecaster.fit(one, columns(["s0"], 6, static=False))
    x = columns(["s0"], 6 + H, static=False).groupby(level=0).tail(H)
    on, off = (forecaster.predict(X=x.assign(promo=value)) for value in (1.0, 0.0))
    assert 0.1 < np.log(on / off).to_numpy().mean() < 0.8


def test_the_components_name_the_effect() -> None:
    forecaster = small(horizon=H).fit(Y, columns(NAMES, N, static=False))
    parts = forecaster.components(X=future()[["promo"]])
    ahead = parts.dropna(subset="y_hat")
    factors = ahead[["level", "seasonality_12", "covariates", "network"]].prod(axis=1)
    np.testing.assert_allclose(factors, ahead["y_hat"])
    past = parts.dropna(subset="y").loc["s0", "covariates"]
    lifted = past[PROMO["s0"][:N] == 1.0].mean() / past[PROMO["s0"][:N] == 0.0].mean()
    assert np.log(lifted) == pytest.approx(0.5, abs=0.08)


class TestStaticFacts:
    def test_forecasts_need_them_no_more(self) -> None:
        static = columns(NAMES, N, known=False)
        forecaster = small(horizon=H).fit(Y, static)
        assert forecaster.config_.network.n_static == 4
        assert forecaster.config_.network.n_future == 0
        without = forecaster.predict()
        assert without.equals(forecaster.predict(X=columns(NAMES, N + H, known=False)))
        assert not without.equals(small(horizon=H).fit(Y).predict())

    def test_another_kind_gives_another_forecast(self) -> None:
        static = columns(NAMES, N, known=False)
        forecaster = small(horizon=H).pretrain(Y, static)
        new = sales(["s0"])
        food, toys, never = (
            forecaster.clone().fit(new, static.loc[["s0"]].assign(kind=kind)).predict()
            for kind in ("food", "toys", "never seen")
        )
        assert not food.equals(toys)
        assert not food.equals(never)
        assert np.isfinite(never.to_numpy()).all()


class TestFutureCovariates:
    def test_predict_needs_them(self, fitted: ESRNN) -> None:
        expected = r"'promo'.*12 found: .*'s0'.*Pass X with rows for these steps to predict"
        with pytest.raises(InputError, match=expected):
            fitted.predict(fh=[1])
        with pytest.raises(InputError, match=r"'promo'.*2023-08"):
            fitted.predict(fh=[4], X=columns(NAMES, N + H - 1))

    def test_steps_that_are_not_asked_for_need_not_be_known(self, fitted: ESRNN) -> None:
        steps = pd.PeriodIndex([months(N + H)[N], months(N + H)[N + 2]])
        some = LATER[LATER.index.get_level_values(1).isin(steps)]
        expected = fitted.predict(fh=[1, 2, 3], X=LATER)
        picked = expected[expected.index.get_level_values(1).isin(steps)]
        pd.testing.assert_frame_equal(fitted.predict(fh=[1, 3], X=some), picked)

    def test_a_longer_horizon_needs_them_further(self, fitted: ESRNN) -> None:
        with pytest.raises(InputError, match="Pass X with rows for these steps"):
            fitted.predict(fh=[6], X=LATER)
        index = pd.MultiIndex.from_product([NAMES, months(N + 6)], names=["shop", "time"])
        longer = LATER.reindex(index).assign(promo=0.0).groupby(level=0, sort=False).ffill()
        assert np.isfinite(fitted.predict(fh=range(1, 7), X=longer).to_numpy()).all()

    def test_later_columns_change_nothing_earlier(self, fitted: ESRNN) -> None:
        changed = LATER.copy()
        last = changed.index.get_level_values(1) == months(N + H)[-1]
        changed.loc[last, "promo"] = 1.0 - changed.loc[last, "promo"]
        before, after = (fitted.predict(fh=range(1, H + 1), X=x) for x in (LATER, changed))
        same = before.index.get_level_values(1) < months(N + H)[-1]
        pd.testing.assert_frame_equal(before[same], after[same])

    def test_updates_bring_theirs(self, fitted: ESRNN) -> None:
        early = small(horizon=H).fit(sales(NAMES, N - 5), columns(NAMES, N - 5))
        new, more = (f.groupby(level=0, sort=False).tail(5) for f in (Y, columns(NAMES, N)))
        early.update(new, more, update_params=True)
        assert early.predict(X=LATER).equals(fitted.predict(X=LATER))
        early.update(new, more, update_params=False)
        assert early.predict(X=LATER).index.equals(fitted.predict(X=LATER).index)

    def test_they_are_aligned_once(self, fitted: ESRNN, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []
        monkeypatch.setattr(
            "esrnn.frames.covariates.align", lambda X, framed: calls.append(X) or align(X, framed)
        )
        fitted.predict(fh=[-3, 0, 1, H], X=LATER)
        assert len(calls) == 1
        fitted.components(fh=[1, H], X=LATER)
        assert len(calls) == 2

    def test_a_single_series_and_a_hierarchy(self) -> None:
        x = columns(["s0"], N + H).loc["s0"]
        y = Y.loc["s0"]
        one = small(horizon=H).fit(y, x.iloc[:N]).predict(X=x.iloc[N:])
        assert np.isfinite(one.to_numpy()).all()
        parts = {("n", "s0"): "s0", ("n", "s1"): "s1", ("s", "s2"): "s2"}
        names = ["region", "shop"]
        tree = pd.concat({key: Y.loc[name] for key, name in parts.items()}, names=names)
        static = pd.concat({key: LATER.loc[name] for key, name in parts.items()}, names=names)
        past = static.index.get_level_values(-1) < months(N + H)[N]
        y_hat = small(horizon=H).fit(tree, static[past]).predict(X=static[~past])
        assert y_hat.index.nlevels == 3
        assert len(y_hat) == 3 * H


class TestColumnsThatDoNotFit:
    def test_columns_unknown_in_training(self, fitted: ESRNN) -> None:
        with pytest.raises(InputError, match="weather"):
            fitted.predict(X=LATER.assign(weather=1.0))
        with pytest.raises(InputError, match="the model was trained without X"):
            small(horizon=H).fit(Y).predict(X=LATER)

    def test_columns_missing_in_forecasts(self, fitted: ESRNN) -> None:
        with pytest.raises(InputError, match=r"missing: \['promo'\]"):
            fitted.predict(X=LATER[["kind", "size"]])

    def test_facts_may_be_left_out_of_forecasts(self, fitted: ESRNN) -> None:
        some = fitted.predict(fh=range(1, H + 1), X=future()[["promo"]])
        assert some.equals(fitted.predict(fh=range(1, H + 1), X=future()))

    def test_other_series_only(self) -> None:
        forecaster = small(horizon=H).fit(Y, X=LATER)
        for other, match in (
            (LATER.rename("x{}".format, level=0), "X must have rows of the series of y"),
            (pd.concat({"north": LATER}), "X must have an index of 2 levels"),
        ):
            with pytest.raises(InputError, match=match):
                forecaster.predict(X=other)
            with pytest.raises(InputError, match=match):
                forecaster.update(Y.tail(1), X=other, update_params=False)

    def test_infinite_values(self) -> None:
        wrong = columns(NAMES, N)
        wrong.iloc[5, 0] = np.inf
        with pytest.raises(InputError, match=r"promo.*s0"):
            small(horizon=H).fit(Y, wrong)


class TestCalendar:
    def test_features_of_the_frequency(self) -> None:
        forecaster = small(horizon=H, calendar=True).fit(Y)
        assert forecaster.config_.network.n_future == 3  # month as a pair, days in it
        assert np.isfinite(forecaster.predict().to_numpy()).all()
        named = small(horizon=H, calendar=["month", "days_in_month"]).fit(Y)
        assert named.predict().equals(forecaster.predict())

    def test_wrong_names_and_integers(self) -> None:
        with pytest.raises(InputError, match="calendar must be a sequence of different names"):
            small(horizon=H, calendar=["moon"]).fit(Y)
        with pytest.raises(
            InputTypeError, match="calendar must be True, False or a sequence of names"
        ):
            small(horizon=H, calendar="month").fit(Y)
        numbered = pd.Series(wave(30))
        with pytest.raises(InputError, match="calendar features need dates or periods"):
            small(horizon=H, calendar=["month"]).fit(numbered)
        assert small(horizon=H, calendar=True).fit(numbered).config_.network.n_future == 0


def test_rows_in_another_order_change_nothing(fitted: ESRNN) -> None:
    shuffled = columns(NAMES, N).sample(frac=1.0, random_state=1).sort_index(level=[0, 1])
    again = small(horizon=H).fit(Y.sort_index(), shuffled)
    once = small(horizon=H).fit(Y.sort_index(), columns(NAMES, N).sort_index())
    assert again.predict(X=LATER.sort_index()).equals(once.predict(X=LATER.sort_index()))


def test_without_covariates_nothing_changes() -> None:
    """A model without X is bit by bit what it was."""
    forecaster = small(horizon=H).fit(Y)
    assert forecaster.config_.network.n_static == forecaster.config_.network.n_future == 0
    assert not [
        name for name in forecaster.ensemble_.members[0].network.weights if "effect" in name
    ]
