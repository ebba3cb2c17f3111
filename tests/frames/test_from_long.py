"""Long tables as files and databases have them, brought into the form of `ESRNN`."""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import EsrnnError, InputError, InputTypeError
from esrnn.frames import from_long, sktime_to_panel

DAYS = pd.date_range("2024-02-02", periods=4)  # with a weekend
COLUMNS: dict[str, Any] = {"id": "shop", "time": "day", "target": "sold"}


def table(**columns: object) -> pd.DataFrame:
    """Return two shops of four and two days; columns replace or join its own."""
    own = {"shop": list("aaaabb"), "day": [*DAYS, *DAYS[:2]], "sold": [1.0, 2, 3, 4, 5, 6]}
    return pd.DataFrame({**own, **columns})


def as_objects(values: list[object]) -> pd.Series:
    return pd.Series(values, dtype=object)


WHEN = [*DAYS, *DAYS[:2]]
TIMES = {
    "ISO text": ([str(day.date()) for day in WHEN], {}),
    "text with a time of day": ([str(day) for day in WHEN], {}),
    "dates": (as_objects([day.date() for day in WHEN]), {}),
    "datetimes": (as_objects([day.to_pydatetime() for day in WHEN]), {}),
    "categories": (pd.Categorical([str(day.date()) for day in WHEN]), {}),
    "Arrow's dates": (pd.array([day.date() for day in WHEN], "date32[day][pyarrow]"), {}),
    "Arrow's time stamps": (pd.array(WHEN, "timestamp[us][pyarrow]"), {}),
    "German text": ([f"{day:%d.%m.%Y}" for day in WHEN], {"time_format": "%d.%m.%Y"}),
    "digits": ([int(f"{day:%Y%m%d}") for day in WHEN], {"time_format": "%Y%m%d"}),
    "float digits": ([float(f"{day:%Y%m%d}") for day in WHEN], {"time_format": "%Y%m%d"}),
}
VALUES = {
    "text": [" 1 ", "2.0", "3", "4e0", "5", "6"],
    "decimals": as_objects([decimal.Decimal(k) for k in range(1, 7)]),
    "Arrow's decimals": pd.array(
        [decimal.Decimal(k) for k in range(1, 7)], pd.ArrowDtype(pa.decimal128(8, 2))
    ),
    "integers": range(1, 7),
    "nullable integers": pd.array(range(1, 7), "Int64"),
    "nullable floats": pd.array(range(1, 7), "Float32"),
    "Arrow's floats": pd.array(range(1, 7), "double[pyarrow]"),
    "objects": as_objects(list(range(1, 7))),
}


@pytest.mark.parametrize(("times", "options"), TIMES.values(), ids=TIMES)
def test_kinds_of_time_are_read(times, options):
    y = from_long(table(day=times), **COLUMNS, **options).y
    assert y.index.names == ["shop", "day"]
    assert y.loc["a"].index.tolist() == list(DAYS)
    assert y["sold"].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_kinds_of_numbers_are_read(values):
    y = from_long(table(sold=values), **COLUMNS).y
    assert y["sold"].dtype == np.float64
    assert y["sold"].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "times",
    [
        pd.period_range("2024-01", periods=6, freq="M"),
        [1990.0, 1991.0, 1992.0, 1993.0, 1994.0, 1995.0],
        ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2"],
        pd.date_range("2024-03-30", periods=6, tz="Europe/Berlin"),
    ],
)
def test_other_steps(times):
    y = from_long(table(shop="a", day=times), **COLUMNS).y
    framed = sktime_to_panel(y)
    assert framed.panel.lengths.tolist() == [6]
    assert framed.n_gaps == 0


def test_the_notes_say_from_what_columns_were_read():
    notes = {name: str(from_long(table(day=times), **COLUMNS, **options))
             for name, (times, options) in TIMES.items()}  # fmt: skip
    assert "'day': text was read as dates" in notes["ISO text"]
    assert "'day': dates of Python were read as dates" in notes["dates"]
    assert "'day': Arrow's dates were read as dates" in notes["Arrow's dates"]
    assert "'day': integers were read as dates" in notes["digits"]
    decimals = str(from_long(table(sold=VALUES["decimals"]), **COLUMNS))
    assert "'sold': decimals were read as numbers" in decimals
    assert "read as" not in str(from_long(table(), **COLUMNS))
    counted = str(from_long(table(day=[1, 2, 3, 4, 1, 2]), **COLUMNS))
    assert "'day': whole numbers count steps" in counted


def test_arrow_tables_and_whatever_speaks_their_stream():
    class Stream:
        def __init__(self, inner: pa.Table) -> None:
            self.inner = inner

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return self.inner.__arrow_c_stream__(requested_schema)

    plain = table(day=[day.date() for day in WHEN])
    arrow = pa.Table.from_pandas(plain)
    expected = from_long(plain, **COLUMNS)
    for foreign in (arrow, Stream(arrow)):
        data = from_long(foreign, **COLUMNS)
        assert data.y.equals(expected.y)
        assert "converted to pandas" in data.notes[0]


