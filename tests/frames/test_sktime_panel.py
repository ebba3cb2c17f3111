import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from esrnn.errors import InputError, InputTypeError
from esrnn.frames import long_to_panel, panel_to_long, panel_to_sktime, sktime_to_panel

INDEXES = [
    pd.RangeIndex(40),
    pd.RangeIndex(-3, 37),
    pd.Index(range(7, 47), name="t"),
    pd.date_range("2024-01-31", periods=40, freq="ME", name="when"),
    pd.date_range("2024-01-01", periods=40, freq="h", tz="Europe/Paris"),
    pd.period_range("2024-01", periods=40, freq="M"),
]


def panel_index(lengths, levels, time):
    """Build a MultiIndex of series of some lengths, each with a start of its own."""
    tuples = [(*levels[i], time[k]) for i, n in enumerate(lengths) for k in range(2 * i, 2 * i + n)]
    return pd.MultiIndex.from_tuples(tuples)


class TestOneSeries:
    @pytest.mark.parametrize("index", INDEXES)
    def test_series_and_frame_go_on(self, index):
        y = pd.Series(np.arange(40.0), index=index, name="sales")
        framed = sktime_to_panel(y[:30])
        assert_array_equal(framed.panel.values, np.arange(30.0))
        assert framed.panel.ids == (0,)
        out = panel_to_sktime(np.arange(30.0, 40.0)[None], framed, 10)
        assert_series_equal(out, y[30:], check_index_type=False)
        assert getattr(out.index, "freq", None) == getattr(index, "freq", None)
        frame = panel_to_sktime(np.arange(30.0, 40.0)[None], sktime_to_panel(y.to_frame()[:30]), 10)
        assert_frame_equal(frame, y.to_frame()[30:], check_index_type=False)

    def test_names_may_be_absent(self):
        y = pd.Series([1.0, 2.0])
        assert panel_to_sktime(np.ones((1, 1)), sktime_to_panel(y), 1).name is None
        frame = panel_to_sktime(np.ones((1, 1)), sktime_to_panel(pd.DataFrame([1.0, 2.0])), 1)
        assert frame.columns.tolist() == [0]
        out = panel_to_long(np.ones((1, 1)), sktime_to_panel(y), 1)
        assert out.columns.tolist() == ["unique_id", "ds", "y_hat"]

    def test_the_index_frequency_counts(self):
        index = pd.DatetimeIndex(["2024-01-31"], freq="ME")
        out = panel_to_sktime(np.ones((1, 2)), sktime_to_panel(pd.Series([1.0], index)), 2)
        assert out.index.astype(str).tolist() == ["2024-02-29", "2024-03-31"]

    def test_a_frequency_that_is_told_counts_more(self):
        y = pd.Series([1.0, 2.0], pd.date_range("2024-01-01", periods=2, freq="2D"))
        assert_array_equal(sktime_to_panel(y, freq="D").panel.values, [1, np.nan, 2])

    def test_steps_with_holes_have_no_frequency(self):
        y = pd.Series([1.0, 2.0], pd.date_range("2024-01-01", periods=2))
        out = panel_to_sktime(np.ones((1, 2)), sktime_to_panel(y), np.array([1, 4]))
        assert out.index.astype(str).tolist() == ["2024-01-03", "2024-01-06"]

    def test_a_wall_time_that_occurs_twice_is_no_obstacle(self):
        y = pd.Series(1.0, pd.date_range("2024-10-24 02:30", periods=3, tz="Europe/Paris"))
        out = panel_to_sktime(np.ones((1, 2)), sktime_to_panel(y), 2)
        assert out.index.strftime("%d %H:%M").tolist() == ["27 02:30", "28 02:30"]

    def test_quantiles_make_column_levels(self):
        framed = sktime_to_panel(pd.Series([1.0, 2.0], name="y"))
        out = panel_to_sktime({("y", 0.1): np.ones((1, 2)), ("y", 0.9): np.ones((1, 2))}, framed, 2)
        assert out.columns.tolist() == [("y", 0.1), ("y", 0.9)]
        assert out.columns.nlevels == 2

    def test_a_mapping_makes_a_frame(self):
        framed = sktime_to_panel(pd.Series([1.0, 2.0]))
        out = panel_to_sktime({None: np.ones((1, 2))}, framed, 2)
        assert isinstance(out, pd.DataFrame)
        assert out.columns.tolist() == [None]


