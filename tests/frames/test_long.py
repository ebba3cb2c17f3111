import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from esrnn.errors import InputError
from esrnn.frames import FramedPanel, long_to_panel, panel_to_long
from tests.frames.tables import arrays, long

FREQUENCIES = ["D", "W-WED", "h", "15min", "MS", "ME", "QE-DEC", "YS-JAN", "B"]


def rows_back(framed: FramedPanel) -> pd.DataFrame:
    """Rebuild the long frame that a panel stands for, gaps included."""
    lengths = framed.panel.lengths
    series = np.repeat(np.arange(len(lengths)), lengths)
    steps = np.concatenate([np.arange(1 - n, 1) for n in lengths])
    return pd.DataFrame(
        {
            "unique_id": framed.ids.take(series),
            "ds": framed.times.stamps(series, steps),
            "y": framed.panel.values,
        }
    )


@st.composite
def frames(draw):
    """Draw a long frame without gaps: integers or time stamps, several lengths and starts."""
    freq = draw(st.sampled_from([None, *FREQUENCIES]))
    parts = []
    for name in draw(st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True)):
        n, start = draw(st.integers(1, 9)), draw(st.integers(-20, 20))
        if freq is None:
            ds = pd.Index(range(start, start + n))
        else:
            ds = pd.date_range("2019-12-28", periods=60, freq=freq)[start + 20 :][:n]
        y = draw(st.lists(st.floats(-1e9, 1e9) | st.just(np.nan), min_size=n, max_size=n))
        y[0] = 1.0  # leading missing values are cut
        parts.append(pd.DataFrame({"unique_id": name, "ds": ds, "y": y}))
    return pd.concat(parts, ignore_index=True), 1 if freq is None else freq


class TestRoundTrip:
    @given(frames())
    def test_rows_come_back(self, drawn):
        df, freq = drawn
        framed = long_to_panel(df, freq=freq)
        assert framed.n_gaps == 0
        assert_frame_equal(rows_back(framed), df, check_dtype=False)

    @given(frames(), st.randoms(use_true_random=False))
    def test_the_order_of_rows_is_irrelevant(self, drawn, random):
        df, freq = drawn
        order = list(range(len(df)))
        random.shuffle(order)
        shuffled = long_to_panel(df.iloc[order], freq=freq)
        framed = long_to_panel(df, freq=freq)
        assert list(shuffled.ids) == list(df["unique_id"].iloc[order].unique())
        at = [shuffled.panel.ids.index(name) for name in framed.panel.ids]
        assert_array_equal(shuffled.panel.subset(at).values, framed.panel.values)
        assert shuffled.times.last.take(at).equals(framed.times.last)

    @given(frames(), st.integers(1, 5))
    def test_forecasts_go_on_where_the_series_end(self, drawn, horizon):
        df, freq = drawn
        framed = long_to_panel(df, freq=freq)
        y_hat = np.arange(framed.n_series * horizon, dtype=float).reshape(-1, horizon)
        out = panel_to_long(y_hat, framed, horizon).rename(columns={"y_hat": "y"})
        longer = long_to_panel(pd.concat([df, out], ignore_index=True), freq=freq)
        assert_array_equal(longer.panel.drop_last(horizon).values, framed.panel.values)
        assert_array_equal(longer.panel.last(horizon).values, y_hat.ravel())


