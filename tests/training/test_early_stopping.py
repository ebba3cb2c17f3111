"""Keeping the best epoch and stopping when none gets better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esrnn.metrics import naive2
from esrnn.panel import Panel
from esrnn.training.early_stopping import EarlyStopping
from esrnn.training.held_back import hold_back, relative_score
from esrnn.training.member import Member
from tests.hybrids import random_panel, small_config


def watch(errors, patience, panel=None):
    """Run through members whose forecasts are so many times as far off as Naive2's."""
    held = hold_back(panel or random_panel(0, [30, 40]), 3, 5)
    benchmark = naive2(held.train.values, 3, 4, indptr=held.train.indptr)
    early = EarlyStopping(held, 4, patience)
    stops = []
    for epoch, error in enumerate(errors):
        forecast = held.actual + error * (benchmark - held.actual)
        member = Member(small_config(), epoch, 1.0, {}, np.empty((0, 0)), ())
        stops.append(early.stop(member, lambda _, f=forecast: np.stack([f - 9.0, f, f + 9.0])))
        if stops[-1]:
            break
    return early, stops


def test_scores_are_owa_of_the_middle_quantile():
    early, _ = watch([0.5, 0.7], 9)
    held = hold_back(random_panel(0, [30, 40]), 3, 5)
    benchmark = naive2(held.train.values, 3, 4, indptr=held.train.indptr)
    for score, error in zip(early.scores, (0.5, 0.7), strict=True):
        forecast = held.actual + error * (benchmark - held.actual)
        assert score == pytest.approx(relative_score(held, forecast, 4))


@pytest.mark.parametrize(
    ("errors", "patience", "best", "stops_after"),
    [
        ([0.9, 0.7, 0.8, 0.75, 0.3], 2, 1, 4),
        ([0.9, 0.7, 0.8, 0.6, 0.65, 0.64], 2, 3, 6),
        ([0.5, 0.6], 1, 0, 2),
        ([0.9, 0.8, 0.7], 1, 2, None),
        ([0.9, 0.5, 0.8, 0.7, 0.6, 0.9], 99, 1, None),
        ([0.5, 0.5, 0.5], 2, 0, 3),
    ],
)
def test_best_epoch_is_kept_and_patience_counts_from_it(errors, patience, best, stops_after):
    early, stops = watch(errors, patience)
    assert early.best.first_origin == best  # which epoch it was
    assert stops == [False] * (len(stops) - 1) + [stops_after is not None]
    assert len(stops) == (stops_after or len(errors))
    assert len(early.scores) == len(stops)


def test_active_only_with_patience_and_something_held_back():
    held = hold_back(random_panel(0, [30]), 3, 5)
    none = hold_back(random_panel(0, [4]), 3, 5)
    assert EarlyStopping(held, 4, 2).active
    assert not EarlyStopping(held, 4, None).active
    assert not EarlyStopping(none, 4, 2).active


def test_an_undefined_score_does_not_pass_for_the_best():
    """Where Naive2 is without error OWA is undefined; the first epoch is no better for it."""
    panel = Panel.from_arrays([np.tile([1.0, 2.0, 4.0, 2.0], 10)])
    held = hold_back(panel, 4, 8)
    early = EarlyStopping(held, 4, 2)
    config = small_config()
    for epoch, error in enumerate((0.5, 0.4, 0.3, 0.2)):
        member = replace(Member(config, 0, 1.0, {}, np.empty((0, 0)), ()), first_origin=epoch)
        stopped = early.stop(member, lambda _, e=error: np.stack([held.actual * (1.0 + e)] * 3))
        assert not stopped
    assert early.best is None or early.best.first_origin == 3
