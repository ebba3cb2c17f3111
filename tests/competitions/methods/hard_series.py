"""Series that models stumble over."""

import numpy as np

_RNG = np.random.default_rng(11)

HARD = {
    "one value": np.array([7.0]),
    "two values": np.array([7.0, 9.0]),
    "three values": np.array([7.0, 9.0, 8.0]),
    "five values": np.array([7.0, 9.0, 8.0, 11.0, 10.0]),
    "constant": np.full(30, 5.0),
    "zeros": np.zeros(20),
    "line": np.arange(1.0, 41.0),
    "exponential": 1.5 ** np.arange(40.0),
    "intermittent": np.where(np.arange(48) % 5 == 0, 3.0, 0.0),
    "negative": -np.tile([1.0, 2.0, 4.0, 3.0], 8) - _RNG.uniform(0, 0.1, 32),
    "both signs": np.cumsum(_RNG.normal(0, 1, 40)),
    "one jump": np.concatenate([np.full(20, 1.0), np.full(20, 1e6)]),
    "outlier": np.concatenate([np.full(39, 10.0), [1e5]]),
    "pure season": np.tile([1.0, 2.0, 4.0, 3.0], 9),
    "tiny": 1e-12 * _RNG.uniform(1, 2, 40),
    "huge": 1e200 * _RNG.uniform(1, 2, 40),
}
