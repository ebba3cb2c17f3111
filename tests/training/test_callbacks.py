"""What callbacks are told, and that they can stop a member."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import preset_config
from esrnn.ensemble import TrainingOptions, fit_ensemble
from esrnn.errors import InputTypeError
from esrnn.training.callbacks import Callback, Epoch, EpochPrinter, check_callbacks, notify
from tests.hybrids import random_panel
from tests.training.members import assert_same, config, example, train


class Recorder:
    """Keeps what it is told; stops after some epochs."""

    def __init__(self, stop_after=99):
        self.epochs = []
        self.stop_after = stop_after

    def on_epoch(self, epoch):
        self.epochs.append(epoch)
        return epoch.number >= self.stop_after


def test_every_epoch_of_every_member_is_told():
    panel, seen = random_panel(0, [30, 41, 25]), Recorder()
    settings = preset_config("quarterly", 4, n_members=2, n_epochs=3, hidden_size=4)
    fit_ensemble(panel, settings, seed=1, options=TrainingOptions(n_jobs=1, callbacks=(seen,)))
    assert [(e.member, e.number) for e in seen.epochs] == [
        (k, n) for k in (0, 1) for n in (1, 2, 3)
    ]
    assert {(e.n_members, e.n_epochs) for e in seen.epochs} == {(2, 3)}
    assert all(e.loss > 0.0 and e.gradient_norm > 0.0 and e.seconds > 0.0 for e in seen.epochs)
    assert all(math.isnan(e.val_owa) for e in seen.epochs)


def test_the_snapshot_is_the_member_of_that_epoch():
    members = []
    final = train(example(), config(n_epochs=3), on_epoch=lambda e: members.append(e.snapshot()))
    two = train(example(), replace(config(n_epochs=2, schedule="constant")))
    assert len(members) == 3
    for name, weight in final.network.weights.items():
        assert_array_equal(members[2].network.weights[name], weight)
    constant = []
    train(
        example(),
        config(n_epochs=3, schedule="constant"),
        on_epoch=lambda e: constant.append(e.snapshot()),
    )
    assert_same(constant[1], two)


def test_a_callback_stops_training():
    epochs = []
    member = train(
        example(), config(n_epochs=9), on_epoch=lambda e: epochs.append(e) or len(epochs) == 4
    )
    assert len(member.history.losses) == len(member.history.gradient_norms) == len(epochs) == 4


def test_watching_changes_nothing():
    assert_same(train(example(), config()), train(example(), config(), on_epoch=lambda e: None))


def test_all_are_told_whoever_stops():
    one, two = Recorder(stop_after=1), Recorder()
    epoch = Epoch(0, 1, 1, 3, 0.5, 0.1, math.nan, 2.0, lambda: None)
    assert notify([one, two], epoch)
    assert len(one.epochs) == len(two.epochs) == 1
    assert not notify([two], epoch)
    assert not notify([], epoch)


def test_the_printer_prints_a_line(capsys):
    EpochPrinter().on_epoch(Epoch(1, 6, 3, 40, 0.51234, 0.1, 0.7, 2.04, lambda: None))
    line = capsys.readouterr().out
    assert line == (
        "ESRNN: member 2/6, epoch 3/40: loss 0.5123, val_owa 0.7000, gradient 0.1, 2.0 s\n"
    )
    assert "val_owa" not in str(Epoch(1, 6, 3, 40, 0.5, 0.1, math.nan, 2.0, lambda: None))


def test_only_callbacks_are_accepted():
    printer = EpochPrinter()
    assert check_callbacks(None) == ()
    assert check_callbacks([printer]) == check_callbacks(printer) == (printer,)
    assert isinstance(printer, Callback)
    for wrong in (3, [3], [print], EpochPrinter, [EpochPrinter]):
        with pytest.raises(InputTypeError, match=r"with a method on_epoch\(epoch\); got"):
            check_callbacks(wrong)


class TestTime:
    def test_over_at_once_makes_one_step(self):
        panel = random_panel(0, [30] * 9)
        member = train(panel, config(n_epochs=50, batch_size=3), seconds=1e-9)
        assert len(member.history.losses) == 1
        assert np.isfinite(member.history.losses).all()

    def test_ends_long_before_the_last_epoch(self):
        panel = random_panel(0, [60] * 12)
        start = time.monotonic()
        member = train(panel, config(n_epochs=10_000, batch_size=3), seconds=0.5)
        assert 1 <= len(member.history.losses) < 10_000
        assert time.monotonic() - start < 30.0  # hundreds of times as long without a limit

    def test_plenty_changes_nothing(self):
        """But for the last bits: the first learning rate knows that time has passed."""
        one, two = train(example(), config()), train(example(), config(), seconds=1e9)
        assert one.history.losses == pytest.approx(two.history.losses, rel=1e-5)
        assert_allclose(one.smoothing.rows, two.smoothing.rows, rtol=1e-6)

    def test_is_shared_by_members_one_after_another(self):
        panel, seen = random_panel(0, [60] * 12), Recorder()
        settings = preset_config("quarterly", 4, n_members=2, n_epochs=10_000, hidden_size=4)
        options = TrainingOptions(n_jobs=1, callbacks=(seen,), time_budget=2.0)
        ensemble = fit_ensemble(panel, settings, seed=1, options=options)
        assert len(ensemble.members) == 2
        assert all(1 <= len(m.history.losses) < 10_000 for m in ensemble.members)
