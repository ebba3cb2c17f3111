"""Forecast a folder of Parquet files by statsforecast's AutoETS: ``ets_once FOLDER HORIZON``.

Reads ``FOLDER/data`` and writes ``FOLDER/ets.parquet``, with the columns of ``esrnn predict``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS


def main(folder: Path, horizon: int) -> None:
    """Read, forecast, write."""
    frame = pd.read_parquet(folder / "data")
    models = StatsForecast([AutoETS(season_length=12)], freq="MS", n_jobs=1)
    forecasts = models.forecast(df=frame, h=horizon, level=[80, 95])
    names = {name: name.removeprefix("AutoETS-") for name in forecasts.columns}
    forecasts.rename(columns={**names, "AutoETS": "y_hat"}).to_parquet(folder / "ets.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
