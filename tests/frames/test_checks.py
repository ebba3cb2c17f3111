"""Bad frames, and that the message says what, where and what to do."""

import decimal

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, InputTypeError
from esrnn.frames import long_to_panel
from tests.frames.tables import long


def refused(error, text):
    return pytest.raises(error, match=text)


class TestFrames:
    @pytest.mark.parametrize("frame", [None, [1.0, 2.0], {"y": [1.0]}, np.ones(3)])
    def test_no_frame(self, frame):
        with refused(InputTypeError, f"got an object of type .*{type(frame).__name__}.*to_pandas"):
            long_to_panel(frame)

    def test_a_series_belongs_elsewhere(self):
        with refused(InputTypeError, "got a Series.*sktime_to_panel"):
            long_to_panel(pd.Series([1.0]))

    def test_no_rows(self):
        with refused(InputError, "has no rows"):
            long_to_panel(long({"a": [1]}).iloc[:0])


class TestColumns:
    def test_names_of_other_tools_are_recognised(self):
        df = long({"a": [1]}).set_axis(["item_id", "timestamp", "target"], axis=1)
        with refused(
            InputError,
            r"missing columns: 'unique_id', perhaps 'item_id' \(pass id_col='item_id'\);"
            r" 'ds', perhaps 'timestamp' \(pass time_col='timestamp'\);"
            r" 'y', perhaps 'target' \(pass target_col='target'\)\."
            r" The frame has: 'item_id', 'timestamp', 'target'\.",
        ):
            long_to_panel(df)

    def test_misspelt_names_are_recognised(self):
        df = long({"a": [1]}).rename(columns={"unique_id": "Unique_ID"})
        with refused(InputError, r"perhaps 'Unique_ID' \(pass id_col='Unique_ID'\)"):
            long_to_panel(df)

    def test_unlikely_names_are_not_suggested(self):
        df = long({"a": [1]}).rename(columns={"y": "zzz"})
        with refused(InputError, r"'y' \(pass target_col= with the name of your column\)"):
            long_to_panel(df)

    def test_a_name_in_the_index(self):
        with refused(InputError, r"'unique_id' is in the index, call df.reset_index\(\)"):
            long_to_panel(long({"a": [1]}).set_index("unique_id"))

    def test_many_columns_are_not_all_listed(self):
        wide = pd.DataFrame(np.ones((1, 100)), columns=[f"c{i}" for i in range(100)])
        with refused(InputError, r"'c18', 'c19', \.\.\.\.$"):
            long_to_panel(wide)

    def test_a_name_there_twice(self):
        df = long({"a": [1]})
        df = pd.concat([df, df["y"]], axis=1)
        with refused(InputError, r"got several of \['y'\]"):
            long_to_panel(df)

    def test_one_column_for_two_things(self):
        with refused(InputError, "must be different columns"):
            long_to_panel(long({"a": [1]}), time_col="y")


class TestIds:
    def test_missing(self):
        df = long({"a": range(9)})
        df.loc[2:8, "unique_id"] = None
        with refused(
            InputError, r"missing in 'unique_id': 7 found: row 2; row 3; .*; row 6; and 2 more\."
        ) as raised:
            long_to_panel(df)
        assert raised.value.series == (None,) * 7
        assert raised.value.rows == tuple(range(2, 9))

    def test_not_hashable(self):
        df = pd.DataFrame({"unique_id": [["a"], ["b"]], "ds": [1, 2], "y": [1.0, 2.0]})
        with refused(InputTypeError, "ids must be hashable"):
            long_to_panel(df)


