"""Draws for a part of a batch are those that the whole batch has."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from esrnn.nn.draws import SeriesGenerator, draw_for_series


@pytest.mark.parametrize(("shape", "axis"), [((4, 6, 3), 1), ((12, 5), 0), ((6, 1), 0)], ids=str)
def test_some_series_get_what_they_get_among_all(shape: tuple[int, ...], axis: int) -> None:
    """Of a batch of six, that comes once or, as in a dilated layer, twice."""
    whole, part = torch.Generator(), SeriesGenerator()
    whole.manual_seed(1), part.manual_seed(1)
    n_times = shape[axis] // 6
    expected = draw_for_series(lambda s: torch.rand(s, generator=whole), shape, axis, whole)
    own = np.array([4, 1])
    part.draw_for(own, 6)
    fewer = (*shape[:axis], n_times * 2, *shape[axis + 1 :])
    found = draw_for_series(lambda s: torch.rand(s, generator=part), fewer, axis, part)
    at = (6 * np.arange(n_times)[:, None] + own).ravel()
    assert torch.equal(found, expected.index_select(axis, torch.from_numpy(at)))


def test_a_whole_batch_is_drawn_as_by_any_generator() -> None:
    own, plain = SeriesGenerator().manual_seed(2), torch.Generator().manual_seed(2)
    one, other = (
        draw_for_series(lambda s, g=g: torch.rand(s, generator=g), (3, 2), 0, g)
        for g in (own, plain)
    )
    assert torch.equal(one, other)
