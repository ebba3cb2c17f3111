"""A series that networks were not trained on is forecast the same in any company and order."""

import platform
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from esrnn.forecaster import FittedPanel, TrainedModel, fit_panel
from esrnn.frames import long_to_panel

H = 3
TINY = {
    "n_members": 2, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 0,
    "calibration": 0.9,
}  # fmt: skip
# Long and short ones of each form: positive, signed, counts, with gaps, constant.
KINDS = ("positive", "signed", "counts", "gaps", "constant")
LENGTHS = (41, 1, 26, 2, 30, 7, 60, 14, 3, 33, 5, 50)


def make_data(seed: int, n_series: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return series that depend on columns of X, and X with two horizons after each."""
    rng = np.random.default_rng(seed)
    frames, columns = [], []
    for k in range(n_series):
        n, kind = LENGTHS[k % len(LENGTHS)], KINDS[k % len(KINDS)]
        months = pd.period_range("2001-01", periods=n + 2 * H, freq="M").shift(k)
        promo = (rng.random(n + 2 * H) < 0.2).astype(float)
        log = rng.normal(0.0, 0.1, n).cumsum() + 0.3 * promo[:n] + rng.normal(0.0, 0.1, n)
        y = np.exp(log) * 10.0 ** rng.uniform(-1.0, 3.0)
        y = {
            "positive": y,
            "signed": y - y.mean(),
            "counts": rng.poisson(0.7 + promo[:n]).astype(float),
            "gaps": np.where(np.arange(n) % 5 == 3, np.nan, y),
            "constant": np.full(n, 4.0),
        }[kind]
        frames.append(pd.DataFrame({"id": f"s{k}", "month": months[:n], "y": y}))
        price, zone = rng.normal(2.0, 1.0, promo.size), "abc"[k % 3]
        event = np.where(promo > 0.0, "sale", "none")
        columns.append(
            pd.DataFrame({"id": f"s{k}", "month": months, "promo": promo, "price": price,
                          "zone": zone, "event": event})
        )  # fmt: skip
    return pd.concat(frames), pd.concat(columns).set_index(["id", "month"])


def panel_of(y: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    parts = [y[y["id"] == name] for name in names]
    return long_to_panel(pd.concat(parts), id_col="id", time_col="month", target_col="y")


def everything(fitted: FittedPanel, X: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Return all that a fitted panel says, with the names of the series as first index level."""
    n = fitted.framed.n_series
    steps = np.tile(np.arange(1, H + 1), (n, 1))
    within = fitted.forecast(np.zeros((n, 1), dtype=np.int64), X, "cpu")
    return {
        "forecasts": fitted.forecast_frame(2 * H, X, (0.5, 0.95, 0.99)).set_index(["id", "month"]),
        "components": fitted.components(steps, X, "cpu").drop(columns="form"),
        "coefficients": fitted.coefficients().drop(columns="form"),
        "within": pd.DataFrame(within, index=fitted.framed.ids),
    }


@pytest.fixture(scope="module", params=["y", "y and X"])
def trained(request: pytest.FixtureRequest) -> TrainedModel:
    y, X = make_data(0, 24)
    settings = {"calendar": True, **TINY} if request.param == "y and X" else TINY
    panel = panel_of(y, y["id"].unique())
    return fit_panel(panel, X if "X" in request.param else None, {**settings, "horizon": H}).model


@pytest.mark.parametrize("seed", [1, 2])
def test_series_are_forecast_as_if_alone(trained: TrainedModel, seed: int) -> None:
    y, X = make_data(seed, 12)
    known = X if trained.encoder is not None else None

    def outputs(names: Sequence[str]) -> dict[str, pd.DataFrame]:
        return everything(fit_panel(panel_of(y, names), known, model=trained), known)

    names = [f"s{k}" for k in range(12)]
    whole, rng = outputs(names), np.random.default_rng(seed)
    some = [rng.permutation(names)[:size].tolist() for size in (1, 2, 7, 12)]
    for chosen in some:
        for kind, frame in outputs(chosen).items():
            expected = pd.concat([whole[kind].loc[[name]] for name in chosen])
            assert_same(frame, expected, f"{kind} of {chosen}")


def test_saved_series_are_forecast_the_same_beside_new_ones(trained: TrainedModel) -> None:
    y, X = make_data(0, 24)
    new, new_X = (table.copy() for table in make_data(3, 5))
    new["id"] = "n" + new["id"]
    new_X.index = new_X.index.set_levels("n" + new_X.index.levels[0], level=0)
    whole = panel_of(y, y["id"].unique())
    y, X = pd.concat([y, new]), pd.concat([X, new_X])
    known = X if trained.encoder is not None else None
    saved = FittedPanel(whole, known, trained).without_history()

    def outputs(names: Sequence[str]) -> dict[str, pd.DataFrame]:
        return everything(fit_panel(panel_of(y, names), known, model=saved), known)

    mixed = ["ns3", "s2", "ns0", "s11", "s1", "ns1"]
    together = outputs(mixed)
    for chosen in (["s11"], ["ns0"], ["s1", "s2"], ["ns1", "s2", "ns3"]):
        for kind, frame in outputs(chosen).items():
            expected = pd.concat([together[kind].loc[[name]] for name in chosen])
            assert_same(frame, expected, f"{kind} of {chosen}")


def assert_same(frame: pd.DataFrame, expected: pd.DataFrame, message: str) -> None:
    """Compare numbers bit for bit, but for rounding to float32 on processors not tried so far."""
    pd.testing.assert_index_equal(frame.index, expected.index)
    if platform.machine() in ("x86_64", "AMD64"):
        np.testing.assert_array_equal(frame, expected, err_msg=message)
    else:
        np.testing.assert_allclose(frame, expected, rtol=1e-3, atol=1e-4, err_msg=message)
