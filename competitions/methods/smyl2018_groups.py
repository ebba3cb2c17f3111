"""Settings of the program that won M4 for each group, and the domains of M4's series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Group:
    """Settings of the program for a group of M4; the names of its constants stand beside them."""

    periods: tuple[int, ...]  # SEASONALITY, SEASONALITY2; none where SEASONALITY_NUM is 0
    input_window: int  # INPUT_SIZE
    horizon: int  # OUTPUT_SIZE
    blocks: tuple[tuple[int, ...], ...]  # dilations
    cell: str  # USE_RESIDUAL_LSTM, USE_ATTENTIVE_LSTM
    size: int  # STATE_HSIZE
    training_level: float  # TRAINING_PERCENTILE / 100
    n_epochs: int  # NUM_OF_TRAIN_EPOCHS
    # INITIAL_LEARNING_RATE, LEARNING_RATES: each from an epoch on, counted from 0
    learning_rates: tuple[tuple[int, float], ...]
    longest: int  # MAX_SERIES_LENGTH; of a longer series the last values
    n_networks: int = 5  # NUM_OF_NETS, or NUM_OF_CHUNKS
    n_best: int = 4  # TOPN; 1 where each series belongs to a half
    level_penalty: float = 0.0  # LEVEL_VARIABILITY_PENALTY
    cell_penalty: float = 0.0  # C_STATE_PENALTY
    gradient_clip: float = 50.0  # GRADIENT_CLIPPING

    @property
    def has_halves(self) -> bool:
        """Whether a series belongs to one network for good."""
        return self.n_best == 1

    @property
    def shortest(self) -> int:
        """Length of the shortest series that the program takes, MIN_SERIES_LENGTH."""
        return self.input_window + self.horizon + 2

    def learning_rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        return [rate for since, rate in self.learning_rates if since <= epoch][-1]


GROUPS: dict[str, Group] = {
    # ES_RNN_E.cc, lines 182-215; its rate of 1e-5 from epoch 15 on is never reached.
    "yearly": Group(
        periods=(), input_window=4, horizon=6, blocks=((1, 6),), cell="attentive_lstm", size=30,
        training_level=0.50, n_epochs=12, learning_rates=((0, 1e-4),), longest=72,
    ),
    # ES_RNN.cc, lines 81-106
    "quarterly": Group(
        periods=(4,), input_window=4, horizon=8, blocks=((1, 2), (4, 8)), cell="lstm", size=40,
        training_level=0.45, n_epochs=15, learning_rates=((0, 1e-3), (10, 1e-4)), longest=174,
        n_networks=2, n_best=1, level_penalty=80.0, gradient_clip=20.0,
    ),
    # ES_RNN.cc, lines 111-138; its rate of 1e-4 from epoch 12 on is never reached.
    "monthly": Group(
        periods=(12,), input_window=12, horizon=18, blocks=((1, 3, 6, 12),), cell="residual_lstm",
        size=50, training_level=0.49, n_epochs=10, learning_rates=((0, 5e-4),), longest=272,
        n_networks=2, n_best=1, level_penalty=50.0, gradient_clip=20.0,
    ),
    # ES_RNN_E.cc, lines 109-142; without a seasonality the program sets its level penalty to 0.
    "weekly": Group(
        periods=(), input_window=10, horizon=13, blocks=((1, 52),), cell="attentive_lstm", size=40,
        training_level=0.47, n_epochs=23, learning_rates=((0, 1e-3), (11, 3e-4), (17, 1e-4)),
        longest=337, n_best=3,
    ),
    # ES_RNN_E.cc, lines 146-178
    "daily": Group(
        periods=(7,), input_window=7, horizon=14, blocks=((1, 3), (7, 14)), cell="lstm", size=40,
        training_level=0.49, n_epochs=13, learning_rates=((0, 3e-4), (9, 1e-4)), longest=114,
        level_penalty=100.0,
    ),
    # ES_RNN_E.cc, lines 74-105
    "hourly": Group(
        periods=(24, 168), input_window=24, horizon=48, blocks=((1, 4), (24, 168)), cell="lstm",
        size=40, training_level=0.49, n_epochs=27,
        learning_rates=((0, 1e-2), (7, 5e-3), (18, 1e-3), (22, 3e-4)), longest=8978,
        level_penalty=10.0, cell_penalty=1.0,
    ),
}  # fmt: skip

# Domains of M4-info.csv: in each group they are blocks of consecutive numbers, up to these.
DOMAINS = ("Demographic", "Finance", "Industry", "Macro", "Micro", "Other")
_LAST_OF_DOMAIN: dict[str, dict[str, int]] = {
    "yearly": {
        "Macro": 3903, "Micro": 10441, "Demographic": 11529, "Industry": 15245, "Finance": 21764,
        "Other": 23000,
    },
    "quarterly": {
        "Macro": 5315, "Micro": 11335, "Demographic": 13193, "Industry": 17830, "Finance": 23135,
        "Other": 24000,
    },
    "monthly": {
        "Macro": 10016, "Micro": 20991, "Demographic": 26719, "Industry": 36736, "Finance": 47723,
        "Other": 48000,
    },
    "weekly": {
        "Other": 12, "Macro": 53, "Industry": 59, "Finance": 223, "Demographic": 247, "Micro": 359,
    },
    "daily": {
        "Macro": 127, "Micro": 1603, "Demographic": 1613, "Industry": 2035, "Finance": 3594,
        "Other": 4227,
    },
    "hourly": {"Other": 414},
}  # fmt: skip


def domains_of(group: str, ids: list[str]) -> NDArray[np.float32]:
    """Return the domains of series of M4, by their ids, as six columns of 0 and 1.

    Examples
    --------
    >>> domains_of("weekly", ["W12", "W13"]).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]]
    """
    last = _LAST_OF_DOMAIN[group]
    numbers = np.array([int(one[1:]) for one in ids])
    block = np.searchsorted(list(last.values()), numbers)
    column = np.array([DOMAINS.index(name) for name in last])[block]
    one_hot: NDArray[np.float32] = np.eye(len(DOMAINS), dtype=np.float32)[column]
    return one_hot
