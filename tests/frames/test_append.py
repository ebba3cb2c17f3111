from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from esrnn.errors import InputError, InputTypeError
from esrnn.frames import FramedPanel, sktime_to_panel
from esrnn.frames.append import append as append_with_changes
from esrnn.frames.append import append_columns
from tests.frames.append_reference import append_by_parsing_again, append_columns_by_groups

INDICES = {
    "range": pd.RangeIndex(5, 17),
    "every third": pd.Index(np.arange(2, 38, 3)),
    "period": pd.period_range("2020-11", periods=12, freq="M"),
    "month ends": pd.date_range("2020-01-31", periods=12, freq="ME"),
    "summer time": pd.date_range("2021-03-27", periods=12, freq="D", tz="Europe/Berlin"),
    "business days": pd.date_range("2021-01-01", periods=12, freq="B"),
}


def append(framed: FramedPanel, y: object, rewind: bool = False) -> FramedPanel:
    return append_with_changes(framed, y, rewind=rewind).framed


@pytest.fixture(params=INDICES)
def y(request: pytest.FixtureRequest) -> pd.Series:
    index = INDICES[request.param].rename("when")
    return pd.Series(np.arange(1.0, 13.0), index, name="sales")


def _panel(y: pd.Series) -> pd.DataFrame:
    """Put b, with ten steps, before a, with seven."""
    return pd.concat({"b": y.iloc[:10], "a": y.iloc[:7] * 10}, names=["id"]).to_frame()


def test_a_series_grows_in_pieces_as_at_once(y: pd.Series) -> None:
    framed = sktime_to_panel(y.iloc[:4])
    for k in (4, 5, 8):
        framed = append(framed, y.iloc[k : {4: 5, 5: 8, 8: 12}[k]])
    whole = sktime_to_panel(y)
    assert framed.panel.values.tolist() == whole.panel.values.tolist()
    assert framed.times.last.equals(whole.times.last)
    assert framed.time_name == "when"
    assert framed.target_name == "sales"


def test_steps_between_are_missing(y: pd.Series) -> None:
    grown = append(sktime_to_panel(y.iloc[:4]), y.iloc[6:8])
    np.testing.assert_array_equal(grown.panel.values, [1, 2, 3, 4, np.nan, np.nan, 7, 8])
    assert grown.n_gaps == 2


def test_series_keep_their_order_and_grow_apart(y: pd.Series) -> None:
    new = pd.concat({"a": y.iloc[7:9] * 10}, names=["id"]).to_frame()
    grown = append(sktime_to_panel(_panel(y)), new)
    assert grown.panel.ids == ("b", "a")
    assert grown.panel.lengths.tolist() == [10, 9]
    assert grown.panel.series(1).tolist() == [10.0 * k for k in range(1, 10)]
    assert grown.times.last.tolist() == [y.index[9], y.index[8]]
    assert grown.id_names == ("id",)


