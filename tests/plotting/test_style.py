import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.plotting.series import RowsBySeries, choose_series
from esrnn.plotting.style import number_texts, places_of, tint


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.25, 0.5], ["0.00", "0.25", "0.50"]),
        ([-5.0, 0.0, 5.0], ["-5", "0", "5"]),
        ([9_000.0, 10_000.0], ["9,000", "10,000"]),
        ([0.0, 500_000.0, 1e6], ["0.0", "0.5M", "1.0M"]),
        ([1e6, 1e6 + 0.1, 1e6 + 0.2], ["1,000,000.0", "1,000,000.1", "1,000,000.2"]),
        ([3e10, 4e10], ["30bn", "40bn"]),
        ([0.0, 2e-6, 4e-6], ["0", "2e-06", "4e-06"]),
        ([2.4e-6, 3.0e-6, 3.6e-6], ["2.4e-06", "3.0e-06", "3.6e-06"]),
        ([0.1, 0.2, 0.30000000000000004], ["0.1", "0.2", "0.3"]),
        ([7.0], ["7"]),
        ([0.0], ["0"]),
        ([], []),
    ],
)  # fmt: skip
def test_numbers(values: list[float], expected: list[str]) -> None:
    assert number_texts(values) == expected


def test_colours_are_mixed_with_white() -> None:
    assert tint("#1a6faf", 1.0) == "#1a6faf"
    assert tint("#1a6faf", 0.0) == "#ffffff"


def test_periods_stand_at_their_start_and_time_zones_at_the_clock() -> None:
    months = pd.period_range("2024-01", periods=2, freq="M")
    assert [str(t)[:10] for t in places_of(months)] == ["2024-01-01", "2024-02-01"]
    hours = pd.date_range("2024-06-01 10:00", periods=1, freq="h", tz="Europe/Berlin")
    assert str(places_of(hours)[0])[:16] == "2024-06-01T10:00"


def test_rows_are_looked_up_by_series_and_sorted_by_time() -> None:
    index = pd.MultiIndex.from_tuples([("b", 2), ("a", 1), ("b", 1)])
    table = RowsBySeries(pd.DataFrame({"y": [1.0, 2.0, 3.0]}, index))
    assert list(table.ids) == ["b", "a"]
    assert table.of(0)["y"].tolist() == [3.0, 1.0]
    known = RowsBySeries(pd.DataFrame({"y": [1.0, 2.0, 3.0]}, index), pd.Index(["a", "c"]))
    assert known.of(0)["y"].tolist() == [2.0]
    assert len(known.of(1)) == 0
    assert len(RowsBySeries(None).of(0)) == 0
    assert np.isnan(RowsBySeries(pd.Series([np.nan])).of(0).to_numpy()).all()


def test_series_are_chosen_by_name_or_at_even_distances() -> None:
    names = list("abcde")
    assert choose_series(names, None, 3, "history") == [0, 2, 4]
    assert choose_series(names, None, 9, "history") == [0, 1, 2, 3, 4]
    assert choose_series(names, "d", 3, "history") == [3]
    with pytest.raises(InputError, match="ids must be series of history; others: 1 found"):
        choose_series(names, ["x"], 3, "history")
    with pytest.raises(InputError, match="ids must be series of history"):
        choose_series(names, [], 3, "history")
