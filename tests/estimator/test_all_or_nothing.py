"""A call that fails or is interrupted leaves the forecaster as it was before."""

from __future__ import annotations

import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from sktime.split import ExpandingWindowSplitter

from esrnn import ESRNN
from esrnn.errors import InputError
from tests.estimator.shared import PANEL, since, until

OLD, NEW = until(PANEL, 36), since(PANEL, 36)
TWO_COLUMNS = pd.concat([OLD, 2.0 * OLD.rename(columns={"sales": "returns"})], axis=1)
MORE_OF_TWO = pd.concat([NEW, 2.0 * NEW.rename(columns={"sales": "returns"})], axis=1)


class Interrupts:
    """Raises at an epoch once it is told to; counts the trainings before."""

    def __init__(self, error, after=0):
        self.error, self.after, self.armed = error, after, False

    def on_epoch(self, epoch):
        if self.armed:
            self.after -= 1
        if self.armed and self.after < 0:
            raise self.error


def fitted(y=OLD, callbacks=None, **parameters):
    few = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
    return ESRNN(**few, random_state=1, callbacks=callbacks, **parameters).fit(y, fh=[1, 2])


def told(forecaster):
    """Return all that a forecaster says of its state."""
    return (
        forecaster.predict(), forecaster.cutoff, forecaster.fh.to_pandas().tolist(),
        forecaster.state, sorted(forecaster.__dict__), forecaster.get_fitted_params(deep=False),
    )  # fmt: skip


def assert_same(one, other):
    pd.testing.assert_frame_equal(one[0], other[0])
    pd.testing.assert_index_equal(one[1], other[1])
    assert one[2:5] == other[2:5]
    for name, value in one[5].items():
        assert value is other[5][name] or isinstance(value, pd.DataFrame), name


CALLS = {
    "fit": lambda f: f.fit(PANEL, fh=[1, 2, 3]),
    "update": lambda f: f.update(NEW),
    "continue_training": lambda f: f.continue_training(2),
    "pretrain": lambda f: f.pretrain(PANEL),
    "update_predict_single": lambda f: f.update_predict_single(NEW, [1, 2]),
    "update_predict": lambda f: f.update_predict(
        NEW, ExpandingWindowSplitter([1, 2], 1), reset_forecaster=False
    ),
}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        *((call, KeyboardInterrupt()) for call in CALLS),
        ("update", SystemExit(1)),
        ("fit", MemoryError("full")),
    ],
)
def test_training_that_is_interrupted(call, error):
    interrupts = Interrupts(error)
    forecaster = fitted(callbacks=interrupts)
    before = told(forecaster)
    interrupts.armed = True
    with pytest.raises(type(error)):
        CALLS[call](forecaster)
    assert_same(told(forecaster), before)
    interrupts.armed = False
    CALLS[call](forecaster)  # and nothing stands in the way of another try
    assert np.isfinite(forecaster.fit(OLD, fh=[1]).predict().to_numpy()).all()


def test_a_forecaster_that_was_never_fitted_stays_so():
    interrupts = Interrupts(KeyboardInterrupt())
    forecaster = ESRNN(n_epochs=1, n_members=1, hidden_size=4, n_jobs=1, callbacks=interrupts)
    before = set(forecaster.__dict__)
    interrupts.armed = True
    for call in (forecaster.fit, forecaster.pretrain):
        with pytest.raises(KeyboardInterrupt):
            call(OLD)
        assert not forecaster.is_fitted
        assert forecaster.cutoff is None
        assert set(forecaster.__dict__) == before


def test_a_forecaster_keeps_its_pretrained_networks():
    interrupts = Interrupts(KeyboardInterrupt())
    forecaster = ESRNN(
        horizon=2, n_epochs=1, n_members=1, hidden_size=4, n_jobs=1, callbacks=interrupts
    ).pretrain(OLD)
    networks = forecaster.pretrained_
    interrupts.armed = True
    with pytest.raises(KeyboardInterrupt):
        forecaster.pretrain(PANEL)
    assert forecaster.pretrained_ is networks
    assert forecaster.state == "pretrained"
    assert forecaster.fit(OLD).ensemble_.members[0].network is networks.ensemble.members[0].network


@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
def test_columns_that_sktime_forecasts_one_by_one_are_all_set_back():
    """The first one's network has been trained again when the second one is interrupted."""
    interrupts = Interrupts(KeyboardInterrupt(), after=1)
    forecaster = fitted(TWO_COLUMNS, callbacks=[interrupts])
    before = told(forecaster)
    for inner in forecaster.forecasters_.to_numpy().ravel():
        inner.callbacks = [interrupts]
    interrupts.armed = True
    with pytest.raises(KeyboardInterrupt):
        forecaster.update(MORE_OF_TWO)
    assert_same(told(forecaster), before)


@pytest.mark.parametrize("remember_data", [False, True])
def test_data_that_are_refused_change_nothing(remember_data):
    forecaster = fitted(OLD)
    forecaster.set_config(remember_data=remember_data)
    before = told(forecaster)
    bad = NEW.astype(object)
    bad.iloc[0, 0] = float("inf")
    with pytest.raises(InputError):
        forecaster.update(bad.astype(float), update_params=False)
    with pytest.raises(InputError):
        forecaster.fit(bad.astype(float))
    assert_same(told(forecaster), before)


def interrupted_at(n, call):
    """Call and raise KeyboardInterrupt at the n-th line of the estimator or of sktime's base."""
    lines = [0]

    def trace(frame, event, arg):
        place = frame.f_code.co_filename
        if "esrnn/estimator" not in place and "sktime/forecasting/base/_base" not in place:
            return None
        if event == "line":
            lines[0] += 1
            if lines[0] == n:
                raise KeyboardInterrupt
        return trace

    found = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(found)
    return False


@pytest.mark.parametrize("call", ["update", "fit"])
def test_an_interrupt_anywhere_in_a_call(call):
    """Old forecasts from the old end, or, where it came after the last change, new ones."""
    pretrained = ESRNN(
        horizon=2, n_epochs=1, n_members=1, hidden_size=4, n_jobs=1, random_state=1
    ).pretrain(OLD)
    calls = {
        "update": lambda f: f.update(NEW, update_params=False),
        "fit": lambda f: f.fit(PANEL, fh=[1, 2]),
    }
    old = pretrained.fit(OLD, fh=[1, 2])
    new = calls[call](deepcopy(old))
    before, after, n, n_old = told(old), told(new), 1, 0
    while interrupted_at(n, lambda: calls[call](old)):
        is_old = old.cutoff.equals(before[1])
        assert_same((*told(old)[:5], {}), (*(before if is_old else after)[:5], {}))
        n_old, n = n_old + is_old, n + 13
        if not is_old:
            break
    assert n_old > 5
