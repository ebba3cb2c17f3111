"""Small fits of every kind, by public names alone, and the numbers that they give.

Each case returns arrays by name. Panels are made of whole-number arithmetic and square roots, which
give the same bits everywhere; what follows is the package's own work.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from esrnn import ESRNN

__all__ = ["CASES", "run_case"]

Arrays = dict[str, npt.NDArray[np.float64]]

_STEP = 0.25  # amplitude of the season, over the level
_LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


def _noise(n: int, seed: int) -> npt.NDArray[np.float64]:
    """Return numbers between -1 and 1 from a linear congruential generator."""
    state, out = seed + 1, np.empty(n)
    for i in range(n):
        state = (1103515245 * state + 12345) % 2**31
        out[i] = state / 2**30 - 1.0
    return out


def _series(n: int, period: int, seed: int, form: str = "positive") -> npt.NDArray[np.float64]:
    """Return a triangle wave around a level that grows with the square root of time."""
    t = np.arange(n)
    wave = np.abs((t % period) / period - 0.5) * 4.0 - 1.0 if period > 1 else np.zeros(n)
    y = (10.0 + seed + np.sqrt(t)) * (1.0 + _STEP * wave + 0.05 * _noise(n, seed))
    if form == "signed":
        return y - y[0]
    if form == "counts":
        return np.floor(np.maximum(y / 5.0 - 2.0 + _noise(n, seed + 7), 0.0))
    return y


def _panel(
    freq: str, n: int, period: int, forms: tuple[str, ...] = ("positive",) * 6, n_missing: int = 0
) -> pd.DataFrame:
    """Return series of unlike length that end at unlike times, with every third one cut short."""
    index = pd.period_range("2001-01-01", periods=n, freq=freq)
    parts = {}
    for k, form in enumerate(forms):
        y = pd.Series(_series(n, period, k, form), index)
        if n_missing and k % 2:
            y.iloc[n // 2 : n // 2 + n_missing] = np.nan
        parts[f"s{k}"] = y.iloc[k * 2 :] if k % 3 else y.iloc[: n - k]
    return pd.concat(parts, names=["series", "time"]).to_frame("y")


def _numbers(forecaster: ESRNN, fh: object = None, X: pd.DataFrame | None = None) -> Arrays:
    """Return what a fitted forecaster says, as arrays."""
    coefficients = forecaster.smoothing_coefficients().drop(columns="form")
    history = forecaster.training_history()
    return {
        "point": forecaster.predict(fh, X).to_numpy(dtype=np.float64),
        "quantiles": forecaster.predict_quantiles(fh, X, alpha=list(_LEVELS)).to_numpy(),
        "coefficients": coefficients.to_numpy(dtype=np.float64),
        "loss": history["loss"].to_numpy(dtype=np.float64),
    }


def _small(**parameters: object) -> ESRNN:
    few = {"n_members": 2, "n_epochs": 2, "hidden_size": 8, "n_jobs": 1, "random_state": 7}
    return ESRNN(**{**few, **parameters}, start_from=None)


def _preset(freq: str, n: int, period: int, n_members: int = 2) -> Callable[[], Arrays]:
    """Fit the preset of a frequency, with its own network, to both forms of series."""

    def run() -> Arrays:
        y = _panel(freq, n, period, ("positive", "positive", "signed", "positive", "counts"))
        forecaster = ESRNN(
            n_members=n_members, n_epochs=2, horizon=6, n_jobs=1, random_state=3, calibration=0.9,
            start_from=None,
        )  # fmt: skip
        return _numbers(forecaster.fit(y))

    return run


def _form(seasonality: str) -> Callable[[], Arrays]:
    def run() -> Arrays:
        y = _panel("M", 50, 12)
        return _numbers(_small(seasonality=seasonality, horizon=4).fit(y))

    return run


def _missing() -> Arrays:
    y = _panel("M", 60, 12, ("positive", "positive", "signed", "signed"), n_missing=3)
    return _numbers(_small(horizon=4).fit(y))


def _early_stopping() -> Arrays:
    forecaster = _small(horizon=4, patience=1, n_epochs=4, cell="gru", loss="owa")
    return _numbers(forecaster.fit(_panel("M", 50, 12)))


def _losses() -> Arrays:
    y, out = _panel("Q", 40, 4), {}
    for loss in ("owa", "smape", "mase", "pinball", "log_pinball"):
        out[loss] = _small(horizon=3, loss=loss).fit(y).predict().to_numpy(dtype=np.float64)
    return out


def _levels() -> Arrays:
    y = _panel("Q", 40, 4)
    one = _small(horizon=3, quantile_levels=(0.5,)).fit(y).predict()
    five = _small(horizon=3, quantile_levels=(0.05, 0.2, 0.5, 0.8, 0.95), calibration=1.0).fit(y)
    return {"one": one.to_numpy(dtype=np.float64), **_numbers(five)}


def _covariates() -> Arrays:
    y = _panel("M", 60, 12, ("positive", "positive", "signed", "positive"))
    names = y.index.get_level_values(0).unique()
    longer = pd.period_range("2001-01", periods=70, freq="M")
    index = pd.MultiIndex.from_product([names, longer], names=["series", "time"])
    t = np.tile(np.arange(70), len(names))
    X = pd.DataFrame(
        {
            "promo": (t % 5 == 0).astype(float),
            "kind": np.repeat(np.array(["a", "b"])[np.arange(len(names)) % 2], 70),
        },
        index=index,
    )
    past = X.loc[y.index]
    forecaster = _small(horizon=4, calendar=True).fit(y, X=past)
    numbers = _numbers(forecaster, X=X)
    parts = forecaster.components(fh=[1, 2], X=X).drop(columns="form")
    return {**numbers, "components": parts.to_numpy(dtype=np.float64)}


def _lives() -> Arrays:
    """Pretrain, fit others, update both ways, train on, go beyond the horizon and into the past."""
    y = _panel("M", 60, 12, ("positive", "positive", "signed", "positive"))
    cut = y.index.get_level_values(1) < pd.Period("2005-01", "M")
    first, others = y[cut], _panel("M", 48, 12, ("positive", "signed"))
    forecaster = _small(horizon=4, calibration=0.9)
    forecaster.pretrain(first)
    out = {f"pretrained-{k}": v for k, v in _numbers(forecaster.fit(others)).items()}
    fitted = _small(horizon=4, calibration=0.9).fit(first)
    later = y[~cut]
    fitted.update(later, update_params=False)
    out |= {f"updated-{k}": v for k, v in _numbers(fitted).items()}
    fitted.update(later, update_params=True)
    out |= {f"refitted-{k}": v for k, v in _numbers(fitted, fh=[1, 4, 9]).items()}
    out["within"] = fitted.predict(fh=[-5, -1, 0]).to_numpy(dtype=np.float64)
    fitted.continue_training(n_epochs=1)
    out |= {f"continued-{k}": v for k, v in _numbers(fitted, fh=[1, 4]).items()}
    return out


def _single() -> Arrays:
    y = pd.Series(_series(80, 4, 1), pd.date_range("2001-03-31", periods=80, freq="QE"), name="y")
    return _numbers(_small(horizon=5).fit(y))


CASES: dict[str, Callable[[], Arrays]] = {
    "hourly": _preset("h", 420, 24, n_members=3),
    "daily": _preset("D", 120, 7),
    "weekly": _preset("W", 130, 52),
    "monthly": _preset("M", 60, 12),
    "quarterly": _preset("Q", 40, 4),
    "yearly": _preset("Y", 30, 1, n_members=3),
    "generic": _preset("15min", 500, 96),
    "auto": _form("auto"),
    "multiplicative": _form("multiplicative"),
    "additive": _form("additive"),
    "missing": _missing,
    "early-stopping": _early_stopping,
    "losses": _losses,
    "levels": _levels,
    "covariates": _covariates,
    "lives": _lives,
    "single": _single,
}


def run_case(name: str) -> Arrays:
    """Return the numbers of a case."""
    return CASES[name]()