def test_rows_of_the_past_are_corrections(y: pd.Series) -> None:
    framed = sktime_to_panel(_panel(y))
    new = pd.concat({"b": y.iloc[3:5] + 100}, names=["id"]).to_frame()
    grown = append_with_changes(framed, new)
    expected = [1.0, 2.0, 3.0, 104.0, 105.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    assert grown.framed.panel.series(0).tolist() == expected
    assert grown.framed.panel.series(1).tolist() == framed.panel.series(1).tolist()
    assert grown.framed.times.last.equals(framed.times.last)
    assert grown.begin_anew.tolist() == []


def test_values_can_be_withdrawn(y: pd.Series) -> None:
    new = pd.concat({"b": y.iloc[[4, 9]] * np.nan}, names=["id"]).to_frame()
    grown = append(sktime_to_panel(_panel(y)), new)
    missing = np.isnan(grown.panel.series(0))
    assert np.flatnonzero(missing).tolist() == [4, 9]


def test_new_rows_end_the_series_on_request(y: pd.Series) -> None:
    new = pd.concat({"b": y.iloc[3:5] + 100}, names=["id"]).to_frame()
    grown = append(sktime_to_panel(_panel(y)), new, rewind=True)
    assert grown.panel.series(0).tolist() == [1.0, 2.0, 3.0, 104.0, 105.0]
    assert grown.panel.lengths.tolist() == [5, 7]
    assert grown.times.last[0] == y.index[4]


def test_rows_before_the_start_make_a_series_begin_earlier(y: pd.Series) -> None:
    framed = sktime_to_panel(y.iloc[4:8])
    grown = append_with_changes(framed, y.iloc[:9] + 100)
    assert grown.framed.panel.values.tolist() == (y.iloc[:9] + 100).tolist()
    assert grown.begin_anew.tolist() == [0]
    earlier = append(framed, y.iloc[1:2])
    np.testing.assert_array_equal(earlier.panel.values, [2, np.nan, np.nan, 5, 6, 7, 8])
    assert earlier.starts()[0] == y.index[1]
    rewound = append(framed, y.iloc[:3], rewind=True)
    assert rewound.panel.values.tolist() == [1.0, 2.0, 3.0]
    assert rewound.times.last[0] == y.index[2]


def test_a_series_begins_with_its_first_observed_value(y: pd.Series) -> None:
    framed = sktime_to_panel(y.iloc[4:8])
    nothing = append_with_changes(framed, y.iloc[2:3] * np.nan)
    assert nothing.framed.panel.values.tolist() == [5.0, 6.0, 7.0, 8.0]
    assert nothing.begin_anew.tolist() == []
    later = append_with_changes(framed, y.iloc[4:6] * np.nan)
    assert later.framed.panel.values.tolist() == [7.0, 8.0]
    assert later.begin_anew.tolist() == [0]
    with pytest.raises(InputError, match=r"at least one observed value.*series 0"):
        append(framed, y.iloc[4:8] * np.nan)


def test_new_series_come_last(y: pd.Series) -> None:
    rows = {"c": y.iloc[5:6], "a": y.iloc[7:8] * 10, "0": y.iloc[2:4] * np.array([np.nan, 1.0])}
    new = pd.concat(rows, names=["id"]).to_frame()
    grown = append_with_changes(sktime_to_panel(_panel(y)), new)
    assert grown.framed.panel.ids == ("b", "a", "c", "0")
    assert grown.framed.ids.name == "id"
    assert [grown.framed.panel.series(k).tolist() for k in (2, 3)] == [[6.0], [4.0]]
    assert grown.framed.times.last[2:].tolist() == [y.index[5], y.index[3]]
    assert grown.begin_anew.tolist() == [2, 3]
    with pytest.raises(InputError, match=r"at least one observed value.*series 'd'"):
        append(grown.framed, pd.concat({"d": y.iloc[:1] * np.nan}).to_frame())


@pytest.mark.parametrize(
    ("known", "new", "match"),
    [
        (["7", "8"], [7], "in training, text; these are numbers.*series 7.*astype\\(str\\)"),
        ([7, 8], ["07"], "in training, numbers; these are text.*series '07'.*astype\\(int\\)"),
        (pd.MultiIndex.from_tuples([("n", 1)]), pd.MultiIndex.from_tuples([("n", "1")]), "'1'"),
    ],
)
def test_ids_of_another_kind_are_no_new_series(known: object, new: object, match: str) -> None:
    def frame(ids: object) -> pd.DataFrame:
        parts = [pd.DataFrame({"y": [1.0, 2.0]}, pd.Index([5, 6], name="t"))] * len(ids)
        return pd.concat(parts, keys=list(ids))

    framed = sktime_to_panel(frame(known))
    with pytest.raises(InputTypeError, match=match):
        append(framed, frame(new))


def test_a_row_may_not_be_there_twice(y: pd.Series) -> None:
    framed = sktime_to_panel(_panel(y))
    new = pd.concat({"b": pd.concat([y.iloc[10:12], y.iloc[11:12]])}).to_frame()
    with pytest.raises(InputError, match=r"one row for each series.*again: 1 found: series 'b'"):
        append(framed, new)
    with pytest.raises(InputError, match=r"one row for each series.*again: 1 found: series 'z'"):
        append(framed, new.rename(index={"b": "z"}))


def test_missing_new_values_are_served(y: pd.Series) -> None:
    new = pd.concat({"b": y.iloc[10:11] * np.nan, "a": y.iloc[7:8]}, names=["id"]).to_frame()
    grown = append(sktime_to_panel(_panel(y)), new)
    assert grown.panel.lengths.tolist() == [11, 8]
    assert np.isnan(grown.panel.series(0)[-1])


def test_one_row_needs_no_frequency_of_its_own() -> None:
    index = pd.date_range("2020-01-05", periods=3, freq="W-SUN")
    framed = sktime_to_panel(pd.Series([1.0, 2.0], index[:2]))
    assert append(framed, pd.Series([3.0], index[2:].copy(deep=True))).panel.values.tolist() == [
        1,
        2,
        3,
    ]


def test_rows_of_another_phase_are_refused() -> None:
    framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0], [0, 5, 10]))
    with pytest.raises(InputError, match="off it: 1 found: series 0, step 17"):
        append(framed, pd.Series([4.0], [17]))