class TestReading:
    def test_series_keep_the_order_of_their_first_rows(self):
        df = long({"b": [1, 2], "a": [1], "c": [1, 2, 3]})
        assert long_to_panel(df).panel.ids == ("b", "a", "c")

    def test_missing_rows_and_missing_values_are_nan_and_counted_apart(self):
        df = long({"a": [1, 2, 5, 6], "b": [3, 4]}, [1.0, np.nan, 3.0, 4.0, 5.0, 6.0])
        framed = long_to_panel(df)
        assert_array_equal(framed.panel.series(0), [1, np.nan, np.nan, np.nan, 3, 4])
        assert framed.n_gaps == 2

    def test_leading_missing_values_are_cut_and_trailing_ones_kept(self):
        values = [np.nan, np.nan, 2.0, np.nan, np.nan, 7.0, 8.0]
        framed = long_to_panel(long({"a": [1, 3, 4, 5, 6], "b": [1, 2]}, values))
        assert_array_equal(framed.panel.series(0), [2, np.nan, np.nan])
        assert_array_equal(framed.panel.series(1), [7, 8])
        assert framed.times.last.tolist() == [6, 2]
        assert framed.n_gaps == 0  # the gap lay before the first observed value

    def test_other_column_names_and_further_columns(self):
        df = long({"a": [1, 2]}).rename(columns={"unique_id": "shop", "ds": "t", "y": "sold"})
        df["price"] = "not a number"
        framed = long_to_panel(df, id_col="shop", time_col="t", target_col="sold")
        assert (framed.id_names, framed.time_name, framed.target_name) == (("shop",), "t", "sold")
        assert panel_to_long(np.ones((1, 1)), framed, 1).columns.tolist() == ["shop", "t", "y_hat"]

    @pytest.mark.parametrize("dtype", ["int8", "uint32", "float32", "Int64", "Float64"])
    def test_numeric_dtypes(self, dtype):
        framed = long_to_panel(long({"a": [1, 2, 3]}).astype({"y": dtype}))
        assert framed.panel.values.dtype == np.float64
        assert arrays(framed) == {"a": [0, 1, 2]}

    @pytest.mark.parametrize("dtype", ["Int64", "Float32", "int64[pyarrow]", "double[pyarrow]"])
    def test_missing_values_of_nullable_dtypes(self, dtype):
        df = long({"a": [1, 2, 3]}, pd.array([4, None, 6], dtype=dtype))
        assert_array_equal(long_to_panel(df).panel.values, [4, np.nan, 6])

    def test_numbers_and_none_in_an_object_column(self):
        df = long({"a": [1, 2, 3]}, pd.Series([4, None, 6.5], dtype=object))
        assert_array_equal(long_to_panel(df).panel.values, [4, np.nan, 6.5])

    @pytest.mark.parametrize(
        "ids",
        [
            pd.Series([7, 7, 3], dtype="int32"),
            pd.Series(["x", "x", "y"], dtype="category"),
            pd.Series(["x", "x", "y"], dtype="string"),
            pd.Series(["x", "x", "y"], dtype="string[pyarrow]"),
            pd.Series([("x", 1), ("x", 1), ("x", 2)]),
            pd.Series(["1", "1", 1], dtype=object),
            pd.to_datetime(pd.Series(["2024-01-01", "2024-01-01", "2024-01-02"])),
        ],
    )
    def test_ids_of_any_kind_come_back_unchanged(self, ids):
        df = pd.DataFrame({"unique_id": ids, "ds": [1, 2, 1], "y": [1.0, 2.0, 3.0]})
        framed = long_to_panel(df)
        assert framed.panel.ids == (ids[0], ids[2])
        out = panel_to_long(np.zeros((2, 1)), framed, 1)
        assert out["unique_id"].tolist() == [ids[0], ids[2]]
        assert out["unique_id"].dtype == ids.dtype

    def test_the_input_is_left_alone(self):
        df = long({"b": [2, 1], "a": [1, 2]})
        before = df.copy()
        long_to_panel(df)
        assert_frame_equal(df, before)

    def test_m4_yearly(self, competition_data_dir):
        df = pd.read_parquet(competition_data_dir / "m4" / "yearly_train.parquet")
        framed = long_to_panel(df)
        assert (framed.n_series, framed.n_gaps) == (23_000, 0)
        assert_array_equal(framed.panel.values, df["y"])


class TestWriting:
    def test_columns_rows_and_time_stamps(self):
        framed = long_to_panel(long({"b": [1, 2], "a": [7, 8]}))
        out = panel_to_long(
            {"y_hat": np.array([[1.0, 2], [3, 4]]), "lo-95": np.zeros((2, 2))}, framed, steps=2
        )
        expected = pd.DataFrame(
            {
                "unique_id": ["b", "b", "a", "a"],
                "ds": [3, 4, 9, 10],
                "y_hat": [1.0, 2, 3, 4],
                "lo-95": 0.0,
            }
        )
        assert_frame_equal(out, expected)

    def test_steps_may_differ_by_series_and_lie_in_the_past(self):
        framed = long_to_panel(long({"a": [1, 2], "b": [8, 9]}))
        out = panel_to_long(np.zeros((2, 2)), framed, np.array([[-1, 0], [1, 3]]))
        assert out["ds"].tolist() == [1, 2, 10, 12]
        out = panel_to_long(np.zeros((2, 2)), framed, np.array([2, 5]))
        assert out["ds"].tolist() == [4, 7, 11, 14]

    def test_numbers_that_do_not_fit(self):
        framed = long_to_panel(long({"a": [1, 2], "b": [8, 9]}))
        with pytest.raises(InputError, match=r"'lo-95' must have shape .* \(2, 3\); got \(2, 2\)"):
            panel_to_long({"lo-95": np.zeros((2, 2))}, framed, 3)

    @pytest.mark.parametrize(
        ("steps", "text"),
        [
            (0, "at least 1; got 0"),
            (1.5, "got float64 of shape"),
            (np.zeros((3, 1), dtype=int), r"one row for each of the 2 series; got shape \(3, 1\)"),
            (np.zeros((2, 1, 1), dtype=int), "of shape"),
            (np.array([], dtype=int), r"of shape \(0,\)"),
        ],
    )
    def test_steps_that_make_no_sense(self, steps, text):
        framed = long_to_panel(long({"a": [1, 2], "b": [8, 9]}))
        with pytest.raises(InputError, match=text):
            panel_to_long(np.zeros((2, 1)), framed, steps)
