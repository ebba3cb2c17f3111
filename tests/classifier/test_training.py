"""Training of one network: what is held out, when it stops, what weights do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn import SeriesClassifier
from esrnn.classifier.encoding import HistoryEncoder
from esrnn.classifier.network import log_probabilities, make_network
from esrnn.classifier.training import Labelled, hold_out, train_network
from esrnn.errors import TrainingError
from tests.classifier.panels import growing


def examples(n: int, weights: tuple[float, float] = (1.0, 1.0)) -> Labelled:
    X, y = growing(n)
    data = HistoryEncoder.fit(X, (), "series", None)[1]
    return Labelled(data, (y == "grows").to_numpy().astype(np.int64), np.array(weights))


def probabilities(config: object, own: Labelled, weights: dict[str, np.ndarray]) -> np.ndarray:
    sizes = (own.data.steps.shape[1], own.data.facts.shape[1], 2)
    return np.exp(log_probabilities(make_network(config, sizes, weights), own.data))


def loss(found: np.ndarray, own: Labelled, which: np.ndarray) -> float:
    return -float(np.log(found[which, own.y[which]]).mean())


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.floats(0.0, 0.9))
def test_held_out_series_are_a_share_of_each_class(labels: list[int], share: float) -> None:
    y = np.array(labels)
    held, others = hold_out(y, share, np.random.default_rng(0))
    assert sorted([*held, *others]) == list(range(y.size))
    expected = np.floor(np.bincount(y) * share + 1e-9).astype(int)
    assert np.bincount(y[held], minlength=expected.size).tolist() in (
        expected.tolist(),
        (0 * expected).tolist(),
    )
    assert held.size == 0 or held.size >= 10


def test_it_learns_what_can_be_learnt() -> None:
    own = examples(120)
    config = SeriesClassifier(hidden_size=8, n_epochs=25, learning_rate=0.01).config()
    found = probabilities(config, own, train_network(config, own, 0))
    assert ((found[:, 1] > 0.5) == (own.y == 1)).mean() > 0.9


def test_the_best_epoch_is_kept() -> None:
    """Weights at the end are those of the epoch with the least loss of held-out series."""
    own, seed = examples(120), 3
    long = SeriesClassifier(
        hidden_size=8, n_epochs=40, patience=3, learning_rate=0.05, dropout=0.3
    ).config()
    held, _ = hold_out(own.y, long.validation, np.random.default_rng(seed))
    kept = loss(probabilities(long, own, train_network(long, own, seed)), own, held)
    assert kept < np.log(2.0)
    # All epochs of a run without a schedule's end in sight: none may be better than what was kept.
    unlucky = replace(long, learning_rate=1e-12, n_epochs=2)
    assert loss(probabilities(unlucky, own, train_network(unlucky, own, seed)), own, held) >= kept


def test_a_network_that_only_gets_worse_is_left_as_it_was() -> None:
    own = examples(60)
    noise = replace(own, y=np.random.default_rng(1).integers(0, 2, 60))
    config = SeriesClassifier(hidden_size=8, n_epochs=4, learning_rate=3.0).config()
    held, _ = hold_out(noise.y, config.validation, np.random.default_rng(0))
    found = probabilities(config, noise, train_network(config, noise, 0))
    assert loss(found, noise, held) <= loss(np.tile(noise.shares, (60, 1)), noise, held) + 1e-6


@pytest.mark.parametrize(("n", "size"), [(60, 8), (500, 16)])
def test_batches_of_few_series_are_smaller(n: int, size: int) -> None:
    own = examples(n)
    config = SeriesClassifier(hidden_size=2, n_epochs=1).config()
    found = [train_network(one, own, 0) for one in (config, replace(config, batch_size=size))]
    for name, weights in found[0].items():
        np.testing.assert_array_equal(weights, found[1][name])


def test_weights_move_probabilities_to_their_class() -> None:
    plain, weighted = examples(60), examples(60, (1.0, 9.0))
    config = SeriesClassifier(hidden_size=4, n_epochs=2, learning_rate=1e-9).config()
    found = probabilities(config, plain, train_network(config, plain, 0))
    np.testing.assert_allclose(found[:, 1], 0.5, atol=1e-5)
    found = probabilities(config, weighted, train_network(config, weighted, 0))
    np.testing.assert_allclose(found[:, 1], 0.9, atol=1e-5)
    np.testing.assert_allclose(weighted.weights.mean(), 1.0)


def test_a_loss_that_is_not_finite_is_an_error() -> None:
    own = examples(40)
    own.data.facts[3] = np.nan
    config = SeriesClassifier(hidden_size=4).config()
    with pytest.raises(
        TrainingError, match=r"loss is nan in epoch 1, step \d\. Lower learning_rate"
    ):
        train_network(config, own, 0)
