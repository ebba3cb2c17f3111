"""One bar for all epochs, wherever members train."""

from __future__ import annotations

import time

import numpy as np

from esrnn.config import preset_config
from esrnn.ensemble import TrainingOptions, fit_ensemble
from esrnn.training.callbacks import Epoch
from esrnn.training.progress import Bar, ProgressWriter, shared_progress
from tests.hybrids import random_panel


def epoch(member: int, number: int) -> Epoch:
    return Epoch(member, 2, number, 3, 0.5, 0.1, float("nan"), 1.0, lambda: None)


def test_a_bar_counts_epochs_and_is_full_at_the_end(capsys):
    bar = Bar(2, 3)
    for number in (1, 2, 3):
        bar.on_epoch(epoch(0, number))
    bar.begin_next()
    bar.on_epoch(epoch(1, 1))
    assert bar._bar.n == 4
    assert bar._bar.total == 6
    bar.on_epoch(epoch(1, 2))  # stopped early here
    bar.close()
    assert bar._bar.n == 6
    shown = capsys.readouterr().err
    assert "6/6" in shown
    assert "epoch/s" in shown or "s/epoch" in shown


def test_a_member_that_stops_early_does_not_hold_the_bar_back():
    bar = Bar(2, 3)
    bar.on_epoch(epoch(0, 1))
    bar.begin_next()
    bar.on_epoch(epoch(1, 1))
    assert bar._bar.n == 4  # all three of the first member are over
    bar.close()


def test_members_side_by_side_move_the_bar_together():
    bar = Bar(2, 3)
    for number in (1, 2):
        for member in (0, 1):
            bar.on_epoch(epoch(member, number))
    assert bar._bar.n == 4
    bar.close()


def test_a_shared_bar_shows_what_others_write(capsys):
    with shared_progress(2, 3) as (one, two):
        one.on_epoch(epoch(0, 2))
        two.on_epoch(epoch(1, 1))
        time.sleep(0.6)  # the reader looks every fifth of a second
    shown = capsys.readouterr().err
    assert "3/6" in shown
    assert "loss=0.5000" in shown
    assert "6/6" in shown


def test_a_writer_without_a_reader_does_not_stop_training(tmp_path):
    ProgressWriter(str(tmp_path / "gone"), 0).on_epoch(epoch(0, 1))
    assert not list(tmp_path.iterdir())


def test_both_ways_show_a_bar_and_change_nothing(capsys):
    panel = random_panel(0, [30, 41, 25])
    config = preset_config("quarterly", 4, n_members=2, n_epochs=2, hidden_size=4)
    forecasts = []
    for n_jobs in (1, 2):
        for progress in (False, True):
            options = TrainingOptions(n_jobs, "cpu", progress=progress)
            ensemble = fit_ensemble(panel, config, seed=1, options=options)
            forecasts.append(ensemble.forecast(panel))
            assert ("4/4" in capsys.readouterr().err) == progress
    assert all(np.array_equal(forecasts[0], other) for other in forecasts[1:])
