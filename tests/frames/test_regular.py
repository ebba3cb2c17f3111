"""Frames with a row for every step, past and future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from esrnn.errors import EsrnnError, InputError, InputTypeError
from esrnn.frames import future_frame, regularise, sktime_to_panel

FREQS = ["D", "MS", "ME", "QS-FEB", "W-SUN", "h", "B", "YE"]


def holed(seed: int, freq: str = "D", periods: bool = False) -> pd.DataFrame:
    """Return a panel of three series with holes, which begin and end at different steps."""
    rng = np.random.default_rng(seed)
    stamps = pd.date_range("2023-01-01", periods=30, freq=freq)
    time = stamps.to_period(freq) if periods else stamps
    parts = {}
    for name in "abc":
        first, last = sorted(rng.choice(30, 2, replace=False))
        some = np.unique([0, 1, *rng.integers(0, 30, 9)])
        keep = [first, first + 1, *(k for k in some + first if k <= last)]
        keep = [k for k in dict.fromkeys(keep) if k < 30]
        parts[name] = pd.Series(rng.random(len(keep)), time[sorted(keep)])
    return pd.concat(parts, names=["id", "time"]).to_frame("y")


@pytest.mark.parametrize("freq", FREQS)
@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_loop_with_date_ranges_makes(freq, seed):
    y = holed(seed, freq)
    latest = y.index.get_level_values("time").max()
    for end in ("each", "common"):
        parts = {}
        for name in "abc":
            one = y.loc[name, "y"]
            last = latest if end == "common" else one.index[-1]
            parts[name] = one.reindex(pd.date_range(one.index[0], last, freq=freq))
        expected = pd.concat(parts, names=["id", "time"]).to_frame("y")
        data = regularise(y.sample(frac=1.0, random_state=seed), end=end, freq=freq)
        assert_frame_equal(data.y.sort_index(), expected, check_index_type=False)
        filled = regularise(y, end=end, fill=0, freq=freq).y
        assert_frame_equal(filled, expected.fillna(0.0), check_index_type=False)


def test_periods_integers_and_one_series():
    y = holed(0, "D", periods=True)
    assert regularise(y).y.index.get_level_values(1).dtype == "period[D]"
    one = pd.Series([1.0, 2.0], index=[3, 6], name="y")
    data = regularise(one, freq=1, fill=9.0)
    assert data.y["y"].to_dict() == {3: 1.0, 4: 9.0, 5: 9.0, 6: 2.0}
    assert future_frame(one, 2, freq=1).index.tolist() == [7, 8]


def test_days_in_a_zone_with_summer_time():
    days = pd.date_range("2024-03-29", periods=5, tz="Europe/Berlin")
    y = pd.Series(1.0, days[[0, 1, 4]])
    assert regularise(y, fill=0, freq="D").y.index.tolist() == list(days)
    hours = pd.date_range("2024-03-31", periods=5, freq="h", tz="Europe/Berlin")
    assert regularise(pd.Series(1.0, hours[[0, 1, 4]])).y.index.tolist() == list(hours)


def test_weekly_series_keep_their_weekdays():
    parts = {
        "sun": pd.Series(1.0, pd.date_range("2024-01-07", periods=5, freq="W-SUN")),
        "wed": pd.Series(1.0, pd.date_range("2024-01-03", periods=3, freq="W-WED")),
    }
    y = regularise(pd.concat(parts).to_frame("y"), end="common").y
    assert y.loc["wed"].index.max() == pd.Timestamp("2024-01-31")
    assert set(y.loc["wed"].index.dayofweek) == {2}


def columns(y: pd.DataFrame) -> pd.DataFrame:
    """Return X: a static column, a truth value, a price and a category, for some rows and more."""
    future = future_frame(y, 2, freq="D").index
    index = y.index.append(future).sort_values()
    ids = index.get_level_values("id")
    return pd.DataFrame(
        {
            "kind": ids.map({"a": "food", "b": "toys", "c": "food"}),
            "promo": np.arange(len(index)) % 2 == 0,
            "price": np.arange(len(index), dtype=float),
            "event": pd.Categorical(["x", None] * (len(index) // 2) + ["x"] * (len(index) % 2)),
        },
        index,
    )


def test_columns_of_x_are_kept_and_static_ones_filled():
    y = holed(1)
    X = columns(y)
    data = regularise(y, X, end="common", fill={"y": 0, "promo": False})
    assert_frame_equal(data.X.loc[X.index][["kind", "promo", "price"]],
                       X[["kind", "promo", "price"]], check_dtype=False)  # fmt: skip
    added = data.X.drop(X.index)
    assert len(added) > 5
    assert (data.X.groupby("id")["kind"].nunique(dropna=False) == 1).all()
    assert not added["promo"].any()
    assert data.X["promo"].dtype == bool
    assert added["price"].isna().all()
    assert data.y.index.isin(data.X.index).all()


def test_a_category_that_is_new_can_be_filled_in():
    y = holed(1)
    data = regularise(y, columns(y), fill={"event": "closed"})
    added = data.X.drop(columns(y).index)
    assert (added["event"] == "closed").all()


def test_ffill_carries_the_last_value_of_the_series_forward():
    y = holed(1)
    X = columns(y)
    X.iloc[[0, 6], X.columns.get_loc("price")] = np.nan  # of which the first has none before it
    X.iloc[0, X.columns.get_loc("event")] = None
    ways = {"price": "ffill", "promo": "ffill", "event": "ffill", "y": "ffill"}
    data = regularise(y, X, end="common", fill=ways)
    assert len(data.X) > len(X)
    expected = X.reindex(data.X.index)[["price", "promo", "event"]].groupby("id").ffill()
    assert_frame_equal(data.X[["price", "event"]], expected[["price", "event"]])
    assert data.X["promo"].dtype == bool
    assert data.X["promo"].tolist() == expected["promo"].tolist()
    assert data.X["price"].isna().sum() == 1
    assert_frame_equal(data.y, y.reindex(data.y.index).groupby("id").ffill())
    assert "with the value before in 'y'" in str(data)


def test_ffill_fills_rows_without_a_value_where_none_was_added():
    X = pd.DataFrame({"price": [1.0, np.nan, 3.0]}, index=[0, 1, 2])
    data = regularise(pd.Series([1.0, 2.0], name="y"), X, fill={"price": "ffill"}, freq=1)
    assert data.X["price"].tolist() == [1.0, 1.0, 3.0]


def test_the_notes_say_which_covariates_lack_values():
    y = holed(1)
    data = regularise(y, columns(y), fill={"y": 0, "promo": False})
    n = int(data.X["price"].isna().sum())
    note = f"Column 'price' of X: {n} values are missing (fill={{'price': 'ffill'}} carries"
    assert [n for n in data.notes if n.startswith("Column")] == [
        f"{note} the value before forward)."
    ]
    assert not [n for n in regularise(y, columns(y), fill={"price": 1.0, "promo": True}).notes
                if n.startswith("Column")]  # fmt: skip


def test_the_notes_count_what_was_added():
    index = pd.MultiIndex.from_tuples([("a", 0), ("a", 3), ("b", 0), ("b", 1)])
    y = pd.DataFrame({"y": [1.0, 2.0, 3.0, 4.0]}, index)
    data = regularise(y, freq=1)
    assert data.notes == (
        "The step is 1; each of 2 series ends where it did.",
        "2 rows were added to 1 of 2 series, with missing values.",
    )
    assert len(regularise(data.y).notes) == 1


def test_the_future_has_what_x_knows():
    y = holed(2)
    X = columns(y)
    future = future_frame(y, 3, X, freq="D")
    assert len(future) == 9
    assert future["kind"].notna().all()
    known = future.index.isin(X.index)
    assert known.sum() == 6
    assert_frame_equal(future[known], X.loc[future.index[known]], check_dtype=False)
    assert future.loc[~known, "price"].isna().all()
    panel = sktime_to_panel(y, freq="D")
    assert future.index.equals(panel.index(np.repeat(range(3), 3), np.tile([1, 2, 3], 3)))
    assert future_frame(y, 3).columns.empty


def test_x_in_another_time_zone_is_converted():
    days = pd.date_range("2024-01-01", periods=4, tz="Europe/Berlin")
    y = pd.Series(1.0, days, name="y")
    X = pd.DataFrame({"promo": range(6)}, pd.date_range(days[0], periods=6).tz_convert("UTC"))
    assert future_frame(y, 2, X)["promo"].tolist() == [4, 5]


DAYS = pd.date_range("2023-01-01", periods=1)
REFUSED = {
    "another end": ({"end": "all"}, InputError, "end must be one of"),
    "another fill": ({"fill": "zero"}, InputTypeError, "fill must be a number"),
    "an unknown column": ({"fill": {"promo": 0}}, InputError, "fill must name columns of y and X"),
    "text in a column of numbers": ({"fill": {"y": "pad"}}, InputError,
                                    "column 'y' must be a number, or 'ffill', .*got 'pad'"),
    "a list to fill in": ({"fill": {"y": [1, 2]}}, InputTypeError, "one value for column 'y'"),
    "another step": ({"freq": "every day"}, InputError, "step between time stamps"),
    "X of one level": ({"X": pd.DataFrame({"p": [1]}, DAYS)},
                       InputError, "X must have an index of 2 levels"),
    "X of other stamps": ({"X": pd.DataFrame({"p": [1]}, pd.MultiIndex.from_tuples([("a", 1)]))},
                          InputTypeError, "time stamps of X must be of the kind"),
    "X twice": ({"X": pd.DataFrame({"p": [1, 2]}, pd.MultiIndex.from_tuples([("a", DAYS[0])] * 2))},
                InputError, "X must have one row for each series and time stamp"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "error", "match"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(options, error, match):
    with pytest.raises(error, match=match):
        regularise(holed(0), **{"freq": "D", **options})


def test_rows_twice_and_irregular_stamps_are_refused():
    y = holed(0)
    with pytest.raises(InputError, match="there again"):
        regularise(pd.concat([y, y]))
    off = pd.Series(1.0, pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-03 07:31"]))
    with pytest.raises(InputError):
        regularise(off)
    with pytest.raises(InputError, match="one column"):
        regularise(y.assign(other=1.0))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40)), min_size=1, max_size=25,
             unique=True),
    st.sampled_from(["each", "common"]),
    st.none() | st.floats(-5, 5),
    st.integers(1, 4),
)  # fmt: skip
def test_no_row_is_lost_whatever_the_rows(rows, end, fill, horizon):
    index = pd.MultiIndex.from_tuples(rows, names=["id", "step"])
    y = pd.DataFrame({"y": np.arange(len(rows), dtype=float)}, index)
    X = pd.DataFrame({"kind": index.get_level_values(0), "n": range(len(rows))}, index)
    try:
        data = regularise(y, X, end=end, fill=fill)
    except EsrnnError:
        return
    assert_frame_equal(data.y.loc[y.index], y)
    assert_frame_equal(data.X.loc[X.index], X, check_dtype=False)
    added = data.y.drop(y.index)["y"]
    assert added.isna().all() if fill is None else (added == fill).all()
    framed = sktime_to_panel(data.y)
    assert framed.n_gaps == 0
    future = future_frame(data.y, horizon, data.X)
    assert len(future) == horizon * y.index.unique("id").size
    assert not future.index.isin(data.y.index).any()