class TestStamps:
    @pytest.mark.parametrize(
        "stamps",
        [
            pd.Series([1, None, 3], dtype="Int64"),
            pd.Series([1, None, 3], dtype="float64"),
            pd.Series([1, None, 3], dtype="int64[pyarrow]"),
            pd.Series(["2024-01-01", None, "2024-01-03"]),
            pd.to_datetime(pd.Series(["2024-01-01", None, "2024-01-03"])),
            pd.Series(pd.PeriodIndex(["2024-01", "NaT", "2024-03"], freq="M")),
        ],
    )
    def test_missing(self, stamps):
        with refused(
            InputError, "it is missing in 'ds': 1 found: series 'a', row 1. Drop"
        ) as raised:
            long_to_panel(long({"a": stamps}))
        assert (raised.value.series, raised.value.rows) == (("a",), (1,))
        assert raised.value.steps is None

    def test_text_that_is_no_time(self):
        df = long({"a": ["2024-01-01", "soon"], "b": ["2024-01-01", "01/02/2024"]})
        with refused(
            InputError,
            r"not read in 'ds': 2 found: series 'a', row 1: 'soon'; series 'b', row 3:"
            r" '01/02/2024'\. .*pd\.to_datetime",
        ):
            long_to_panel(df)

    def test_digits_in_text(self):
        with refused(InputError, r"digits alone .*: 2 found: series 'a', row 0: '2023'"):
            long_to_panel(long({"a": ["2023", "2024"]}))

    def test_text_of_several_time_zones(self):
        stamps = ["2024-01-01T00:00+01:00", "2024-07-01T00:00+02:00"]
        with refused(InputError, "one time zone.*utc=True"):
            long_to_panel(long({"a": stamps}))

    def test_floats_are_not_rounded(self):
        with refused(InputTypeError, r"dtype float64 in 'ds'.*astype\('int64'\)"):
            long_to_panel(long({"a": [1.0, 2.0]}))

    @pytest.mark.parametrize("stamps", [[True, False], pd.to_timedelta([1, 2], unit="h")])
    def test_dtypes_that_are_no_time(self, stamps):
        with refused(InputTypeError, "got dtype .* in 'ds'"):
            long_to_panel(long({"a": stamps}))

    def test_duplicates_are_counted_and_the_first_five_named(self):
        df = pd.concat([long({"a": range(7), "b": range(7)})] * 2)
        with refused(
            InputError,
            r"time stamp; there again: 14 found: series 'a', step 0; .*; series 'a', step 4;"
            r" and 9 more\."
            r" Drop the repeated rows",
        ):
            long_to_panel(df)

    def test_the_same_wall_time_twice(self):
        stamps = pd.date_range("2024-10-26", periods=60, freq="h", tz="Europe/Paris")
        with refused(InputError, "1 found: series 'a', step 2024-10-27 02:00:00"):
            long_to_panel(long({"a": stamps.tz_localize(None)}))


class TestValues:
    def test_text_is_not_taken_for_numbers(self):
        df = long({"a": [1, 2], "b": [5]}, ["1.5", None, "n/a"])
        with refused(
            InputTypeError,
            r"in 'y': 2 found: series 'a', step 1: '1.5'; series 'b', step 5: 'n/a'\."
            r" .*pd\.to_numeric",
        ):
            long_to_panel(df)

    def test_one_word_among_numbers(self):
        values = pd.Series([1.0, 2.0, "x", True], dtype=object)
        with refused(InputTypeError, r"2 found: series 'a', step 3: 'x'; .* step 4: True\."):
            long_to_panel(long({"a": [1, 2, 3, 4]}, values))

    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([True, False]),
            pd.Series([True, None], dtype="boolean"),
            pd.Series([True, None], dtype="bool[pyarrow]"),
            pd.Series([1j, 2j]),
            pd.Series([1, 2], dtype="category"),
            pd.to_timedelta(pd.Series([1, 2]), unit="h"),
            pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02"])),
            pd.Series([decimal.Decimal(1), decimal.Decimal(2)]),
        ],
    )
    def test_dtypes_that_are_no_numbers(self, values):
        with refused(InputTypeError, "values must be real numbers; got dtype .* series 'a', step"):
            long_to_panel(long({"a": [1, 2]}, values))

    @pytest.mark.parametrize("dtype", ["float64", "Float64", "double[pyarrow]"])
    def test_infinite_values(self, dtype):
        values = pd.Series([1.0, np.inf, 2.0, -np.inf]).astype(dtype)
        df = long({"a": pd.date_range("2024", periods=2), "b": pd.date_range("2024", periods=2)})
        df["y"] = values
        with refused(
            InputError,
            r"infinite in 'y': 2 found: series 'a', step 2024-01-02: inf;"
            r" series 'b', step 2024-01-02: -inf\.",
        ):
            long_to_panel(df)

    def test_series_without_a_value(self):
        df = long({"a": [1, 2], "b": [1, 2, 4], "c": [1]}, [1.0, 2.0] + [np.nan] * 4)
        with refused(InputError, r"of steps, all missing: 2 found: series 'b': 4; series 'c': 1\."):
            long_to_panel(df)
