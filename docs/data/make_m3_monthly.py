"""Write m3_monthly.csv: sixty monthly series of the M3 competition, ten of each type.

    python docs/data/make_m3_monthly.py [folder with m3/]

needs M3's monthly series (`esrnn.datasets.load_m3`) and m3/info.parquet, a table with the columns
unique_id, type and start ("1983-6"), both looked for where `esrnn.datasets` looks for everything.
Training and test parts are put together again. Of each type the series with a known first month
are taken at even distances, so that nobody chose them.

Source: S. Makridakis and M. Hibon (2000), The M3-Competition: results, conclusions and
implications, International Journal of Forecasting 16(4), 451-476,
doi:10.1016/S0169-2070(00)00057-1; published with the R package Mcomp.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from esrnn.datasets import find_file, load_m3

EACH = 10
UNKNOWN = "1-1"


def choose(info: pd.DataFrame) -> pd.DataFrame:
    """Return `EACH` rows of every type, at even distances."""
    known = info[info["start"] != UNKNOWN].sort_values("unique_id")
    parts = [
        rows.iloc[np.linspace(0, len(rows) - 1, EACH).round().astype(int)]
        for _, rows in known.groupby("type")
    ]
    return pd.concat(parts)


def make(data_dir: str | None = None) -> pd.DataFrame:
    """Return the table: series, type, month, value."""
    info = pd.read_parquet(find_file("m3", "info.parquet", data_dir))
    values = pd.concat(load_m3("monthly", data_dir=data_dir)).iloc[:, 0]
    parts = []
    for row in choose(info[info["period"] == "monthly"]).itertuples():
        own = values.loc[row.unique_id].sort_index()
        months = pd.period_range(row.start, periods=len(own), freq="M")
        parts.append(
            pd.DataFrame(
                {
                    "series": row.unique_id,
                    "type": row.type,
                    "month": months.astype(str),
                    "value": own.to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    path = Path(__file__).with_name("m3_monthly.csv")
    make(*sys.argv[1:2]).to_csv(path, index=False, float_format="%g", lineterminator="\n")
    print(f"{path}: {path.stat().st_size} bytes")
