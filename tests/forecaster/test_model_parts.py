"""A fitted panel as parts, and back."""

import pandas as pd
import pytest

from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.frames import long_to_panel
from esrnn.store.tables import bytes_to_table


def test_the_table_of_the_series_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    df = pd.DataFrame({"unique_id": "a", "ds": range(20), "y": range(1, 21)})
    tiny = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
    fitted = fit_panel(long_to_panel(df), settings=tiny)
    parts, read = fitted.parts(), []
    monkeypatch.setattr(
        "esrnn.forecaster.model_parts.bytes_to_table",
        lambda data, name: read.append(name) or bytes_to_table(data, name),
    )
    again = FittedPanel.from_parts(*parts)
    assert read == ["series.parquet"]
    assert again.forecast_frame().equals(fitted.forecast_frame())
