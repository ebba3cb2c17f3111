"""Keeping the best epoch and stopping when none gets better."""

from __future__ import annotations

import numpy as np
import pytest

from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.training.callbacks import Epoch
from esrnn.training.early_stopping import EarlyStopping
from esrnn.training.member import Member, Network
from tests.hybrids import small_config

NO_SERIES = SmoothingFit(
    np.empty((0, 3)), np.empty(0), np.empty(0, np.bool_), np.empty(0),
    SmoothingPrior(np.zeros(3), np.ones(3), ()),
)  # fmt: skip


def made_up_epoch(number, score):
    member = Member(Network(small_config(), number, 1.0, {}), NO_SERIES)
    return Epoch(0, 1, number, 99, 0.5, 0.1, score, 1.0, lambda: member)


def watch(scores, patience):
    """Run through epochs with these scores on what is held back."""
    early, stops = EarlyStopping(patience), []
    for number, score in enumerate(scores, start=1):
        stops.append(early.on_epoch(made_up_epoch(number, score)))
        if stops[-1]:
            break
    return early, stops


@pytest.mark.parametrize(
    ("scores", "patience", "best", "stops_after"),
    [
        ([0.9, 0.7, 0.8, 0.75, 0.3], 2, 1, 4),
        ([0.9, 0.7, 0.8, 0.6, 0.65, 0.64], 2, 3, 6),
        ([0.5, 0.6], 1, 0, 2),
        ([0.9, 0.8, 0.7], 1, 2, None),
        ([0.9, 0.5, 0.8, 0.7, 0.6, 0.9], 99, 1, None),
        ([0.5, 0.5, 0.5], 2, 0, 3),
    ],
)
def test_best_epoch_is_kept_and_patience_counts_from_it(scores, patience, best, stops_after):
    early, stops = watch(scores, patience)
    assert early.best.network.first_origin == best + 1  # which epoch it was
    assert stops == [False] * (len(stops) - 1) + [stops_after is not None]
    assert len(stops) == (stops_after or len(scores))


def test_an_undefined_score_does_not_pass_for_the_best():
    """Where Naive2 is without error OWA is undefined; the first epoch is no better for it."""
    early, stops = watch([np.nan, np.nan, np.nan], 1)
    assert early.best is None
    assert not any(stops)
    early, stops = watch([np.nan, 0.7, np.nan, 0.6], 2)
    assert early.best.network.first_origin == 4
    assert not any(stops)


@pytest.mark.parametrize(("before", "best"), [(0.5, 0), (0.8, 1), (np.nan, 1)])
def test_a_member_before_its_training_counts_too(before, best):
    early = EarlyStopping(patience=2)
    early.begin_with(Member(Network(small_config(), 0, 1.0, {}), NO_SERIES), before)
    stops = [early.on_epoch(made_up_epoch(k, score)) for k, score in ((1, 0.6), (2, 0.7))]
    assert early.best.network.first_origin == best
    assert stops == [False, best == 0]
