"""What was learnt and what history was is the forecaster's own, whatever happens to the inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.forecaster import fit_panel
from esrnn.frames import sktime_to_panel
from tests.estimator.shared import PANEL, SERIES, since, until

SMALL = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
OLD, NEW = until(PANEL, 36), since(PANEL, 36)


def columns(index):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "promo": rng.integers(0, 2, len(index)).astype(float),
            "price": rng.uniform(1.0, 2.0, len(index)),
            "kind": pd.Categorical(rng.choice(["plain", "sale"], len(index))),
            "open": rng.random(len(index)) < 0.9,
        },
        index,
    )


def assign_values(frame):
    frame["promo"] = 1.0 - frame["promo"]
    frame.loc[:, "price"] = 9.0


def write_into_values(frame):
    for name in ("promo", "price"):
        values = frame[name].to_numpy()
        if values.flags.writeable:  # pandas 3 hands out arrays that can't be written to
            values *= 3.0


def rename_columns(frame):
    frame.rename(columns={"promo": "campaign"}, inplace=True)


def replace_column_names(frame):
    frame.columns = ["a", "b", "c", "d"]


def change_categories(frame):
    frame["kind"] = frame["kind"].cat.rename_categories({"plain": "sale", "sale": "plain"})


def change_types(frame):
    frame["price"] = frame["price"].astype(str)
    frame["open"] = frame["open"].astype(int)


def replace_index(frame):
    frame.index = pd.RangeIndex(len(frame))


def rename_levels(frame):
    frame.index.names = ["x", "y"]


def drop_rows(frame):
    frame.drop(frame.index[:40], inplace=True)


def drop_columns(frame):
    del frame["promo"]


CHANGES = [
    assign_values, write_into_values, rename_columns, replace_column_names, change_categories,
    change_types, replace_index, rename_levels, drop_rows, drop_columns,
]  # fmt: skip


@pytest.fixture(scope="module")
def pretrained():
    """Networks whose effects of the covariates are not 0, so that a change of X would show."""
    X = columns(PANEL.index)
    return ESRNN(**{**SMALL, "n_epochs": 5}, learning_rate=0.05, random_state=1).pretrain(OLD, X)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("through", ["fit", "update"])
def test_columns_are_changed_afterwards(pretrained, change, through):
    X = columns(PANEL.index)
    if through == "fit":
        pretrained.fit(OLD, X)
    else:
        pretrained.fit(OLD, until(X, 36)).update(since(until(PANEL, 38), 36), since(X, 36), False)
    expected = pretrained.predict(fh=[1, 2])
    change(X)
    pd.testing.assert_frame_equal(pretrained.predict(fh=[1, 2]), expected)
    pretrained.continue_training(1)


@pytest.mark.parametrize("y", [OLD, SERIES, SERIES.astype(int)], ids=["panel", "series", "whole"])
def test_history_is_changed_afterwards(y):
    own = y.copy()
    forecaster = ESRNN(**SMALL, random_state=1).fit(own)
    expected = [forecaster.predict(fh) for fh in ([1, 2], [-3, 0])]
    own.iloc[-6:] = 7
    own.index.names = [f"level {k}" for k in range(own.index.nlevels)]
    for fh, one in zip(([1, 2], [-3, 0]), expected, strict=True):
        found = forecaster.predict(fh)
        assert found.equals(one)
        assert found.index.equals(one.index)
        assert found.index.names == one.index.names


def test_arrays_behind_a_frame_are_changed_afterwards():
    values = np.array(OLD["sales"])
    numbers = np.array(columns(OLD.index)[["promo", "price"]])
    y = pd.DataFrame(values, OLD.index, ["sales"], copy=False)
    X = pd.DataFrame(numbers, OLD.index, ["promo", "price"], copy=False)
    future = since(columns(PANEL.index), 36)[["promo", "price"]]
    forecaster = ESRNN(**{**SMALL, "n_epochs": 5}, learning_rate=0.05, random_state=1).fit(y, X)
    expected = forecaster.predict(X=future)
    values[:], numbers[:] = 1.0, 5.0
    pd.testing.assert_frame_equal(forecaster.predict(X=future), expected)


def test_settings_are_changed_afterwards():
    periods, dilations, levels = [12], [[1, 2], [4]], np.array([0.1, 0.5, 0.9])
    forecaster = ESRNN(
        **SMALL, seasonal_periods=periods, dilations=dilations, quantile_levels=levels,
        random_state=1,
    ).fit(OLD)  # fmt: skip
    expected, config = forecaster.predict_quantiles(alpha=[0.1, 0.9]), forecaster.config_.to_dict()
    periods[0], dilations[0][1], levels[0] = 7, 9, 0.3
    pd.testing.assert_frame_equal(forecaster.predict_quantiles(alpha=[0.1, 0.9]), expected)
    assert forecaster.config_.to_dict() == config


@pytest.mark.parametrize("change", [assign_values, rename_columns, drop_rows])
def test_a_fitted_panel_has_columns_of_its_own(change):
    X = columns(PANEL.index)
    fitted = fit_panel(sktime_to_panel(OLD), X, {**SMALL, "random_state": 1})
    expected = fitted.forecast_frame()
    change(X)
    pd.testing.assert_frame_equal(fitted.forecast_frame(), expected)


def test_what_is_told_can_be_changed_without_harm():
    forecaster = ESRNN(**SMALL, random_state=1).fit(OLD)
    expected = forecaster.predict()
    told = forecaster.predict()
    told.iloc[:] = 0.0
    told.index.names = ["a", "b"]
    history = forecaster.training_history()
    history["loss"] = 0.0
    pd.testing.assert_frame_equal(forecaster.predict(fh=[1, 2]), expected)
