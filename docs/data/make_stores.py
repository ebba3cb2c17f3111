"""Write stores.csv: made-up daily sales of twelve stores, as untidy as such files are.

    python docs/data/make_stores.py

Rows are in no order, and dates are text. Stores that are closed on Sundays have no row then, other
rows are lost, two stores opened late and one closed for good. Promotions raise sales by two fifths;
those of the next two weeks are known, and their rows have no sales yet.
"""

from pathlib import Path

import numpy as np
import pandas as pd

N_DAYS, N_AHEAD = 300, 14
FIRST = {8: 150, 9: 265}  # the day on which a store opened, if it was not there before
LAST = {10: 190}


def make() -> pd.DataFrame:
    """Return the table: store, date, promo, sold."""
    rng = np.random.default_rng(7)
    days = pd.date_range("2023-03-01", periods=N_DAYS + N_AHEAD)
    week = np.array([0.9, 0.85, 0.9, 1.0, 1.2, 1.4, 0.8])
    parts = []
    for k in range(12):
        level = 40.0 * rng.lognormal(0.0, 0.5) * np.exp(rng.normal(0.0, 0.01, days.size).cumsum())
        promo = rng.random(days.size) < 0.12
        mean = level * week[days.dayofweek] * np.where(promo, 1.4, 1.0)
        store = pd.DataFrame({"store": f"S{k:02}", "date": days, "promo": promo.astype(int)})
        store["sold"] = rng.poisson(mean * rng.gamma(40.0, 1.0 / 40.0, days.size)).astype(float)
        store.loc[N_DAYS:, "sold"] = np.nan
        inside = np.arange(days.size) >= FIRST.get(k, 0)
        inside &= np.arange(days.size) < LAST.get(k, days.size)
        there = inside & (rng.random(days.size) > 0.02)
        there[N_DAYS:] = inside[N_DAYS:]
        if k % 2 == 0:
            there &= days.dayofweek != 6
        parts.append(store[there])
    table = pd.concat(parts).sample(frac=1.0, random_state=7)
    return table.assign(date=table["date"].dt.strftime("%d.%m.%Y"))


if __name__ == "__main__":
    path = Path(__file__).with_name("stores.csv")
    make().to_csv(path, index=False, float_format="%g", lineterminator="\n")
    print(f"{path}: {path.stat().st_size} bytes")
