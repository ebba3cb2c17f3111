"""From columns of X to covariates: what columns become, and where their rows go."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.errors import InputError
from esrnn.frames import CovariateEncoder, FramedPanel, sktime_to_panel
from esrnn.panel import Covariates

DAYS = pd.date_range("2024-05-01", periods=12, freq="D")
# Of each series the steps of y; X covers more and fewer of them.
SPANS = {"a": (2, 8), "b": (0, 7), "c": (4, 6)}
PAST = np.concatenate([np.arange(12) < end for _, end in SPANS.values()])


def framed() -> FramedPanel:
    y = {name: pd.Series(np.arange(a + 1.0, b + 1.0), DAYS[a:b]) for name, (a, b) in SPANS.items()}
    return sktime_to_panel(pd.concat(y), freq="D")


def columns(**values: object) -> pd.DataFrame:
    """Return columns over all days of a, b and c; values are of 3 series or of 36 steps."""
    index = pd.MultiIndex.from_product([list(SPANS), DAYS])
    data = {}
    for name, given_values in values.items():
        column = pd.Series(given_values)
        data[name] = (column.repeat(12) if len(column) == 3 else column).to_numpy()
    return pd.DataFrame(data, index)


def single(n: int = 6, **values: object) -> tuple[FramedPanel, pd.DataFrame]:
    """Return a single series of some days, and columns that may go further."""
    n_rows = len(next(iter(values.values())))
    return sktime_to_panel(pd.Series(np.arange(1.0, n + 1.0), DAYS[:n])), pd.DataFrame(
        values, DAYS[:n_rows]
    )


def of_series(covariates: Covariates, i: int) -> np.ndarray:
    return covariates.future[covariates.indptr[i] : covariates.indptr[i + 1]]


def same(one: Covariates, two: Covariates) -> None:
    assert_array_equal(one.static, two.static)
    assert_array_equal(one.future, two.future)
    assert_array_equal(one.indptr, two.indptr)
    assert one.horizon == two.horizon


class TestWhatColumnsBecome:
    def test_facts_are_constant_within_every_series(self):
        X = columns(kind=["food", "toys", "food"], size=[1.0, 2.0, 6.0], day=np.arange(36.0))
        encoder = CovariateEncoder.fit(X, framed())
        assert encoder.static_names == ("kind=food", "kind=toys", "size")
        assert encoder.future_names == ("day",)
        static = encoder.encode(framed(), X, 2).static
        assert_array_equal(static[:, :2], [[1, 0], [0, 1], [1, 0]])
        assert_allclose(static[:, 2], (np.array([1, 2, 6]) - 3) / np.sqrt(14 / 3), rtol=1e-6)

    def test_other_series_have_no_say(self):
        X = columns(size=[1.0, 2.0, 6.0])
        other = pd.concat({"z": pd.DataFrame({"size": np.arange(12.0)}, DAYS)})
        both = CovariateEncoder.fit(pd.concat([X, other]), framed())
        assert both == CovariateEncoder.fit(X, framed())
        same(both.encode(framed(), pd.concat([other, X]), 3), both.encode(framed(), X, 3))

    def test_numbers_are_standardised_over_the_history(self):
        values = np.random.default_rng(0).normal(5.0, 3.0, 36)
        X = columns(price=values)
        known = CovariateEncoder.fit(X, framed()).encode(framed(), X, 3)
        expected = (values - values[PAST].mean()) / values[PAST].std()
        for i, (a, b) in enumerate(SPANS.values()):
            assert_allclose(of_series(known, i)[:, 0], expected[12 * i :][a : b + 3], rtol=1e-5)

    def test_columns_that_say_nothing_are_dropped_and_may_come_or_not(self):
        X = columns(one=[1.0, 1.0, 1.0], word=["x"] * 3, none=[np.nan] * 3, day=np.arange(36.0))
        encoder = CovariateEncoder.fit(X, framed())
        assert encoder.dropped == ("one", "word", "none")
        assert (encoder.static_names, encoder.future_names) == ((), ("day",))
        changed = X.assign(one=np.arange(36.0), word="y", none=3.0)
        same(encoder.encode(framed(), changed, 2), encoder.encode(framed(), X[["day"]], 2))

    def test_a_constant_column_of_a_single_series_says_nothing(self):
        y, X = single(size=[3.0] * 8, promo=[0, 1] * 4)
        encoder = CovariateEncoder.fit(X, y)
        assert (encoder.static_names, encoder.future_names) == ((), ("promo",))
        assert encoder.encode(y, X, 2).static.shape == (1, 0)

    @pytest.mark.parametrize(
        ("values", "names"),
        [
            ([0.5, 1.5] * 6, ["x"]),
            (pd.array([1, None] * 5 + [2, 3], dtype="Int64"), ["x"]),
            ([True, False] * 6, ["x"]),
            (pd.array([True, None, False] * 4, dtype="boolean"), ["x"]),
            (np.array([True, None, False] * 4, dtype=object), ["x"]),
            (np.array([1, None, 2.5] * 4, dtype=object), ["x"]),
            (np.array(["u", None] * 6, dtype=object), ["x=u"]),
            (pd.array(["u", "v"] * 6, dtype="string"), ["x=u", "x=v"]),
            (pd.Categorical(["u", "v"] * 6, ["w", "v", "u"]), ["x=u", "x=v"]),
            (pd.Categorical([3, 1] * 6), ["x=1", "x=3"]),
            (pd.Categorical([True, False] * 6), ["x=False", "x=True"]),
            (pd.cut(np.arange(12), [-1, 5, 11]), ["x=(-1, 5]", "x=(5, 11]"]),
        ],
    )
    def test_kinds_of_columns(self, values, names):
        y, X = single(10, x=values)
        encoder = CovariateEncoder.fit(X, y)
        assert list(encoder.future_names) == names
        known = encoder.encode(y, X, 2).future
        column = pd.Series(values)
        for k, name in enumerate(names):
            if name == "x":
                numbers = column.astype("object").map(lambda v: np.nan if v is None else v)
                numbers = pd.to_numeric(numbers.astype("Float64")).to_numpy(float, na_value=np.nan)
                past = numbers[:10]  # as many as y has
                past = past if np.nanstd(past) > 0.0 else numbers
                expected = (numbers - np.nanmean(past)) / np.nanstd(past)
                assert_allclose(known[:, 0], np.nan_to_num(expected), atol=1e-6)
            else:
                assert_array_equal(known[:, k], column.astype(str) == name.removeprefix("x="))

    def test_a_missing_number_is_the_mean_and_a_missing_category_is_unknown(self):
        X = columns(size=[1.0, np.nan, 5.0], kind=["food", None, "toys"])
        static = CovariateEncoder.fit(X, framed()).encode(framed(), X, 1).static
        assert_array_equal(static, [[-1, 1, 0], [0, 0, 0], [1, 0, 1]])

    def test_a_fact_may_be_missing_at_some_steps(self):
        size = np.repeat([1.0, 3.0, 5.0], 12)
        size[::3] = np.nan
        X = columns(size=size)
        encoder = CovariateEncoder.fit(X, framed())
        assert encoder.static_names == ("size",)
        static = encoder.encode(framed(), X, 1).static
        assert_allclose(static[:, 0], [-np.sqrt(1.5), 0.0, np.sqrt(1.5)], rtol=1e-6)

    def test_an_event_that_is_on_now_and_then_is_no_fact(self):
        event = np.array([None] * 36, dtype=object)
        event[[3, 20]] = "feast"
        encoder = CovariateEncoder.fit(columns(event=event), framed())
        assert encoder.future_names == ("event=feast",)

    def test_the_most_frequent_categories_are_kept(self):
        words = [f"w{k:02}" for k in range(60) for _ in range(k + 1)]
        y = sktime_to_panel(pd.Series(np.ones(len(words))))
        encoder = CovariateEncoder.fit(pd.DataFrame({"x": words}), y)
        assert encoder.future_names == tuple(f"x=w{k:02}" for k in range(10, 60))

    def test_names_of_single_series_are_no_categories(self):
        index = pd.MultiIndex.from_product([range(60), range(3)])
        y = sktime_to_panel(pd.Series(np.ones(180), index))
        X = pd.DataFrame({"name": [f"shop {i}" for i in range(60) for _ in range(3)]}, index)
        assert CovariateEncoder.fit(X, y).dropped == ("name",)

    def test_very_skewed_numbers_are_taken_in_logarithms(self):
        values = np.exp(np.random.default_rng(0).normal(3.0, 2.5, 36))
        X = columns(price=values)
        encoder = CovariateEncoder.fit(X, framed())
        logs = np.log(values)
        expected = (logs - logs[PAST].mean()) / logs[PAST].std()
        known = encoder.encode(framed(), X, 3)
        assert_allclose(of_series(known, 1)[:, 0], expected[12:22], rtol=1e-4)
        lowest = encoder.encode(framed(), X * 0.0 - 1.0, 3).future  # as the smallest one seen
        assert_allclose(lowest, expected[PAST].min(), rtol=1e-4)

    def test_skewed_numbers_with_zeros(self):
        budget = np.zeros(36)
        budget[[0, 13, 14, 15, 30]] = [10.0, 20.0, 30.0, 1000.0, 30.0]
        X = columns(budget=budget)
        known = CovariateEncoder.fit(X, framed()).encode(framed(), X, 3)
        logs = np.log(budget + 25.0)  # the median of the positive ones
        expected = (logs - logs[PAST].mean()) / logs[PAST].std()
        assert_allclose(of_series(known, 1)[:, 0], expected[12:22], rtol=1e-5)

    def test_numbers_of_another_world_are_bounded(self):
        X = columns(price=np.arange(36.0))
        encoder = CovariateEncoder.fit(X, framed())
        huge = np.tile([1e300, -1e300], 18)
        known = encoder.encode(framed(), columns(price=huge), 3).future
        assert set(known.ravel().tolist()) == {20.0, -20.0}

    def test_huge_numbers_can_be_learnt(self):
        X = columns(price=np.arange(36.0) * 1e300)
        known = CovariateEncoder.fit(X, framed()).encode(framed(), X, 3).future
        assert np.abs(known).max() < 2.0


class TestWhereRowsGo:
    def test_steps_without_a_row_are_missing(self):
        X = columns(day=np.arange(36.0) + 1.0).iloc[[14, 30, 31]]
        encoder = CovariateEncoder.fit(X, framed())
        known = encoder.encode(framed(), X, 2)
        expected = np.zeros(17)  # 8 steps of a, 9 of b of which one is there, 4 of c: one is
        mean, std = np.mean([15, 31, 32]), np.std([15, 31, 32])
        expected[8 + 2] = (15 - mean) / std
        rest = np.zeros(4)
        rest[[2, 3]] = (np.array([31, 32]) - mean) / std
        assert_allclose(known.future[:, 0], np.concatenate([expected, rest]), atol=1e-6)

    def test_a_series_without_a_row_is_unknown(self):
        X = columns(kind=["food", "toys", "food"], day=np.arange(36.0))
        encoder = CovariateEncoder.fit(X, framed())
        without = encoder.encode(framed(), X.drop("b"), 2)
        assert_array_equal(without.static, [[1, 0], [0, 0], [1, 0]])
        assert (of_series(without, 1) == 0.0).all()

    def test_unseen_series_and_categories(self):
        X = columns(kind=["food", "toys", "food"])
        encoder = CovariateEncoder.fit(X, framed())
        months = pd.period_range("2024-01", periods=3, freq="M")
        index = pd.MultiIndex.from_product([["new", "newer"], months])
        y = sktime_to_panel(pd.Series(np.ones(6), index))
        kinds = pd.DataFrame({"kind": ["books"] * 3 + ["toys"] * 3}, index)
        assert_array_equal(encoder.encode(y, kinds, 2).static, [[0, 0], [0, 1]])

    def test_a_fact_is_read_at_the_end_of_the_series(self):
        X = columns(size=[1.0, 3.0, 5.0])
        encoder = CovariateEncoder.fit(X, framed())
        later = columns(size=[1.0, 3.0, 5.0])
        later.loc[("a", DAYS[5]) :, "size"] = later.loc[("a", DAYS[5]) :, "size"] + 2.0
        later.loc[("c", DAYS[6]) :, "size"] = 99.0
        with pytest.warns(UserWarning, match=r"'size'.*now it changes.*'a', step 2024-05-01"):
            static = encoder.encode(framed(), later, 2).static[:, 0]
        unit = np.sqrt(8 / 3)
        assert_allclose(static, [(3.0 - 3.0) / unit, (5.0 - 3.0) / unit, (7.0 - 3.0) / unit])

    def test_a_fact_that_only_the_future_tells(self):
        X = columns(size=[1.0, 3.0, 5.0])
        encoder = CovariateEncoder.fit(X, framed())
        future = X.groupby(level=0).tail(3).copy()
        same(encoder.encode(framed(), future, 2), encoder.encode(framed(), X, 2))
        future.iloc[[2, 5]] = 9.0  # the last rows of a and b; the first ones count
        with pytest.warns(UserWarning, match="now it changes: 2 found"):
            later = encoder.encode(framed(), future, 2)
        same(later, encoder.encode(framed(), X, 2))

    @given(st.randoms(use_true_random=False))
    def test_the_order_of_rows_and_columns_does_not_matter(self, random):
        rng = np.random.default_rng(0)
        X = columns(
            price=rng.normal(size=36), kind=["food", None, "toys"], size=[4.0, 2.0, 2.0],
            event=rng.choice(["x", "y", "z"], 36), promo=rng.random(36) < 0.5,
        )  # fmt: skip
        rows, names = list(range(36)), list(X.columns)
        random.shuffle(rows)
        random.shuffle(names)
        encoder, shuffled = CovariateEncoder.fit(X, framed()), X.iloc[rows]
        again = CovariateEncoder.fit(shuffled, framed())
        assert again.static_names == encoder.static_names
        assert again.future_names == encoder.future_names
        one, two = encoder.encode(framed(), X, 3), encoder.encode(framed(), shuffled[names], 3)
        same(one, two)
        three = again.encode(framed(), X, 3)
        assert_allclose(three.future, one.future, atol=1e-6)
        assert_allclose(three.static, one.static, atol=1e-6)

    @given(
        st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12),
        st.integers(1, 11),
        st.integers(0, 4),
    )
    @example([0.0, 0.0, 0.0625, 1.0], 3, 1)
    def test_numbers_can_be_read_back(self, numbers, n, horizon):
        y, X = single(n, x=numbers)
        encoder = CovariateEncoder.fit(X, y)
        known = encoder.encode(y, X, horizon).future
        assert known.shape == (n + horizon, len(encoder.future))
        if encoder.future:  # not all the same
            (column,) = encoder.future
            back = known[:, 0].astype(float) * column.unit + column.mean
            bounds = column.mean + np.array([-20.0, 20.0]) * column.unit  # further ones are clipped
            if column.log_shift is not None:
                back = np.exp(back) - column.log_shift
                with np.errstate(over="ignore"):
                    bounds = np.exp(bounds) - column.log_shift
            expected = np.full(n + horizon, np.nan)
            expected[: len(numbers)] = np.clip(numbers[: n + horizon], *bounds)
            given_steps = ~np.isnan(expected)
            size = np.abs(numbers).max()
            assert_allclose(back[given_steps] / size, expected[given_steps] / size, atol=1e-4)
            assert (known[~given_steps] == 0.0).all()

    @given(st.lists(st.sampled_from(["u", "v", "w", None]), min_size=6, max_size=10))
    def test_categories_can_be_read_back(self, words):
        y, X = single(6, x=np.array(words, dtype=object))
        encoder = CovariateEncoder.fit(X, y)
        known, names = encoder.encode(y, X, 4).future, encoder.future_names
        if names:
            for t, word in enumerate(words):
                assert [n for n, one in zip(names, known[t], strict=True) if one] == (
                    [] if word is None else [f"x={word}"]
                )


INDICES = {
    "range": pd.RangeIndex(3, 15),
    "every tenth": pd.Index(range(0, 120, 10)),
    "months": pd.period_range("2024-01", periods=12, freq="M"),
    "month ends": pd.date_range("2024-01-31", periods=12, freq="ME"),
    "weeks": pd.date_range("2024-01-03", periods=12, freq="W-WED"),
    "business days": pd.date_range("2024-01-03", periods=12, freq="B"),
    "hours with a zone": pd.date_range("2024-10-26 20:00", periods=12, freq="h", tz="Asia/Tokyo"),
    "days with a zone": pd.date_range("2024-10-25", periods=12, freq="D", tz="Europe/Berlin"),
}


class TestIndices:
    @pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
    @pytest.mark.parametrize("levels", [1, 2, 3])
    def test_all_kinds_of_time_and_any_number_of_levels(self, index, levels):
        values = {("r", "a"): np.arange(12.0), ("r", "b"): -np.arange(12.0)}
        parts = {}
        for (region, name), x in values.items():
            part = pd.DataFrame({"x": x, "y": 1.0}, index)
            if levels == 2:
                part = pd.concat({name: part})
            elif levels == 3:
                part = pd.concat({region: pd.concat({name: part})})
            parts[region, name] = part
        chosen = list(parts.values())[: 1 if levels == 1 else 2]
        both = pd.concat(chosen)
        y = sktime_to_panel(pd.concat([part["y"].iloc[2:9] for part in chosen]))
        encoder = CovariateEncoder.fit(both[["x"]], y)
        known = encoder.encode(y, both[["x"]], 3)
        (column,) = encoder.future
        for i, x in enumerate(list(values.values())[: len(chosen)]):
            assert_allclose(of_series(known, i)[:, 0] * column.unit + column.mean, x[2:12])

    def test_another_time_zone_is_another_name_of_the_same_time(self):
        hours = INDICES["hours with a zone"]
        y = sktime_to_panel(pd.Series(np.ones(9), hours[:9]))
        X = pd.DataFrame({"x": np.arange(12.0)}, hours)
        encoder = CovariateEncoder.fit(X, y)
        same(encoder.encode(y, X.tz_convert("UTC"), 3), encoder.encode(y, X, 3))

    def test_another_resolution_is_the_same_time(self):
        y, X = single(x=np.arange(10.0))
        fine = X.set_axis(pd.DatetimeIndex(X.index).as_unit("ns"))
        coarse = X.set_axis(pd.DatetimeIndex(X.index).as_unit("s"))
        encoder = CovariateEncoder.fit(X, y)
        same(encoder.encode(y, fine, 3), encoder.encode(y, coarse, 3))


class TestCalendar:
    def test_features_stand_behind_those_of_x(self):
        X = columns(day=np.arange(36.0))
        encoder = CovariateEncoder.fit(X, framed(), ("day_of_week", "weekend"))
        assert encoder.future_names == ("day", "day_of_week_sin", "day_of_week_cos", "weekend")
        known = encoder.encode(framed(), X, 2)
        weekend = (DAYS.day_of_week >= 5).astype(float)
        for i, (a, b) in enumerate(SPANS.values()):
            assert_array_equal(of_series(known, i)[:, 3], weekend[a : b + 2])

    def test_they_need_no_x(self):
        encoder = CovariateEncoder.fit(None, framed(), ("month",))
        assert encoder.encode(framed(), None, 2).n_future == 2
        encoder.encode(framed(), None, 2, required=2)

    def test_nothing_at_all(self):
        encoder = CovariateEncoder.fit(None, framed())
        covariates = encoder.encode(framed(), None, 2)
        assert (covariates.n_static, covariates.n_future) == (0, 0)
        assert_array_equal(covariates.lengths, framed().panel.lengths)

    def test_names_are_checked(self):
        with pytest.raises(InputError, match="different names"):
            CovariateEncoder.fit(None, framed(), ("moon",))


def test_an_encoder_can_be_pickled_and_compared():
    X = columns(kind=["food", "toys", "food"], day=np.arange(36.0))
    encoder = CovariateEncoder.fit(X, framed(), ("month",))
    assert pickle.loads(pickle.dumps(encoder)) == encoder
    assert hash(pickle.loads(pickle.dumps(encoder))) == hash(encoder)