def test_what_only_has_to_pandas_and_what_was_not_computed_yet():
    class Old:
        def to_pandas(self) -> pd.DataFrame:
            return table()

    class Lazy:
        def collect(self) -> pd.DataFrame:
            return table()

    assert from_long(Old(), **COLUMNS).y.equals(from_long(table(), **COLUMNS).y)
    with pytest.raises(InputTypeError, match=r"Call its method collect\(\)"):
        from_long(Lazy(), **COLUMNS)
    for other in (table()["sold"], [1.0], "sales.csv", None):
        with pytest.raises(InputTypeError, match="df must be a table of pandas, polars or Arrow"):
            from_long(other, **COLUMNS)


def test_rows_are_sorted_and_the_notes_say_so():
    data = from_long(table().sample(frac=1.0, random_state=3), **COLUMNS)
    assert data.y.equals(from_long(table(), **COLUMNS).y)
    assert "Rows were sorted by series and time." in data.notes
    assert "sorted" not in str(from_long(table(), **COLUMNS))


def test_ids_that_cannot_be_sorted_keep_their_order():
    shops = as_objects(["z", 1, "z", 1, ("t",), ("t",)])
    y = from_long(table(shop=shops, day=DAYS[[0, 0, 1, 1, 0, 1]]), **COLUMNS).y
    assert y.index.get_level_values("shop").tolist() == ["z", "z", 1, 1, ("t",), ("t",)]


def test_the_table_is_not_changed():
    df = table(sold=["1", "2", "", "4", "5", "6"]).iloc[::-1]
    before = df.copy()
    from_long(df, **COLUMNS)
    pd.testing.assert_frame_equal(df, before)


def test_several_ids_and_none():
    df = table(state=list("xxxxyy"))
    deep = from_long(df, id=["state", "shop"], time="day", target="sold")
    assert deep.y.index.names == ["state", "shop", "day"]
    assert deep.notes[0] == "6 rows of 2 series, from 2024-02-02 to 2024-02-05."
    one = from_long(df[:4], id=None, time="day", target="sold")
    assert isinstance(one.y.index, pd.DatetimeIndex)
    assert one.notes[0] == "4 rows of one series, from 2024-02-02 to 2024-02-05."


def test_columns_in_the_index_are_found():
    df = table(promo=range(6))
    expected = from_long(df, **COLUMNS, covariates=["promo"])
    for indexed in (df.set_index("shop"), df.set_index(["shop", "day"]), df.set_index("promo")):
        data = from_long(indexed, **COLUMNS, covariates=["promo"])
        pd.testing.assert_frame_equal(data.y, expected.y)
        pd.testing.assert_frame_equal(data.X, expected.X)


def test_categories_as_ids():
    shops = pd.Categorical(list("aaaabb"), categories=list("cba"))
    y = from_long(table(shop=shops), **COLUMNS).y
    assert y.index.unique("shop").tolist() == ["a", "b"]


def test_rows_to_come_are_in_x_only():
    df = table(sold=[1.0, np.nan, 3.0, np.nan, 5.0, np.nan], promo=range(6))
    data = from_long(df, **COLUMNS, covariates=["promo"])
    assert data.y["sold"].tolist()[::2] == [1.0, 3.0]
    assert data.y.loc["b"].index.tolist() == [DAYS[0]]
    assert data.X["promo"].tolist() == list(range(6))
    text = str(data)
    assert "2 rows after the last value of their series are in X only" in text
    assert "Column 'sold': 1 value is missing." in text
    assert "left out of y" in str(from_long(df, **COLUMNS))


def test_a_series_without_any_value_stays_in_y():
    y = from_long(table(sold=[1.0, 2.0, 3.0, 4.0, np.nan, np.nan]), **COLUMNS).y
    assert len(y) == 6
    with pytest.raises(InputError, match=r"at least one observed value.*series 'b'"):
        sktime_to_panel(y)


def test_exact_copies_are_left_out_and_told():
    df = table(promo=range(6), revenue=range(6))
    both = pd.concat([df, df.iloc[[4]].assign(revenue=9), df.iloc[[1]]])
    data = from_long(both, **COLUMNS, covariates=["promo"])
    pd.testing.assert_frame_equal(data.y, from_long(df, **COLUMNS).y)
    assert data.X["promo"].tolist() == list(range(6))
    assert "2 rows that are exact copies of others were left out." in data.notes
    for changed in ({"sold": 7.0}, {"promo": 7}):
        with pytest.raises(InputError, match="there again: 1 found: series 'b'"):
            from_long(
                pd.concat([df, df.iloc[[4]].assign(**changed)]), **COLUMNS, covariates=["promo"]
            )


def test_ids_that_are_nearly_the_same_are_told():
    like = str(from_long(table(shop=["a", "a", "a", "A ", "b", "b"]), **COLUMNS))
    assert "Ids that differ by spaces, letter case or type alone: 'a' and 'A '." in like
    two = table(shop=list("aaaabb"), town=["x", "x", "x", "x ", "y", "y"])
    said = str(from_long(two, **{**COLUMNS, "id": ["town", "shop"]}))
    assert "alone: ('x', 'a') and ('x ', 'a')." in said
    assert "alone" not in str(from_long(table(), **COLUMNS))


