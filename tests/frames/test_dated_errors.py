"""Errors about steps of a panel name time stamps once they reach a frame's user."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, Offenders
from esrnn.frames import long_to_panel


@pytest.mark.parametrize(
    "stamps",
    [
        pd.date_range("2024-03-30 12:00", periods=48, freq="h", tz="Europe/Berlin"),
        pd.period_range("2020-01", periods=48, freq="M"),
        pd.RangeIndex(5, 101, 2),
    ],
)
def test_steps_become_time_stamps(stamps):
    df = pd.DataFrame({"unique_id": ["a"] * 48 + ["b"] * 48, "ds": stamps.append(stamps), "y": 1.0})
    df.loc[[17, 48 + 29], "y"] = -1.0
    df.loc[[48, 49], "y"] = np.nan  # cut: steps are counted from the first observation
    framed = long_to_panel(df)
    panel = framed.panel
    with pytest.raises(InputError, match="must be > 0; 2 found") as plain:
        panel.refuse(panel.values < 0.0, "must be > 0", "Look.")
    with pytest.raises(InputError) as dated, framed.dating_errors():
        panel.refuse(panel.values < 0.0, "must be > 0", "Look.")
    assert dated.value.steps == tuple(stamps[[17, 29]])
    for name in ("series", "values", "reason", "remedy"):
        assert getattr(dated.value, name) == getattr(plain.value, name)
    assert str(dated.value).startswith(f"must be > 0; 2 found: series 'a', step {stamps[17]}: -1.0")


def test_other_errors_pass_as_they_are():
    framed = long_to_panel(pd.DataFrame({"unique_id": "a", "ds": [1, 2], "y": 1.0}))
    error = InputError.of_series("no", Offenders(["z"], steps=[pd.Timestamp("2024-01-01")]))
    with pytest.raises(InputError) as raised, framed.dating_errors():
        raise error
    assert raised.value is error
