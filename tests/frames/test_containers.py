"""Frames as people have them: accepted, or refused with a remedy, before sktime sees them."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_index_equal, assert_series_equal

import esrnn
from esrnn.errors import InputError, InputTypeError
from esrnn.frames.containers import accept_container, explain_refusal
from esrnn.frames.long_tables import find_long_table

DAYS = pd.date_range("2024-01-30", periods=6)
TIMES = {
    "dates": ([day.date() for day in DAYS], DAYS),
    "datetimes": ([day.to_pydatetime() for day in DAYS], DAYS),
    "time stamps as objects": (list(DAYS), DAYS),
    "periods as objects": (list(DAYS.to_period("D")), DAYS.to_period("D")),
    "ISO text": ([str(day.date()) for day in DAYS], DAYS),
    "categories of dates": (pd.CategoricalIndex(DAYS), DAYS),
    "years as floats": (np.arange(1990.0, 1996.0), pd.RangeIndex(1990, 1996)),
    "integers as objects": (list(range(6)), pd.RangeIndex(6)),
}


def index_of(times: object) -> pd.Index:
    is_list = isinstance(times, list)
    return pd.Index(times, dtype=object if is_list else None, name="when")


def both(index: pd.Index) -> list[pd.Series]:
    """Return a series and a panel with these time stamps."""
    y = pd.Series(np.arange(float(len(index))), index, name="y")
    return [y, pd.concat({"a": y, "b": y}, names=["id"])]


class TestTime:
    @pytest.mark.parametrize(("times", "expected"), TIMES.values(), ids=TIMES)
    def test_kinds_that_mean_one_thing_are_converted(self, times, expected):
        for y in both(index_of(times)):
            accepted = accept_container(y, "y")
            found = accepted.index.get_level_values(-1)[:6]
            assert found.astype(str).tolist() == expected.astype(str).tolist()
            assert type(found) is type(expected) or found.dtype == "int64"
            assert accepted.index.names == y.index.names
            assert accepted.tolist() == y.tolist()

    def test_arrow(self):
        pytest.importorskip("pyarrow")
        types = {"timestamp[us][pyarrow]": DAYS, "date32[day][pyarrow]": DAYS.date}
        for dtype, values in types.items():
            for y in both(pd.Index(pd.array(values, dtype=dtype))):
                found = accept_container(y, "y").index.get_level_values(-1)[:6]
                assert isinstance(found, pd.DatetimeIndex)
                assert found.tolist() == DAYS.tolist()

    @pytest.mark.parametrize("index", [DAYS, DAYS.to_period("D"), pd.RangeIndex(6)])
    def test_what_sktime_takes_is_left_alone(self, index):
        nested = pd.DataFrame({"y": [pd.Series([1.0, 2.0]), pd.Series([3.0])]}, ["a", "b"])
        for y in [*both(index), None, np.arange(3.0), [pd.DataFrame({"y": [1.0]})], nested]:
            assert accept_container(y, "y") is y

    @pytest.mark.parametrize(
        ("times", "match"),
        [
            (1990.0 + np.arange(6) / 4.0, "must be whole numbers.*1990.25.*PeriodIndex"),
            (np.append(np.arange(5.0), np.nan), "needs a time stamp.*row 5"),
            (DAYS[:5].append(pd.DatetimeIndex([pd.NaT])), "needs a time stamp.*row 5"),
            (pd.timedelta_range("1D", periods=6), "got dtype timedelta64"),
            (["1990", "1991", "1992", "1993", "1994", "1995"], "digits alone can mean"),
            (["Q1", "Q2", "Q3", "Q4", "Q5", "Q6"], "ISO 8601 text.*'Q1'"),
            ([True, False] * 3, "got dtype bool in 'when'"),
        ],
    )
    def test_others_are_refused_in_few_words(self, times, match):
        for y in both(index_of(times)):
            with pytest.raises((InputError, InputTypeError), match=match) as caught:
                accept_container(y, "y")
            assert len(str(caught.value)) < 500


class TestRows:
    def test_rows_are_sorted_by_time_and_series_stay_in_their_order(self):
        for y in both(DAYS):
            shuffled = y.iloc[::-1]
            expected = y.loc[["b", "a"]] if y.index.nlevels > 1 else y
            assert_series_equal(accept_container(shuffled, "y"), expected, check_freq=False)
            accepted = accept_container(shuffled.to_frame(), "y")
            assert_series_equal(accepted["y"], expected, check_freq=False)

    def test_ids_of_any_order_and_rows_by_time_are_left_alone(self):
        y = both(DAYS)[1]
        for order in (y.loc[["b", "a"]], y.sort_index(level=1)):
            assert accept_container(order, "y") is order

    def test_time_must_be_the_last_level(self):
        y = both(DAYS)[1]
        names = ["when", "id"]
        swapped = y.set_axis(y.index.swaplevel().set_names(names)).sort_index()
        with pytest.raises(InputError, match=r"y\.swaplevel\('when', -1\)\.sort_index\(\)"):
            accept_container(swapped, "y")

    def test_numbers_as_objects_are_converted(self):
        for y in both(DAYS):
            numbers = y.astype(object).where(y != 3.0, None)
            assert_series_equal(accept_container(numbers, "y"), y.where(y != 3.0))
            frame = pd.DataFrame({0: numbers, "text": "a"})
            assert accept_container(frame, "X")[0].dtype == "float64"
            assert numbers.dtype == frame[0].dtype == object

    def test_decimals_of_arrow_are_converted(self):
        arrow = pytest.importorskip("pyarrow")
        dtype = pd.ArrowDtype(arrow.decimal128(6, 2))
        values = pd.array([decimal.Decimal("1.25"), None], dtype=dtype)
        y = pd.Series(values, DAYS[:2], name="y")
        for accepted in (accept_container(y, "y"), accept_container(y.to_frame(), "y")["y"]):
            assert accepted.tolist() == [1.25, pd.NA]
            assert accepted.dtype == "Float64"

    def test_what_is_no_frame_is_explained(self):
        assert "pd.Series(values, index=dates)" in str(explain_refusal([1.0, 2.0], "y"))
        assert explain_refusal([pd.DataFrame({"y": [1.0]})], "y") is None
        assert "has no rows" in str(explain_refusal(pd.Series([], dtype=float), "y"))
        text = pd.DataFrame({"y": ["1", "2"]}, DAYS[:2])
        assert "y must hold real numbers" in str(explain_refusal(text, "y"))
        twice = pd.concat([text, text], axis=1)
        assert "several of ['y']" in str(explain_refusal(twice, "X"))
        text["other"] = text["y"]
        assert "got others: ['y', 'other']" in str(explain_refusal(text, "y"))


def long_table(ids: list, steps: list, **values: object) -> pd.DataFrame:
    return pd.DataFrame({"s": ids, "k": steps, "sold": np.linspace(1.0, 2.0, len(ids)), **values})


class TestLongTables:
    @pytest.mark.parametrize(
        "table",
        [
            long_table([1, 1, 1, 2, 2, 2], [0, 1, 2, 0, 1, 2]),
            long_table([7, 7, 3, 3, 3], [2020, 2021, 2019, 2020, 2021]),
            long_table([7.0, 7.0, 3.0, 3.0, 3.0], [0, 2, 0, 2, 4], price=[1, 2, 1, 2, 1]),
            long_table([1, 1, 2, 2], ["2024-01", "2024-02"] * 2).rename(columns={"k": "month"}),
            long_table([1] * 4, range(4)).rename(columns={"s": "store", "k": "step"}),
            long_table(["a"] * 6, DAYS),
            long_table(["a"] * 6, [day.date() for day in DAYS]).rename(columns={"k": "Date"}),
        ],
    )
    def test_the_remedy_brings_it_into_the_form(self, table):
        if "month" in table:
            table = table.rename(columns={"s": "id"})
        with pytest.raises(InputError, match=r"Use esrnn\.from_long\(y, ") as caught:
            accept_container(table, "y")
        remedy = str(caught.value).split("Use ")[1]
        code, _, choice = remedy.rstrip(".").partition(", with the column to forecast as target: ")
        if choice:
            assert choice == "one of 'sold', 'price'"
            code = code.replace("...", "'sold'")
        y = eval(code, {"y": table, "esrnn": esrnn})
        assert y.shape == (len(table), 1)
        assert y.index.nlevels == 2
        accept_container(y, "y")

    @pytest.mark.parametrize("names", [("a", "b", "c"), (7, 8, 9)])
    def test_series_in_rows_and_time_in_columns(self, names):
        y = pd.DataFrame(np.ones((3, 6)), index=pd.Index(names), columns=DAYS)
        with pytest.raises(InputError, match=r"its 6 columns time stamps. Stack it: (.*), with"
        ) as caught:  # fmt: skip
            accept_container(y, "y")
        code = str(caught.value).split("Stack it: ")[1].split(", with")[0]
        stacked = eval(code, {"y": y})
        assert accept_container(stacked, "y").index.nlevels == 2
        assert len(stacked) == 18

    def test_series_in_rows_and_columns_with_other_names(self):
        for names in (DAYS.astype(str), [f"V{k}" for k in range(6)], range(6)):
            y = pd.DataFrame(np.ones((3, 6)), index=["a", "b", "c"], columns=list(names))
            with pytest.raises(InputError, match=r"series \('a', 'b', 'c'\) and its 6 columns"):
                accept_container(y, "y")

    def test_ids_alone_in_the_index(self):
        y = pd.DataFrame({"y": [1.0] * 4}, index=["a", "a", "b", "b"])
        with pytest.raises(InputError, match=r"got 'a', 'a', 'b', \.\.\., which is no time"):
            accept_container(y, "y")

    def test_rows_that_were_filtered_or_shuffled(self):
        table = long_table(["a"] * 3 + ["b"] * 3, list(DAYS[:3]) * 2)
        for some in (table.iloc[::-1], table[1:], table.sample(frac=1.0, random_state=0)):
            assert find_long_table(some) == ("s", "k")

    def test_a_table_of_one_series_and_one_of_several_columns(self):
        one = pd.DataFrame({"date": DAYS, "sold": 1.0})
        with pytest.raises(InputError, match=r"Use (.*)\.$") as caught:
            accept_container(one, "y")
        code = str(caught.value).split("Use ")[1].rstrip(".")
        assert eval(code, {"y": one, "esrnn": esrnn}).index.tolist() == list(DAYS)
        wide = pd.DataFrame({"date": DAYS, "a": 1.0, "b": 2.0})
        with pytest.raises(InputError, match="each other column is a series, use") as caught:
            accept_container(wide, "y")
        code = str(caught.value).split(", use ")[1].rstrip(".")
        y = eval(code, {"y": wide, "esrnn": esrnn})
        assert y.loc["b", "y"].tolist() == [2.0] * 6

    @pytest.mark.parametrize(
        "wide",
        [
            pd.DataFrame(np.random.default_rng(0).random((20, 3))),
            pd.DataFrame(np.random.default_rng(0).poisson(2.0, (200, 4))),
            pd.DataFrame({"a": np.arange(9), "b": np.arange(9)[::-1], "c": 1}),
            pd.DataFrame({"a": [1, 1, 1, 2, 2, 2], "b": [1, 2, 3, 4, 5, 6]}),
            pd.DataFrame({"store": [1, 1, 2, 2], "step": [0, 1, 0, 1]}, DAYS[:4]),
            pd.DataFrame({"y": range(6)}),
        ],
    )
    def test_wide_tables_are_left_alone(self, wide):
        assert find_long_table(wide) is None
        assert accept_container(wide, "y") is wide

    def test_ids_in_the_index_or_time_alone_in_it(self):
        table = long_table(["a", "a", "b", "b"], list(DAYS[:2]) * 2)
        with pytest.raises(InputError, match=r"y\.set_index\('k', append=True\)\.sort_index\(\)"):
            accept_container(table.set_index("s"), "y")
        by_time = table.set_index("k")
        with pytest.raises(InputError, match=r"'s'.*append=True\)\.swaplevel\(\)\.sort_index\(\)"):
            accept_container(by_time, "y")
        indexed = by_time.set_index("s", append=True).swaplevel().sort_index()
        assert_index_equal(accept_container(indexed, "y").index, indexed.index)


def test_dates_go_through_the_python_of_them():
    y = pd.Series([1.0, 2.0], [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)])
    assert accept_container(y, "y").index.tolist() == list(pd.date_range("2024-01-01", periods=2))
