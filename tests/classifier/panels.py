"""Small panels whose classes can be learnt, for the tests of the classifier."""

from __future__ import annotations

import numpy as np
import pandas as pd

from esrnn import SeriesClassifier


def growing(n: int, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Make series of 4 to 12 steps, every other one of which grows; classes by name."""
    rng = np.random.default_rng(seed)
    grows = np.arange(n) % 2 == 1
    steps = [rng.normal(2.0 * g, 1.0, rng.integers(4, 13)).cumsum() for g in grows]
    X = pd.concat({f"s{k}": pd.DataFrame({"sales": own}) for k, own in enumerate(steps)})
    return X, pd.Series(np.where(grows, "grows", "stays"), X.index.get_level_values(0).unique())


def with_facts(X: pd.DataFrame, facts: dict[str, list[object]]) -> pd.DataFrame:
    """Give every series of a panel facts, in the order of its series."""
    ids = X.index.get_level_values(0)
    codes = pd.factorize(ids)[0]
    return X.assign(**{name: np.array(own, object)[codes] for name, own in facts.items()})


def small(**parameters: object) -> SeriesClassifier:
    """Make a classifier that fits in a fraction of a second."""
    tiny = {"n_members": 1, "n_epochs": 3, "hidden_size": 4, "random_state": 0}
    return SeriesClassifier(**{**tiny, **parameters})
