"""The rule that chooses how trained networks are used."""

import numpy as np
import pytest

from esrnn.networks import PanelFacts, choose_way


@pytest.mark.parametrize(
    ("preset", "n_series", "strategy"),
    [
        ("yearly", 1, "zero_shot"), ("yearly", 9_999, "zero_shot"), ("yearly", 10_000, "train"),
        ("monthly", 2_999, "zero_shot"), ("monthly", 3_000, "train"),
        ("quarterly", 4_999, "zero_shot"), ("quarterly", 5_000, "train"),
        ("weekly", 9, "zero_shot"), ("weekly", 10, "fine_tune"), ("weekly", 25, "combine"),
        ("weekly", 1000, "train"),
        ("daily", 24, "zero_shot"), ("daily", 25, "combine"), ("daily", 1000, "train"),
        ("hourly", 3, "zero_shot"), ("hourly", 49, "fine_tune"), ("hourly", 50, "train"),
        ("generic", 999, "zero_shot"), ("generic", 1000, "train"),
    ],
)  # fmt: skip
def test_by_the_number_of_series(preset: str, n_series: int, strategy: str) -> None:
    way = choose_way(PanelFacts(preset, np.full(n_series, 20), 6, 8))
    assert way.strategy == strategy
    assert f"{n_series} series" in way.reason


@pytest.mark.parametrize(("n_series", "strategy"), [(9, "zero_shot"), (10, "train")])
def test_columns_are_learnt_from_ten_series_on(n_series: int, strategy: str) -> None:
    facts = PanelFacts("yearly", np.full(n_series, 20), 6, 8, has_covariates=True)
    assert choose_way(facts).strategy == strategy


@pytest.mark.parametrize(("n_series", "strategy"), [(199, "zero_shot"), (200, "train")])
def test_other_seasons_than_those_of_the_networks(n_series: int, strategy: str) -> None:
    facts = PanelFacts("monthly", np.full(n_series, 20), 6, 8, has_other_seasons=True)
    assert choose_way(facts).strategy == strategy
