"""Dates that lie far off all others of a panel."""

import re

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.frames import long_to_panel, sktime_to_panel
from esrnn.frames.append import append

DAYS = pd.date_range("2022-01-01", periods=800)


def panel(index: pd.Index, *, extra: dict[str, list] | None = None) -> pd.Series:
    """Put two series on an index, and further rows of either."""
    parts = {
        name: pd.Series(1.0 + np.arange(len(own)) % 7, own)
        for name in "ab"
        for own in [index.append(type(index)((extra or {}).get(name, []), dtype=index.dtype))]
    }
    return pd.concat(parts, names=["shop", "time"]).sort_index()


def months(first: str, n: int) -> pd.PeriodIndex:
    return pd.period_range(first, periods=n, freq="M")


@pytest.mark.parametrize(
    ("index", "far"),
    [
        (DAYS, "2205-01-01"),
        (DAYS, "1900-01-01"),
        (DAYS, "1970-01-01"),
        (DAYS.as_unit("s"), "9999-12-31"),
        (DAYS.as_unit("s"), "0001-01-01"),
        (DAYS.tz_localize("Europe/Berlin"), "2099-12-31"),
        (pd.date_range("2022-01-01", periods=800, freq="h"), "2205-01-01"),
        (pd.date_range("2022-01-02", periods=100, freq="W"), "1900-01-01"),  # off the steps, too
        (pd.date_range("1990-01-31", periods=400, freq="ME"), "1900-01-31"),
        (months("2015-01", 90), "2205-01"),
        (months("1960-01", 780), "1900-01"),
        (pd.period_range("2000", periods=25, freq="Y"), "2205"),
        (pd.Index(np.arange(100)), 20_240_131),
        (pd.Index(np.arange(1_700_000_000, 1_700_360_000, 3_600)), 0),
    ],
)
def test_one_row_far_off_is_named(index: pd.Index, far: object) -> None:
    stamp = type(index)([far], dtype=index.dtype) if isinstance(far, str) else pd.Index([far])
    name = re.escape(str(stamp[0]).removesuffix(" 00:00:00"))
    message = rf"far off all others, which are from .* 1 found: series 'b', step {name}.*Correct"
    with pytest.raises(InputError, match=message):
        sktime_to_panel(panel(index, extra={"b": [stamp[0]]}))
    framed = sktime_to_panel(panel(index), freq=getattr(index, "freq", None))
    for series in "bz":
        new = pd.concat({series: pd.Series([3.0], stamp)})
        with pytest.raises(InputError, match=message.replace("'b'", f"'{series}'")):
            append(framed, new)


def test_both_ends_and_many_series() -> None:
    y = panel(DAYS, extra={"a": ["1900-01-01", "2205-06-01"], "b": ["1900-01-01"]})
    with pytest.raises(InputError, match=r"from 2022-01-01 to 2024-03-10; these do: 3 found"):
        sktime_to_panel(y)
    df = y.rename("y").rename_axis(["unique_id", "ds"]).reset_index()
    with pytest.raises(InputError, match="3 found"):
        long_to_panel(df, freq="D")
    framed = sktime_to_panel(panel(DAYS))
    rows = {"a": {"1900-01-01": 1.0, "2024-03-11": 2.0}, "b": {"2205-01-01": 1.0}}
    new = pd.concat({k: pd.Series(v).rename(pd.Timestamp) for k, v in rows.items()})
    with pytest.raises(InputError, match="2 found: series 'a', step 1900-01-01; series 'b'"):
        append(framed, new)


@pytest.mark.parametrize(
    ("index", "extra"),
    [
        (DAYS, ["2019-02-03"]),  # years of closing, but not five
        (pd.date_range("1990-01-31", periods=400, freq="ME"), ["1980-01-31"]),
        (months("2020-01", 2), ["2000-01"][:0]),
        (pd.period_range("2000", periods=9, freq="Y"), ["1985"]),
        (pd.Index([0, 1, 2, 3]), [900]),
        (pd.Index(np.arange(4_000)), [5_900]),
    ],
)
def test_gaps_are_served(index: pd.Index, extra: list) -> None:
    framed = sktime_to_panel(panel(index, extra={"b": list(extra)}))
    assert framed.panel.n_series == 2
    grown = append(sktime_to_panel(panel(index)), panel(index, extra={"b": list(extra)}))
    assert grown.framed.panel.lengths.tolist() == framed.panel.lengths.tolist()


def test_two_rows_far_apart_are_no_panel_and_an_odd_one() -> None:
    framed = sktime_to_panel(
        pd.Series([1.0, 2.0], pd.PeriodIndex(["1990-01", "2020-01"], freq="M"))
    )
    assert framed.panel.lengths.tolist() == [361]