def test_hierarchies_grow() -> None:
    y = pd.Series(np.arange(3.0), pd.RangeIndex(3))
    parts = {("n", 1): y, ("s", 1): y + 5, ("n", 2): y + 9}
    framed = sktime_to_panel(pd.concat(parts).to_frame("y"))
    new = pd.concat({("n", 2): pd.Series([7.0], [3])}).to_frame("y")
    grown = append(framed, new)
    assert grown.panel.ids == tuple(parts)
    assert grown.panel.lengths.tolist() == [3, 3, 4]
    with_new = append(framed, new.rename(index={"n": "s"}))
    assert with_new.panel.ids == (*parts, ("s", 2))
    assert with_new.panel.series(3).tolist() == [7.0]


def test_only_text_that_can_be_read_is_served() -> None:
    framed = sktime_to_panel(pd.Series([1.0, 2.0], ["2024-01-01", "2024-01-02"]))
    appended = append(framed, pd.Series([3.0], ["2024-01-03"]))
    assert appended.times.last.tolist() == [pd.Timestamp("2024-01-03")]
    with pytest.raises(InputError, match="must be ISO 8601 text"):
        append(framed, pd.Series([3.0], ["tomorrow"]))


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (pd.Series([1.0], pd.period_range("2024-01", periods=1, freq="M")), InputTypeError,
         "time stamps of y must be of the kind"),
        (pd.Series([1.0], pd.MultiIndex.from_tuples([("a", 9)])), InputError,
         "y must have an index of 1 level"),
        (pd.DataFrame({"u": [1.0], "v": [1.0]}, [9]), InputError, "y must have one column"),
        (pd.Series(["x"], [9]), InputTypeError, "values must be real numbers"),
        (pd.Series([np.inf], [9]), InputError, "values must be finite"),
        (pd.Series([1.0], [10**9]), InputError, "must not lie far off all others"),
    ],
)  # fmt: skip
def test_other_rows_are_refused(y: pd.Series, error: type[Exception], message: str) -> None:
    framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[7, 8]))
    with pytest.raises(error, match=message):
        append(framed, y)


# Time stamps of a kind, and what moves one of them off the steps (None where nothing can).
KINDS: dict[str, tuple[pd.Index, object]] = {
    "range": (pd.RangeIndex(5, 45), None),
    "every third": (pd.Index(np.arange(2, 122, 3)), 1),
    "period": (pd.period_range("2020-11", periods=40, freq="M"), None),
    "month ends": (pd.date_range("2020-01-31", periods=40, freq="ME"), pd.Timedelta("1D")),
    "summer time": (
        pd.date_range("2021-03-10", periods=40, freq="D", tz="Europe/Berlin"),
        pd.Timedelta("1h"),
    ),
    "business days": (pd.date_range("2021-01-01", periods=40, freq="B"), pd.Timedelta("1h")),
    "half hours": (pd.date_range("2021-01-01", periods=40, freq="30min"), pd.Timedelta("1min")),
}
NAMES = [("n", 1), ("s", 1), ("n", 2)]
VALUES = st.sampled_from([np.nan, 1.0, 2.0, 3.0])
OLD_SERIES = st.dictionaries(st.integers(10, 30), VALUES, min_size=1, max_size=6)
# Place among the 40 stamps, value, and whether the stamp is moved off the steps.
NEW_ROWS = st.lists(st.tuples(st.integers(0, 39), VALUES, st.just(False)), max_size=6)
ODD_ROWS = st.lists(st.tuples(st.integers(0, 39), VALUES, st.booleans()), max_size=2)


