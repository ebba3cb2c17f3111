"""The rule that chooses how trained networks are used."""

import numpy as np
import pytest

from esrnn.networks import PanelFacts, choose_way


@pytest.mark.parametrize(
    ("n_series", "has_covariates", "strategy"),
    [
        (1, False, "zero_shot"), (999, False, "zero_shot"), (1000, False, "train"),
        (9, True, "zero_shot"), (10, True, "train"), (1000, True, "train"),
    ],
)  # fmt: skip
def test_by_the_number_of_series_and_columns(
    n_series: int, has_covariates: bool, strategy: str
) -> None:
    way = choose_way(PanelFacts("yearly", np.full(n_series, 20), 6, 8, has_covariates))
    assert way.strategy == strategy
    assert f"{n_series} series" in way.reason
