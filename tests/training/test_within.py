"""Forecasts from every observation: the same as from panels that end there."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.panel import Panel
from esrnn.smoothing import PreparedPanel
from esrnn.training import Member, member_quantiles, member_quantiles_within
from tests.training.members import config, example, prepared, train

PANEL = example(lengths=[30, 41, 22, 35, 28, 8, 1])


def member_of(window: int | None, first_origin: int = 0) -> Member:
    """Return a member whose network may start anywhere."""
    member = train(PANEL, config(training_window=window))
    return replace(member, network=replace(member.network, first_origin=first_origin))


def cut(data: PreparedPanel, i: int, n: int) -> PreparedPanel:
    """Return the first n observations of series i."""
    return data.subset(np.array([i]), np.array([n]))


def test_all_origins_are_those_of_cut_panels() -> None:
    member = member_of(None)
    data = prepared(PANEL, member)
    within = member_quantiles_within(member, data)
    assert within.shape == (3, PANEL.values.size, 3)
    for i, n in [(0, 30), (0, 7), (1, 20), (3, 1), (4, 27), (6, 1)]:
        own = replace(member, smoothing=member.smoothing.subset(np.array([i])))
        expected = member_quantiles(own, cut(data, i, n))[:, 0]
        assert_allclose(within[:, data.indptr[i] + n - 1], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("window", [1, 2, 5, 8, 40, 200])
def test_stretches_leave_nothing_out_and_end_with_the_forecast(window: int) -> None:
    member = member_of(window)
    data = prepared(PANEL, member)
    within = member_quantiles_within(member, data)
    assert np.isfinite(within).all()
    assert_allclose(within[:, data.indptr[1:] - 1], member_quantiles(member, data), rtol=1e-4)


def test_fewer_steps_are_the_first_ones() -> None:
    member = member_of(8)
    data = prepared(PANEL, member)
    few = member_quantiles_within(member, data, horizon=2)
    assert_allclose(few, member_quantiles_within(member, data)[..., :2], rtol=1e-5)


@pytest.mark.parametrize("window", [None, 8])
def test_nothing_later_is_read(window: int | None) -> None:
    """Signs stay, since a series' form is no forecast."""
    member = member_of(window)
    data = prepared(PANEL, member)
    at, rng = 15, np.random.default_rng(0)
    later = np.concatenate([np.arange(n) > at for n in PANEL.lengths])
    values = np.where(later, data.values * rng.uniform(0.5, 2.0, later.size), data.values)
    changed = Panel(values, PANEL.indptr, PANEL.ids)
    other = PreparedPanel.of(changed, member.smoothing, member.config.smoothing.lag)
    one, two = (member_quantiles_within(member, own) for own in (data, other))
    assert_array_equal(one[:, ~later], two[:, ~later])
    assert (one[:, later] != two[:, later]).any()
