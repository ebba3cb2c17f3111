import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.frames import sktime_to_panel
from esrnn.frames.growth import grow, history

INDICES = {
    "range": pd.RangeIndex(5, 17),
    "every third": pd.Index(np.arange(2, 38, 3)),
    "period": pd.period_range("2020-11", periods=12, freq="M"),
    "month ends": pd.date_range("2020-01-31", periods=12, freq="ME"),
    "summer time": pd.date_range("2021-03-27", periods=12, freq="D", tz="Europe/Berlin"),
    "business days": pd.date_range("2021-01-01", periods=12, freq="B"),
}


@pytest.fixture(params=INDICES)
def y(request: pytest.FixtureRequest) -> pd.Series:
    index = INDICES[request.param].rename("when")
    return pd.Series(np.arange(1.0, 13.0), index, name="sales")


def _panel(y: pd.Series) -> pd.DataFrame:
    """Put b, with ten steps, before a, with seven."""
    return pd.concat({"b": y.iloc[:10], "a": y.iloc[:7] * 10}, names=["id"]).to_frame()


def test_history_gives_the_series_back(y: pd.Series) -> None:
    pd.testing.assert_frame_equal(history(sktime_to_panel(y)), y.to_frame(), check_freq=False)
    pd.testing.assert_frame_equal(history(sktime_to_panel(_panel(y))), _panel(y), check_freq=False)


def test_a_series_grows_in_pieces_as_at_once(y: pd.Series) -> None:
    framed = sktime_to_panel(y.iloc[:4])
    for k in (4, 5, 8):
        framed = grow(framed, y.iloc[k : {4: 5, 5: 8, 8: 12}[k]])
    whole = sktime_to_panel(y)
    assert framed.panel.values.tolist() == whole.panel.values.tolist()
    assert framed.times.last.equals(whole.times.last)
    assert framed.time_name == "when"
    assert framed.target_name == "sales"


def test_steps_between_are_missing(y: pd.Series) -> None:
    grown = grow(sktime_to_panel(y.iloc[:4]), y.iloc[6:8])
    np.testing.assert_array_equal(grown.panel.values, [1, 2, 3, 4, np.nan, np.nan, 7, 8])
    assert grown.n_gaps == 2


def test_series_keep_their_order_and_grow_apart(y: pd.Series) -> None:
    new = pd.concat({"a": y.iloc[7:9] * 10}, names=["id"]).to_frame()
    grown = grow(sktime_to_panel(_panel(y)), new)
    assert grown.panel.ids == ("b", "a")
    assert grown.panel.lengths.tolist() == [10, 9]
    assert grown.panel.series(1).tolist() == [10.0 * k for k in range(1, 10)]
    assert grown.times.last.tolist() == [y.index[9], y.index[8]]
    assert grown.id_names == ("id",)


def test_new_rows_end_the_series(y: pd.Series) -> None:
    new = pd.concat({"b": y.iloc[3:5] + 100}, names=["id"]).to_frame()
    grown = grow(sktime_to_panel(_panel(y)), new)
    assert grown.panel.series(0).tolist() == [1.0, 2.0, 3.0, 104.0, 105.0]
    assert grown.panel.lengths.tolist() == [5, 7]
    assert grown.times.last[0] == y.index[4]


def test_rows_up_to_the_start_are_left_out(y: pd.Series) -> None:
    grown = grow(sktime_to_panel(y.iloc[4:8]), y.iloc[:9] + 100)
    assert grown.panel.values.tolist() == [5.0, 106.0, 107.0, 108.0, 109.0]
    with pytest.raises(InputError, match=r"must not all lie before.*series 0"):
        grow(sktime_to_panel(y.iloc[4:8]), y.iloc[:3])


def test_missing_new_values_are_served(y: pd.Series) -> None:
    new = pd.concat({"b": y.iloc[10:11] * np.nan, "a": y.iloc[7:8]}, names=["id"]).to_frame()
    grown = grow(sktime_to_panel(_panel(y)), new)
    assert grown.panel.lengths.tolist() == [11, 8]
    assert np.isnan(grown.panel.series(0)[-1])


def test_one_row_needs_no_frequency_of_its_own() -> None:
    index = pd.date_range("2020-01-05", periods=3, freq="W-SUN")
    framed = sktime_to_panel(pd.Series([1.0, 2.0], index[:2]))
    assert grow(framed, pd.Series([3.0], index[2:].copy(deep=True))).panel.values.tolist() == [
        1,
        2,
        3,
    ]


def test_rows_of_another_phase_are_refused() -> None:
    framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0], [0, 5, 10]))
    with pytest.raises(InputError, match="off it are: 1 found: series 0, step 17"):
        grow(framed, pd.Series([4.0], [17]))


def test_hierarchies_grow() -> None:
    y = pd.Series(np.arange(3.0), pd.RangeIndex(3))
    parts = {("n", 1): y, ("s", 1): y + 5, ("n", 2): y + 9}
    framed = sktime_to_panel(pd.concat(parts).to_frame("y"))
    new = pd.concat({("n", 2): pd.Series([7.0], [3])}).to_frame("y")
    grown = grow(framed, new)
    assert grown.panel.ids == tuple(parts)
    assert grown.panel.lengths.tolist() == [3, 3, 4]
    with pytest.raises(InputError, match=r"others: 1 found: series \('s', 2\)"):
        grow(framed, new.rename(index={"n": "s"}))
