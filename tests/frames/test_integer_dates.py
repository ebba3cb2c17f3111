"""Dates that are written as integers are refused; numbers of steps are not."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.frames import sktime_to_panel
from esrnn.frames.append import append

DAYS = pd.date_range("2023-11-20", periods=60)
MONTHS = pd.period_range("2021-03", periods=30, freq="M")
WEEKS = pd.date_range("2023-10-02", periods=30, freq="W-MON")
QUARTERS = pd.period_range("2015Q2", periods=20, freq="Q")

DATES = {
    "YYYYMMDD": (DAYS.strftime("%Y%m%d").astype("int64"), DAYS),
    "YYYYMM": (MONTHS.strftime("%Y%m").astype("int64"), MONTHS.to_timestamp()),
    "YYYYWW": (WEEKS.strftime("%G%V").astype("int64"), WEEKS),
    "YYYYQ": (QUARTERS.year * 10 + QUARTERS.quarter, QUARTERS),
}


def series(index: object) -> pd.Series:
    index = pd.Index(index)
    return pd.Series(np.arange(1.0, 1.0 + len(index)), index)


@pytest.mark.parametrize("form", DATES)
def test_dates_are_refused_with_their_remedy(form: str) -> None:
    time, expected = DATES[form]
    with pytest.raises(InputError, match=f"integers; these look like '{form}'") as caught:
        sktime_to_panel(series(time))
    assert len(caught.value.series) == len(time)
    code = str(caught.value).split("Convert them: ")[1].rstrip(".")
    for column in (pd.Index(time), pd.Series(time)):
        assert eval(code, {"pd": pd, "time": column}).tolist() == expected.tolist()


@pytest.mark.parametrize("form", ["YYYYMMDD", "YYYYMM"])
def test_an_update_across_the_end_is_refused(form: str) -> None:
    time, _ = DATES[form]
    framed = sktime_to_panel(series(time[:10]))  # within one month, or within one year
    assert framed.times.grid.freq == 1
    with pytest.raises(InputError, match=f"these look like '{form}'"):
        append(framed, series(time[10:14]))


@pytest.mark.parametrize(
    "steps",
    [
        range(1990, 2020),
        [1990, 1991, 1994, 1996],
        range(20240101, 20240201),
        range(20240125, 20240205),
        range(202401, 202430),
        range(19990101, 20300101, 10_000),
        range(200001, 203001, 100),
        range(0, 700, 7),
        [45292, 45293, 45295],
        [1, 2, 5],
        [-20240131, -20240130, -20240128],
    ],
)
def test_numbers_of_steps_are_taken(steps: object) -> None:
    assert sktime_to_panel(series(steps)).n_series == 1