def test_values_below_zero_are_told():
    text = str(from_long(table(sold=[1.0, -2.0, -3.0, 4.0, 5.0, 6.0]), **COLUMNS))
    assert "'sold': 2 values are below 0, in 1 series; forecasts of it may be below 0, too." in text
    assert "below 0" not in str(from_long(table(), **COLUMNS))


def test_missing_rows_and_columns_that_were_not_taken_are_told():
    text = str(from_long(table(promo=1, price=2).drop(index=[1, 2]), **COLUMNS))
    assert "2 steps of 'D' in 1 series have no row" in text
    assert "Columns that were not taken: 'promo', 'price'." in text


REFUSED = {
    "no rows": (table()[:0], {}, "has no rows"),
    "a missing column": (table().rename(columns={"sold": "sales"}), {}, "missing columns: 'sold'"),
    "a missing covariate": (table(), {"covariates": ["promo"]}, r"'promo' \(correct covariates\)"),
    "a misspelt covariate": (
        table(promo=1),
        {"covariates": ["promos"]},
        r"'promos', perhaps 'promo' \(name it so in covariates\)",
    ),
    "text as covariates": (table(promo=1), {"covariates": "promo"}, r"Use \['promo'\]"),
    "one column twice": (table(), {"time": "shop"}, "must be different columns"),
    "a missing id": (table(shop=["a", None, "a", "a", "b", "b"]), {}, "every row needs an id"),
    "a missing time": (table(day=[*WHEN[:5], None]), {}, "needs a time stamp.*series 'b'"),
    "a day again": (table(day=[*WHEN[:4], *WHEN[:1] * 2]), {}, "there again: 1 found: series 'b'"),
    "German text": (table(day=[f"{d:%d.%m.%Y}" for d in WHEN]), {}, "Pass time_format"),
    "digits": (table(day=[f"{d:%Y%m%d}" for d in WHEN]), {}, "steps or dates.*Pass time_format"),
    "another format": (table(), {"time_format": "%d.%m.%Y"}, "must be in the format '%d.%m.%Y'"),
    "no format": (table(day="x"), {"time_format": "%Q"}, "time_format must be|must be in the for"),
    "parts of years": (table(day=np.arange(1990, 1991.5, 0.25)), {}, "must be whole numbers"),
    "text that is no number": (table(sold=list("1234x6")), {}, "'sold': 1 found: series 'b'"),
    "a comma": (table(sold=["1,5"] * 6), {}, r"decimal=','"),
    "truth values": (table(sold=[True] * 6), {}, "must be real numbers"),
    "infinite": (table(sold=[np.inf] * 6), {}, "must be finite"),
}


@pytest.mark.parametrize(("df", "options", "match"), REFUSED.values(), ids=REFUSED)
def test_faults_are_named(df, options, match):
    with pytest.raises((InputError, InputTypeError), match=match):
        from_long(df, **{**COLUMNS, **options})


CELLS = st.one_of(
    st.none(),
    st.integers(-(10**6), 10**6),
    st.floats(),
    st.booleans(),
    st.text(max_size=4),
    st.sampled_from(["2024-01-31", "31.1.2024", "7", "1.5", "20240131", "2024Q1"]),
    st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 1, 1)),
    st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2030, 1, 1)),
    st.decimals(allow_nan=False)
    | st.just(decimal.Decimal("NaN")),  # pandas takes no signalling NaN
)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.none() | st.floats(0, 9)),
             min_size=1, max_size=20, unique_by=lambda row: row[:2])
)  # fmt: skip
def test_every_row_is_in_y_or_told(rows):
    df = pd.DataFrame(rows, columns=["shop", "day", "sold"])
    df["day"] = [str(datetime.date(2024, 1, 1 + day)) for day in df["day"]]
    data = (
        from_long(df, **COLUMNS, covariates=["day2"]) if "day2" in df else from_long(df, **COLUMNS)
    )
    left_out = len(df) - len(data.y)
    plain = df.set_index(["shop", "day"])["sold"].astype(float)
    found = data.y["sold"].set_axis(
        pd.MultiIndex.from_arrays([data.y.index.get_level_values(0),
                                   data.y.index.get_level_values(1).astype(str)])
    )  # fmt: skip
    pd.testing.assert_series_equal(
        found.sort_index(), plain.loc[found.index].sort_index(), check_names=False
    )
    assert plain.drop(found.index).isna().all()
    assert (f"{left_out} row" in str(data)) == (left_out > 0)


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.tuples(*(st.lists(CELLS, min_size=n, max_size=n) for _ in range(3)))
    )
)
def test_no_table_ends_in_a_traceback_of_a_library(columns):
    names = COLUMNS.values()
    df = pd.DataFrame({name: as_objects(cells) for name, cells in zip(names, columns, strict=True)})
    try:
        data = from_long(df, **COLUMNS)
    except EsrnnError:
        return
    assert data.y["sold"].dtype == np.float64
    assert len(data.y) + sum("after the last value" in note for note in data.notes) >= 1
