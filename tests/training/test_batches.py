"""Which series are trained together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.training.batches import make_batches


def padding(lengths, batches):
    return sum(int((lengths[b].max() - lengths[b]).sum()) for b in batches)


@given(n=st.integers(1, 200), batch_size=st.integers(1, 9), seed=st.integers(0, 1000))
def test_every_series_is_in_one_batch_of_its_form(n, batch_size, seed):
    rng = np.random.default_rng(seed)
    lengths, additive = rng.integers(1, 500, n), rng.random(n) < 0.3
    batches = make_batches(lengths, additive, batch_size, rng)
    assert sorted(np.concatenate(batches).tolist()) == list(range(n))
    assert all(1 <= batch.size <= batch_size for batch in batches)
    assert all(additive[batch].all() or not additive[batch].any() for batch in batches)


def test_only_the_last_batch_of_a_bucket_is_smaller():
    lengths, additive = np.arange(1, 24), np.zeros(23, bool)
    batches = make_batches(lengths, additive, 5, np.random.default_rng(0))
    assert sorted(batch.size for batch in batches) == [3, 5, 5, 5, 5]


def test_batches_are_of_like_length():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 1000, 400)
    batches = make_batches(lengths, np.zeros(400, bool), 8, rng)
    at_random = np.split(rng.permutation(400), 50)
    assert padding(lengths, batches) < 0.2 * padding(lengths, at_random)


def test_short_series_do_not_come_first():
    lengths = np.arange(1, 161)
    batches = make_batches(lengths, np.zeros(160, bool), 8, np.random.default_rng(0))
    means = np.array([lengths[batch].mean() for batch in batches])
    assert abs(np.corrcoef(means, np.arange(means.size))[0, 1]) < 0.7
    assert not (np.diff(means) > 0).all()


def test_the_generator_decides():
    lengths, additive = np.full(50, 10), np.arange(50) % 3 == 0

    def draw(rng):
        return [batch.tolist() for batch in make_batches(lengths, additive, 4, rng)]

    first, again = (np.random.default_rng(7) for _ in range(2))
    assert draw(first) == draw(again)
    assert draw(first) != draw(np.random.default_rng(7))  # the second epoch is another


@pytest.mark.parametrize("form", [False, True])
def test_series_of_one_form_only(form):
    batches = make_batches(np.array([3, 4]), np.full(2, form), 1, np.random.default_rng(0))
    assert sorted(b.tolist() for b in batches) == [[0], [1]]


def test_no_series_no_batches():
    none = np.empty(0, dtype=np.int64)
    assert make_batches(none, none.astype(bool), 4, np.random.default_rng(0)) == []
