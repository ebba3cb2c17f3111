"""Single series: what is known of each, and the committed comparison with AutoETS."""

from pathlib import Path

import numpy as np

from competitions.backtest.held_out import hold_out
from competitions.backtest.logs import LOGS, read_outcomes
from competitions.backtest.single_series import single_cases
from esrnn.datasets import load_m3


def test_sixty_months_are_known_before_each_horizon(competition_data_dir: Path) -> None:
    whole, _ = load_m3("monthly", competition_data_dir)
    loaded = {case.fold: case.load() for case in single_cases(competition_data_dir)}
    for fold, data in loaded.items():
        held = hold_out(data, fold)
        assert held.train.lengths.tolist() == [60] * 200
        assert held.train.ids == hold_out(loaded[1], 1).train.ids
        for i in range(0, 200, 40):
            y = whole.loc[held.train.ids[i]].to_numpy().ravel()
            y = y[: y.size - 18 * (fold - 1)]
            np.testing.assert_array_equal(np.append(held.train.series(i), held.actual[i]), y[-78:])


def test_networks_are_better_than_auto_ets() -> None:
    """The bar: OWA at least 5% below AutoETS, over both folds."""
    owas: dict[str, list[float]] = {"ESRNN()": [], "AutoETS": []}
    for outcome in read_outcomes(LOGS / "single.jsonl"):
        owas[outcome.variant].append(outcome.owa)
    assert np.mean(owas["ESRNN()"]) <= 0.95 * np.mean(owas["AutoETS"])