class TestPanels:
    @pytest.mark.parametrize("time", INDEXES)
    @pytest.mark.parametrize("levels", [[("b",), ("a",)], [("b", 1, "x"), ("a", 1, "x")]])
    def test_series_go_on_with_the_same_levels(self, time, levels):
        index = panel_index([9, 4], levels, time)
        index.names = [*(f"level{k}" for k in range(len(levels[0]))), "when"]
        y = pd.DataFrame({"y": np.arange(13.0)}, index)
        framed = sktime_to_panel(y)
        assert framed.panel.ids == (("b", "a") if len(levels[0]) == 1 else tuple(levels))
        assert framed.panel.lengths.tolist() == [9, 4]
        out = panel_to_sktime(np.array([[0.0, 1], [2, 3]]), framed, 2)
        expected = pd.MultiIndex.from_tuples(
            [(*levels[0], time[k]) for k in (9, 10)] + [(*levels[1], time[k]) for k in (6, 7)],
            names=index.names,
        )
        assert_index_equal(out.index, expected)
        assert out["y"].tolist() == [0, 1, 2, 3]

    @given(
        st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(2, 4), st.integers(1, 3)
    )
    def test_round_trip(self, lengths, n_levels, horizon):
        ids = [tuple(f"{i}{k}" for k in range(n_levels - 1)) for i in range(len(lengths))]
        y = pd.DataFrame({"y": 1.0}, panel_index(lengths, ids, pd.RangeIndex(100)))
        y["y"] = np.arange(len(y), dtype=float)
        framed = sktime_to_panel(y)
        ahead = panel_to_sktime(np.ones((len(lengths), horizon)), framed, horizon)
        longer = sktime_to_panel(pd.concat([y, ahead]).sort_index())
        at = [longer.panel.ids.index(name) for name in framed.panel.ids]
        past = longer.panel.subset(at).drop_last(horizon)
        assert_array_equal(past.values, framed.panel.values)

    def test_equal_to_the_long_frame(self):
        df = pd.DataFrame({"unique_id": ["b", "b", "a"], "ds": [1, 3, 2], "y": [1.0, 2.0, 3.0]})
        one, two = long_to_panel(df), sktime_to_panel(df.set_index(["unique_id", "ds"]))
        assert_array_equal(one.panel.values, two.panel.values)
        assert one.panel.ids == two.panel.ids
        assert_frame_equal(
            panel_to_long(np.ones((2, 1)), one, 1), panel_to_long(np.ones((2, 1)), two, 1)
        )

    def test_ids_whose_parts_join_to_the_same_stay_apart(self):
        index = pd.MultiIndex.from_tuples([("a", "bc", 0), ("ab", "c", 0), (("a",), "bc", 0)])
        assert sktime_to_panel(pd.Series([1.0, 2.0, 3.0], index)).n_series == 3

    def test_hierarchical_ids_in_a_long_frame(self):
        index = pd.MultiIndex.from_tuples([("a", 1, 0), ("a", 2, 0)], names=["shop", None, None])
        out = panel_to_long(np.ones((2, 1)), sktime_to_panel(pd.Series([1.0, 2.0], index)), 1)
        assert out.columns.tolist() == ["shop", "unique_id_1", "ds", "y_hat"]

    def test_a_panel_as_a_series_stays_one(self):
        index = pd.MultiIndex.from_product([["a", "b"], range(3)], names=["id", "t"])
        y = pd.Series(np.arange(6.0), index, name="y")
        assert panel_to_sktime(np.ones((2, 1)), sktime_to_panel(y), 1).name == "y"

    def test_unused_levels_are_no_series(self):
        index = pd.MultiIndex.from_product([["a", "b", "c"], range(3)])
        y = pd.DataFrame({"y": np.arange(9.0)}, index).loc[["a", "c"]]
        assert sktime_to_panel(y).panel.ids == ("a", "c")


class TestRefused:
    def test_no_pandas_container(self):
        with pytest.raises(InputTypeError, match=r"an object of type numpy\.ndarray\. "):
            sktime_to_panel(np.ones(3))

    def test_nothing_in_it(self):
        with pytest.raises(InputError, match="y has no rows"):
            sktime_to_panel(pd.Series([], dtype=float))

    def test_several_columns(self):
        with pytest.raises(InputError, match=r"one column, the target; got 2: \['a', 'b'\]"):
            sktime_to_panel(pd.DataFrame({"a": [1.0], "b": [2.0]}))

    def test_a_multiindex_of_one_level(self):
        index = pd.MultiIndex.from_arrays([[1, 2]])
        with pytest.raises(InputTypeError, match="at least two levels"):
            sktime_to_panel(pd.Series([1.0, 2.0], index))

    def test_missing_ids(self):
        index = pd.MultiIndex.from_tuples([("a", 0), (np.nan, 0)], names=["id", "t"])
        with pytest.raises(InputError, match=r"missing in 'id': 1 found: row 1\."):
            sktime_to_panel(pd.Series([1.0, 2.0], index))

    def test_durations_as_time(self):
        with pytest.raises(InputTypeError, match="got dtype timedelta64"):
            sktime_to_panel(pd.Series([1.0, 2.0], pd.to_timedelta([1, 2], unit="h")))

    def test_infinite_values_of_a_hierarchical_panel(self):
        index = pd.MultiIndex.from_tuples([("a", 1, 0), ("a", 2, 0)])
        with pytest.raises(InputError, match=r"1 found: series \('a', 2\), step 0: inf"):
            sktime_to_panel(pd.Series([1.0, np.inf], index, name="y"))
