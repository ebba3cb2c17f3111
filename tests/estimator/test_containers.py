"""Frames as people have them go through `ESRNN`: fit, update, predict with X, and errors."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from esrnn.errors import EsrnnWarning, InputError, InputTypeError
from tests.estimator.frames import small

DAYS = pd.date_range("2024-01-01", periods=30)
VALUES = 10.0 + np.arange(30) % 7


def frames(index: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a panel and a column of X with these time stamps."""
    index = pd.MultiIndex.from_product([["a", "b"], index])
    y = pd.DataFrame({"y": np.tile(VALUES, 2)}, index)
    return y, pd.DataFrame({"promo": np.arange(60) % 3 == 0}, index)


def forecasts(index: pd.Index, order: int | None = None) -> list[float]:
    """Return forecasts of all methods that take frames."""
    y, X = frames(index)
    parts = [frame.groupby(level=0).head(24) for frame in (y, X)]
    more = y.groupby(level=0).tail(6).groupby(level=0).head(3)
    if order is not None:
        parts = [part.sample(frac=1.0, random_state=order) for part in parts]
        X = X.sample(frac=1.0, random_state=order)
    forecaster = small(horizon=3).fit(parts[0], X=parts[1])
    found = [forecaster.predict(X=X), forecaster.predict_interval(X=X, coverage=0.8)]
    forecaster.update(more, X=X, update_params=False)
    found.append(forecaster.predict(X=X))
    assert isinstance(found[0].index.levels[-1], pd.DatetimeIndex)
    return [float(value) for frame in found for value in frame.to_numpy().ravel()]


@pytest.mark.parametrize("kind", ["dates", "text", "arrow", "unsorted"])
def test_all_methods_take_them(kind):
    expected = forecasts(DAYS)
    if kind == "unsorted":
        assert forecasts(DAYS, order=0) == expected
        return
    if kind == "arrow":
        pytest.importorskip("pyarrow")
        index = pd.Index(pd.array(DAYS, dtype="timestamp[ns][pyarrow]"))
    else:
        index = pd.Index(DAYS.date if kind == "dates" else DAYS.strftime("%Y-%m-%d"), dtype=object)
    assert forecasts(index) == expected


def test_columns_taken_out_of_frames():
    y, X = frames(DAYS)
    expected = small(horizon=2).fit(y.groupby(level=0).head(24), X=X)
    forecaster = small(horizon=2).fit(y["y"].groupby(level=0).head(24), X=X["promo"])
    y_hat = forecaster.predict(X=X["promo"])
    assert y_hat.columns.tolist() == ["y"]
    assert y_hat.equals(expected.predict(X=X))
    forecaster.update(y["y"], X=X["promo"], update_params=False)
    assert forecaster.cutoff[0] == DAYS[-1]


def test_x_must_have_the_levels_of_y():
    y, X = frames(DAYS)
    with pytest.raises(InputError, match="X must have an index of 2 levels, as y has; got 1"):
        small(horizon=2).fit(y, X=X.loc["a"])


def test_years_as_floats():
    years = pd.Index(np.arange(1990.0, 2020.0))
    y_hat = small(horizon=2).fit(pd.Series(VALUES, years)).predict()
    assert y_hat.index.tolist() == [2020, 2021]


def test_a_long_table_is_no_set_of_series():
    table = pd.DataFrame({"id": [1] * 8 + [2] * 8, "step": [*range(8)] * 2, "sold": VALUES[:16]})
    with pytest.raises(
        InputError, match=r"Use esrnn\.from_long\(y, id='id', time='step', target='sold'\)\.y"
    ):
        small(horizon=2).fit(table)
    y_hat = small(horizon=2).fit(table.set_index(["id", "step"]).sort_index()[["sold"]]).predict()
    assert len(y_hat) == 4


def test_the_target_of_a_long_table_is_not_guessed_at_random():
    rows = {"date": DAYS[:4], "series": "a", "sales": 1.0, "price": 2.0, "promo": 0}
    with pytest.raises(InputError, match="time='date', target='sales'"):
        small(horizon=2).fit(pd.DataFrame(rows))
    other = pd.DataFrame(rows).rename(columns={"sales": "visits"})
    with pytest.raises(InputError, match=r"target=\.\.\..*one of 'visits', 'price', 'promo'\."):
        small(horizon=2).fit(other)


def test_several_columns_are_forecast_with_a_warning():
    y, _ = frames(DAYS)
    several = y.assign(price=2.0)
    with pytest.warns(EsrnnWarning, match=r"y has 2 columns, .*call fit\(y\[\[") as caught:
        small(horizon=2).fit(several)
    assert caught[0].filename == __file__
    wide = y.iloc[:, 0].unstack(level=0)
    with pytest.warns(EsrnnWarning, match=r"make them series of one column: y\.unstack\(\)"):
        small(horizon=2).fit(wide)
    with warnings.catch_warnings():
        warnings.simplefilter("error", EsrnnWarning)
        small(horizon=2).fit(wide.unstack().to_frame("value"))


@pytest.mark.parametrize(
    ("y", "match"),
    [
        ([1.0, 2.0, 3.0], "must be a pandas Series or DataFrame"),
        (pd.DataFrame({"y": VALUES, "shop": "a"}, DAYS), r"others: \['shop'\]"),
        (
            pd.DataFrame({"y": VALUES, "shop": "a", "day": DAYS}),
            r"id='shop', time='day', target='y'",
        ),
        (pd.Series(VALUES, DAYS.append(DAYS[:1])[1:][::-1]).repeat(2), "there again: 30 found"),
        (frames(DAYS)[0].swaplevel().sort_index(), r"y\.swaplevel\(0, -1\)"),
        (pd.Series(VALUES, 1990.0 + np.arange(30) / 4.0), "must be whole numbers"),
        (pd.Series(VALUES, [f"w{k}" for k in range(30)]), "ISO 8601 text"),
        (pd.DataFrame({"y": VALUES}).T.set_axis(DAYS, axis=1), "its 30 columns time stamps"),
        (pa.table({"id": ["a"] * 30, "y": VALUES}), r"a pyarrow Table.*esrnn\.from_long"),
        ("sales.csv", r"got an object of type str. Read a file with pd\.read_csv"),
    ],
)
def test_errors_are_short_and_the_package_s_own(y, match):
    with pytest.raises((InputError, InputTypeError), match=match) as caught:
        small(horizon=2).fit(y)
    assert len(str(caught.value)) < 600
