"""Panels with gaps, late starters and early ends, and plain loops that cut and score them."""

import numpy as np
import pandas as pd

DAYS = pd.date_range("2024-01-01", periods=70)
SMALL = {
    "n_members": 1,
    "n_epochs": 1,
    "hidden_size": 4,
    "n_jobs": 1,
    "random_state": 1,
    "start_from": None,
}


def holed_panel(seed: int = 0, n_series: int = 7) -> pd.DataFrame:
    """Return daily sales with missing rows and values, late starters, early ends, a flat series."""
    rng = np.random.default_rng(seed)
    parts = {}
    for k in range(n_series):
        values = 20.0 + 8.0 * np.sin(np.arange(70) * 2.0 * np.pi / 7.0) + rng.normal(0.0, 2.0, 70)
        one = pd.Series(values, DAYS)
        if k == 1:
            one = one[66:]  # begins after all cutoffs
        if k == 2:
            one = one[:30]  # has ended
        if k == 3:
            one = one[50:]  # begins between cutoffs
        if k == 4:
            one[:] = 5.0
        one[rng.random(len(one)) < 0.1] = np.nan
        if k != 1:
            one = one[rng.random(len(one)) > 0.15]
        parts[f"s{k}"] = one
    return pd.concat(parts, names=["shop", "day"]).to_frame("sold")


def cut_by_loop(
    y: pd.DataFrame, horizon: int, n_windows: int, step: int
) -> list[tuple[pd.Timestamp, pd.DataFrame, dict[str, pd.Series]]]:
    """Return the cutoff, the history, and what came of each series that is tested; plain."""
    last = y.index.get_level_values(1).max()
    windows = []
    for back in range(n_windows - 1, -1, -1):
        cutoff = last - pd.Timedelta(days=horizon + back * step)
        ahead = [cutoff + pd.Timedelta(days=k) for k in range(1, horizon + 1)]
        histories, came = {}, {}
        for name in y.index.unique(0):
            one = y.loc[name, "sold"]
            past = one[one.index <= cutoff]
            if not past.notna().any():
                continue
            future = pd.Series([one.get(day, np.nan) for day in ahead], ahead)
            end = past.index[-1]
            if future.notna().any():
                came[name], end = future, cutoff
            histories[name] = past.reindex(pd.date_range(past.index[0], end))
        history = pd.concat(histories, names=["shop", "day"]).to_frame("sold")
        windows.append((cutoff, history, came))
    return windows


def naive_by_loop(past: pd.Series, horizon: int, period: int) -> tuple[list[float], list[float]]:
    """Return the naive and the seasonal naive forecast of a regular series."""
    known = past.dropna()
    plain = [known.iloc[-1]] * horizon
    seasonal = []
    for step in range(1, horizon + 1):
        back = len(past) - 1 + step
        value = plain[0]
        while back - period >= 0:
            back -= period
            if back < len(past) and not np.isnan(past.iloc[back]):
                value = past.iloc[back]
                break
        seasonal.append(value)
    return plain, seasonal


def measures_by_loop(rows: list[dict[str, object]]) -> dict[str, float]:
    """Score forecasts of several series and windows, one value after the other.

    Each row has ``past``, ``came`` and ``y_hat``, lists; ``low`` and ``high`` of 80% intervals.
    """
    smapes, mases, rmsses, inside, widths = [], [], [], [], []
    error = miss = size = loss = 0.0
    n_values = 0
    for row in rows:
        past = row["past"]
        pairs = [(past[t], past[t - 7]) for t in range(7, len(past))]
        jumps = [a - b for a, b in pairs if not np.isnan(a - b)]
        scale = np.mean(np.abs(jumps)) if jumps else np.nan
        root = np.sqrt(np.mean(np.square(jumps))) if jumps else np.nan
        terms = [k for k in zip(row["came"], row["y_hat"], row["low"], row["high"], strict=True)
                 if not np.isnan(k[0])]  # fmt: skip
        percent, absolute, square, covered, width = [], [], [], [], []
        for y, y_hat, low, high in terms:
            total = abs(y) + abs(y_hat)
            percent.append(200.0 * abs(y - y_hat) / total if total else 0.0)
            absolute.append(abs(y - y_hat))
            square.append((y - y_hat) ** 2)
            covered.append(low <= y <= high)
            width.append(high - low + 10.0 * max(low - y, 0.0) + 10.0 * max(y - high, 0.0))
            error, size = error + y_hat - y, size + abs(y)
            miss, n_values = miss + abs(y_hat - y), n_values + 1
            for level, q in ((0.1, low), (0.5, y_hat), (0.9, high)):
                loss += 2.0 / 3.0 * (level * (y - q) if y > q else (1.0 - level) * (q - y))
        smapes.append(np.mean(percent))
        inside.append(np.mean(covered))
        if scale > 0.0:
            mases.append(np.mean(absolute) / scale)
            rmsses.append(np.sqrt(np.mean(square)) / root)
            widths.append(np.mean(width) / scale)
    return {
        "smape": np.mean(smapes),
        "mase": np.mean(mases) if mases else np.nan,
        "rmsse": np.mean(rmsses) if mases else np.nan,
        "mae": miss / n_values,
        "wape": miss / size,
        "bias": error / size,
        "quantile_loss": loss / size,
        "coverage-80": np.mean(inside),
        "msis-80": np.mean(widths) if mases else np.nan,
        "n_series": len(rows),
        "n_values": n_values,
        "n_without_scale": len(rows) - len(mases),
    }


def full_columns(y: pd.DataFrame) -> pd.DataFrame:
    """Return X with a row for every series and day of the data."""
    index = pd.MultiIndex.from_product([y.index.unique(0), DAYS], names=y.index.names)
    return pd.DataFrame({"promo": np.arange(len(index)) % 3 == 0, "kind": "a"}, index)
