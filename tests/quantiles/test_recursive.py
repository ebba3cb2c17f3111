"""Further ahead than trained: the median goes on, what is not known adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import preset_config
from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.panel import Panel
from esrnn.quantiles.recursive import append_values, forecast_recursively
from tests.hybrids import HERE, random_panel


@pytest.fixture(scope="module", params=[False, True], ids=["positive", "signed"])
def example(request: pytest.FixtureRequest) -> tuple[Ensemble, Panel]:
    panel = random_panel(2, [30, 41, 1, 60], signed=request.param)
    config = preset_config("quarterly", 4, n_members=2, n_epochs=2, hidden_size=4)
    return fit_ensemble(panel, config, seed=3, options=HERE), panel


def test_the_first_steps_are_what_was_trained_for(example: tuple[Ensemble, Panel]) -> None:
    ensemble, panel = example
    trained = ensemble.forecast(panel)
    assert_array_equal(ensemble.forecast(panel, horizon=11)[:, :, :4], trained)
    assert_array_equal(ensemble.forecast(panel, horizon=3), trained[:, :, :3])


def test_the_median_goes_on_from_itself(example: tuple[Ensemble, Panel]) -> None:
    ensemble, panel = example
    median = ensemble.forecast(panel, horizon=10)[1]
    for done in (4, 8):
        from_there = ensemble.forecast(append_values(panel, median[:, :done]))[1]
        assert_allclose(median[:, done : done + 4], from_there[:, : min(4, 10 - done)])


def test_quantiles_stay_ordered_and_widen_from_block_to_block(
    example: tuple[Ensemble, Panel],
) -> None:
    ensemble, panel = example
    low, _, high = ensemble.forecast(panel, horizon=16)
    assert np.isfinite([low, high]).all()
    positive = ~ensemble.smoothing.additive[:, None]
    with np.errstate(invalid="ignore"):
        width = np.where(positive, np.log(high / low), high - low)
    assert (width >= 0.0).all()
    known = width[:, 0] > 0.0  # a single observation of an additive series has no width
    assert known.sum() >= 3
    assert (width[known, 4::4] > width[known, :-4:4]).all()  # the first step of each block


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), n_more=st.integers(1, 3))
def test_values_are_appended_to_every_series(lengths: list[int], n_more: int) -> None:
    panel = Panel.from_arrays([np.arange(1.0, n + 1.0) for n in lengths])
    values = -np.arange(1.0, len(lengths) * n_more + 1.0).reshape(-1, n_more)
    longer = append_values(panel, values)
    assert longer.ids == panel.ids
    for i in range(len(lengths)):
        assert_array_equal(longer.series(i), [*panel.series(i), *values[i]])


def test_independent_errors_add_up_as_their_squares() -> None:
    def walk(panel: Panel) -> np.ndarray:
        last = panel.last(1).values[None, :, None]
        away = np.array([-2.0, 0.0, 1.0])[:, None, None]
        return np.where(additive[None, :, None], last + away, last * np.exp(0.1 * away))

    additive = np.array([True, False])
    low, median, high = forecast_recursively(walk, Panel.from_arrays([[5.0], [5.0]]), 9, additive)
    assert_allclose(median, 5.0)
    steps = np.sqrt(np.arange(1.0, 10.0))
    assert_allclose(high[0] - 5.0, steps)
    assert_allclose(5.0 - low[0], 2.0 * steps)
    assert_allclose(np.log(high[1] / 5.0), 0.1 * steps)