def frame_of(rows: list[tuple[int, object, float]], levels: int) -> pd.Series | pd.DataFrame:
    """Put rows of series number, time stamp and value into a container of 1, 2 or 3 levels."""
    stamps = pd.Index([stamp for _, stamp, _ in rows])
    values = np.array([value for *_, value in rows])
    if levels == 1:
        return pd.Series(values, stamps, name="sales")
    ids = [NAMES[k][: levels - 1] for k, *_ in rows]
    arrays = [pd.Index([name[level] for name in ids]) for level in range(levels - 1)]
    index = pd.MultiIndex.from_arrays([*arrays, stamps], names=[*"ab"[: levels - 1], "when"])
    return pd.DataFrame({"sales": values}, index)


def outcome(function: object, framed: FramedPanel, y: object, rewind: bool) -> FramedPanel | None:
    """Return the panel, or None where the rows are refused."""
    try:
        return function(framed, y, rewind)
    except InputError:
        return None


@example(  # an hour off, before the last row of the panel
    kind="business days",
    levels=1,
    old=[{10: 7.0, 11: 1.0}, {10: 7.0}],
    new=[(0, [], [(10, 1.0, True)])],
    rewind=False,
)
@given(
    kind=st.sampled_from(list(KINDS)),
    levels=st.sampled_from([1, 2, 3]),
    old=st.lists(OLD_SERIES, min_size=2, max_size=2),
    new=st.lists(st.tuples(st.sampled_from([0, 1, 2]), NEW_ROWS, ODD_ROWS), min_size=1, max_size=2),
    rewind=st.booleans(),
)
def test_as_parsing_everything_again(
    kind: str, levels: int, old: list[dict], new: list[tuple], rewind: bool
) -> None:
    stamps, shift = KINDS[kind]
    step = 3 if kind == "every third" else getattr(stamps, "freq", 1)
    old = [{**series, min(series): 7.0} for series in old[: 1 if levels == 1 else 2]]
    rows = [(k, stamps[t], v) for k, series in enumerate(old) for t, v in series.items()]
    framed = sktime_to_panel(frame_of(rows, levels), freq=step)
    more = [
        (k if levels > 1 else 0, stamps[t] + shift if off and shift is not None else stamps[t], v)
        for k, on, odd in new
        for t, v, off in [*on, *odd]
    ]
    if not more:
        return
    y = frame_of(more, levels)
    expected = outcome(append_by_parsing_again, framed, y, rewind)
    got = outcome(append, framed, y, rewind)
    if expected is None or got is None:
        assert (expected is None) == (got is None)
        return
    np.testing.assert_array_equal(got.panel.values, expected.panel.values)
    np.testing.assert_array_equal(got.panel.indptr, expected.panel.indptr)
    assert got.panel.ids == expected.panel.ids
    pd.testing.assert_index_equal(got.times.last, expected.times.last)
    assert asdict(got.times.grid) == asdict(expected.times.grid)
    assert got.starts().equals(expected.starts())


@given(
    levels=st.sampled_from([1, 2, 3]),
    old=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, unique=True),
    new=st.lists(st.tuples(st.integers(0, 2), st.integers(5, 15)), min_size=1),
    left_out=st.sets(st.sampled_from(["kind", "promo"])),
)
def test_columns_as_before(
    levels: int, old: list[tuple], new: list[tuple], left_out: set[str]
) -> None:
    """Text that belongs to the series, also missing, and numbers that change with the row."""
    kinds = ["food", None, "toys"]
    columns, more = (
        pd.DataFrame(
            {"promo": np.arange(len(rows)) + first, "kind": [kinds[k] for k, _ in rows]},
            frame_of([(k, t, 0.0) for k, t in rows], levels).index,
        )
        for rows, first in ((old if levels > 1 else [(0, t) for _, t in old], 0),
                            (new if levels > 1 else [(0, t) for _, t in new], 100))
    )  # fmt: skip
    columns = columns[~columns.index.duplicated()]
    more = more.drop(columns=sorted(left_out))
    try:
        expected = append_columns_by_groups(columns, more)
    except InputError:
        with pytest.raises(InputError, match="X must have the columns that it had in training"):
            append_columns(columns, more)
        return
    pd.testing.assert_frame_equal(append_columns(columns, more), expected)
