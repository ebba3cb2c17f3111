"""Columns and rows of X that can't be served, and futures that are not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, InputTypeError
from esrnn.frames import CovariateEncoder, sktime_to_panel
from tests.frames.test_covariates import DAYS, columns, framed, single


def learnt(**values: object) -> tuple[CovariateEncoder, pd.DataFrame]:
    X = columns(**(values or {"day": np.arange(36.0), "kind": ["food", "toys", "food"]}))
    return CovariateEncoder.fit(X, framed()), X


def changed(X: pd.DataFrame, at: int, value: object) -> pd.DataFrame:
    other = X.copy()
    other.iloc[at, 0] = value
    return other


class TestColumns:
    @pytest.mark.parametrize(
        ("values", "got"),
        [
            (pd.date_range("2024-01-01", periods=36), "datetime64"),
            (pd.period_range("2024-01", periods=36, freq="M"), r"period\[M\]"),
            (pd.to_timedelta(np.arange(36), unit="h"), "timedelta64"),
            (np.arange(36) * 1j, "complex128"),
            (np.array([1, "one"] * 18, dtype=object), "mixed-integer"),
            (np.array([[1], [2, 3]] * 18, dtype=object), "mixed"),
        ],
    )
    def test_neither_numbers_nor_categories(self, values, got):
        X = columns(day=np.arange(36.0)).assign(x=pd.Series(values).to_numpy())
        if isinstance(values, pd.PeriodIndex):
            X["x"] = values
        with pytest.raises(InputTypeError, match=rf"column 'x' of X must hold.*got {got}"):
            CovariateEncoder.fit(X, framed())

    def test_text_where_numbers_were_learnt(self):
        encoder, X = learnt(day=np.arange(36.0))
        with pytest.raises(InputTypeError, match=r"must be real numbers.*'day'"):
            encoder.encode(framed(), X.astype(str), 2)

    def test_infinite_numbers_are_named(self):
        encoder, X = learnt(day=np.arange(36.0))
        bad = changed(X, 14, np.inf)
        for call in (
            lambda: CovariateEncoder.fit(bad, framed()),
            lambda: encoder.encode(framed(), bad, 2),
        ):
            with pytest.raises(InputError) as caught:
                call()
            message = str(caught.value)
            assert "infinite in 'day': 1 found: series 'b', step 2024-05-03: inf" in message

    def test_a_column_that_is_missing_and_one_that_is_new(self):
        encoder, X = learnt()
        with pytest.raises(InputError) as caught:
            encoder.encode(framed(), X.rename(columns={"day": "tag"}), 2)
        assert str(caught.value) == (
            "X must have the columns that it had in training, ['kind', 'day']; got ['tag', 'kind'];"
            " missing: 'day'; not in training: 'tag'. Pass X with these columns and no"
            " others."
        )

    def test_no_x_where_columns_were_learnt(self):
        encoder, _ = learnt()
        with pytest.raises(InputError, match=r"got no X; missing: 'kind', 'day'"):
            encoder.encode(framed(), None, 2)

    def test_columns_where_none_were_learnt(self):
        encoder = CovariateEncoder.fit(None, framed(), ("month",))
        with pytest.raises(InputError, match=r"not in training: 'day'"):
            encoder.encode(framed(), columns(day=np.arange(36.0)), 2)
        assert encoder.encode(framed(), columns(), 2).n_future == 2  # a frame of no columns is none

    def test_two_of_one_name(self):
        encoder, X = learnt(day=np.arange(36.0))
        twice = pd.concat([X, X], axis=1)
        for call in (
            lambda: CovariateEncoder.fit(twice, framed()),
            lambda: encoder.encode(framed(), twice, 2),
        ):
            with pytest.raises(
                InputError, match=r"different names; more than once there are \['day'\]"
            ):
                call()


class TestRows:
    def test_no_data_frame(self):
        with pytest.raises(InputTypeError, match="X must be a pandas DataFrame; got list"):
            CovariateEncoder.fit([1.0, 2.0], framed())

    def test_a_row_that_is_there_twice(self):
        encoder, X = learnt(day=np.arange(36.0))
        with pytest.raises(InputError) as caught:
            encoder.encode(framed(), pd.concat([X, X.iloc[[14, 3]]]), 2)
        assert "2 found: series 'b', step 2024-05-03; series 'a', step 2024-05-04" in str(
            caught.value
        )

    def test_a_row_of_another_series_may_be_there_twice(self):
        encoder, X = learnt(day=np.arange(36.0))
        other = pd.concat({"z": pd.DataFrame({"day": [1.0, 2.0]}, DAYS[[0, 0]])})
        assert encoder.encode(framed(), pd.concat([X, other]), 2).n_future == 1

    def test_rows_off_the_steps_of_y(self):
        encoder, X = learnt(day=np.arange(36.0))
        late = X.index[7][1] + pd.Timedelta("6h")
        index = pd.MultiIndex.from_tuples([*X.index[:7], ("a", late), *X.index[8:]])
        with pytest.raises(
            InputError, match=r"step is 'D'.*1 found: series 'a', step 2024-05-08 06"
        ):
            encoder.encode(framed(), X.set_axis(index), 2)

    @pytest.mark.parametrize(
        ("y_index", "x_index"),
        [
            (pd.date_range("2024-01-31", periods=9, freq="ME"),
             pd.date_range("2024-01-01", periods=9, freq="MS")),
            (pd.date_range("2024-01-03", periods=9, freq="W-WED"),
             pd.date_range("2024-01-04", periods=9, freq="W-THU")),
            (pd.Index(range(0, 90, 10)), pd.Index(range(5, 95, 10))),
        ],
    )  # fmt: skip
    def test_another_phase(self, y_index, x_index):
        y = sktime_to_panel(pd.Series(np.ones(9), y_index))
        with pytest.raises(InputError, match="must lie on the steps of y"):
            CovariateEncoder.fit(pd.DataFrame({"x": np.arange(9.0)}, x_index), y)

    @pytest.mark.parametrize(
        ("y_index", "x_index"),
        [
            (DAYS, DAYS.to_period()),
            (DAYS, pd.RangeIndex(12)),
            (pd.RangeIndex(12), DAYS),
            (DAYS.to_period(), DAYS),
            (DAYS.to_period("D"), DAYS.to_period("W")),
            (DAYS, DAYS.tz_localize("UTC")),
            (DAYS.tz_localize("UTC"), DAYS),
        ],
    )
    def test_another_kind_of_time(self, y_index, x_index):
        y = sktime_to_panel(pd.Series(np.ones(12), y_index))
        with pytest.raises(InputTypeError, match="of the kind that y has"):
            CovariateEncoder.fit(pd.DataFrame({"x": np.arange(12.0)}, x_index), y)

    def test_an_early_row_off_the_calendar(self):
        """The calendar is counted from y, also where the first row of all is one of X."""
        days = pd.date_range("2024-05-01", periods=6, freq="B")
        y = sktime_to_panel(pd.Series(np.arange(6.0), days))
        x_index = days[:-1].append(pd.DatetimeIndex(["2024-04-30 01:00"]))
        with pytest.raises(InputError, match=r"off it: 1 found: series 0, step 2024-04-30 01:00"):
            CovariateEncoder.fit(pd.DataFrame({"x": np.arange(6.0)}, x_index), y)

    def test_another_number_of_levels(self):
        encoder, X = learnt(day=np.arange(36.0))
        with pytest.raises(InputError, match="an index of 2 levels, as y has in training; got 1"):
            encoder.encode(framed(), X.loc["a"], 2)
        with pytest.raises(InputError, match="an index of 2 levels, as y has in training; got 3"):
            encoder.encode(framed(), pd.concat({"r": X}), 2)
        y, _ = single(x=[1.0, 2.0])
        with pytest.raises(InputError, match="an index of 1 level, as y has in training; got 2"):
            encoder.encode(y, X, 2)

    def test_other_series_only(self):
        encoder, X = learnt(day=np.arange(36.0))
        other = X.rename({"a": 1, "b": 2, "c": 3})
        with pytest.raises(InputError, match="y has 'a', 'b', 'c', X has 1, 2, 3"):
            encoder.encode(framed(), other, 2)

    def test_a_row_without_a_time(self):
        encoder, X = learnt(day=np.arange(36.0))
        index = pd.MultiIndex.from_tuples([("a", pd.NaT), *X.index[1:]])
        with pytest.raises(InputError, match=r"needs a time stamp.*1 found: series 'a'"):
            encoder.encode(framed(), X.set_axis(index), 2)


class TestFuture:
    """The series end at days 8, 7 and 6; X reaches day 12."""

    def test_rows_for_all_steps(self):
        encoder, X = learnt()
        encoder.encode(framed(), X, 4, required=4)

    def test_steps_without_a_row_are_named(self):
        encoder, X = learnt()
        with pytest.raises(InputError) as caught:
            encoder.encode(framed(), X, 6, required=6)
        assert str(caught.value) == (
            "X is missing values for the forecast steps: column 'day'; 3 found: series 'a', step"
            " 2024-05-13; series 'a', step 2024-05-14; series 'b', step 2024-05-13. Pass X with"
            " rows for these steps to predict."
        )

    def test_gaps_have_a_remedy_of_their_own(self):
        encoder, X = learnt(day=np.arange(36.0))
        for gap in (X.drop([("a", DAYS[9])]), changed(X, 9, np.nan)):
            with pytest.raises(InputError) as caught:
                encoder.encode(framed(), gap, 4, required=4)
            assert caught.value.remedy.endswith(
                "missing or empty: esrnn.regularise(y, X, fill={'day': 'ffill'}) carries the values"
                " before forward."
            )

    def test_series_under_another_id_are_told(self):
        encoder, X = learnt()
        other = X.rename({"b": "B"}, level=0)
        with pytest.raises(InputError) as caught:
            encoder.require(framed(), other, 4)
        assert set(caught.value.series) == {"b"}
        assert "no such rows of 1 series, but rows of series that y does not have: 'B'." in str(
            caught.value
        )

    def test_only_the_required_steps_count(self):
        encoder, X = learnt()
        gap = X.drop([("a", DAYS[9]), ("b", DAYS[6])])
        encoder.encode(framed(), gap, 4)
        encoder.encode(framed(), gap, 4, required=np.array([1, 3, -2, 0]))
        encoder.encode(framed(), gap, 4, required=np.array([[1, 3], [2, 2], [2, 2]]))
        with pytest.raises(InputError, match="1 found: series 'a', step 2024-05-10"):
            encoder.encode(framed(), gap, 4, required=np.array([2]))

    def test_the_past_may_be_missing(self):
        encoder, X = learnt()
        encoder.encode(framed(), X.groupby(level=0).tail(6), 4, required=4)

    def test_static_covariates_are_not_required(self):
        encoder, X = learnt(kind=["food", "toys", "food"])
        encoder.encode(framed(), X, 40, required=40)

    def test_a_missing_number_is_missing_and_a_missing_category_is_not(self):
        event = np.array(["x", None] * 18, dtype=object)
        encoder, X = learnt(day=np.arange(36.0), event=event)
        encoder.encode(framed(), X, 4, required=4)
        with pytest.raises(InputError, match="column 'day'; 1 found: series 'a', step 2024-05-10"):
            encoder.encode(framed(), changed(X, 9, np.nan), 4, required=4)

    def test_several_columns(self):
        encoder, X = learnt(day=np.arange(36.0), price=np.arange(36.0) ** 2)
        with pytest.raises(InputError, match="columns 'day', 'price'; 1 found: series 'a'"):
            encoder.encode(framed(), X, 5, required=5)
