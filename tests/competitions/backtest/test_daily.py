"""The daily panels of the backtests: promotions reach over the horizon; settings differ."""

import numpy as np
import pytest

from competitions.backtest.daily import DAILY, DailyPanel, daily_configs, known_columns
from competitions.backtest.held_out import hold_out
from esrnn.config.presets import PRESETS
from esrnn.datasets.made_sales import stores

SMALL = DailyPanel("made stores", 3, True, lambda _: stores(1, 3, 90))


def test_promotions_and_holidays_reach_to_the_end_of_the_horizon() -> None:
    held = hold_out(SMALL.load(None), 2)
    assert held.train.lengths.tolist() == [62, 62, 62]
    covariates = known_columns(SMALL)(held)  # type: ignore[misc]
    assert (covariates.n_static, covariates.n_future, covariates.horizon) == (0, 2, 14)
    known = stores(1, 3, 90)
    for k, name in enumerate(held.train.ids):
        found = covariates.future[76 * k : 76 * (k + 1), 0]
        np.testing.assert_array_equal(found, known.loc[name, "promo"].iloc[:76])


def test_other_panels_have_no_columns() -> None:
    assert [known_columns(panel) is None for panel in DAILY] == [False, False, True, True, True]


@pytest.mark.parametrize("panel", DAILY, ids=lambda panel: panel.name)
def test_each_panel_is_compared_with_the_preset_as_it_is(panel: DailyPanel) -> None:
    configs = daily_configs(panel)
    assert configs["preset daily"].training == PRESETS["daily"].training
    assert len(set(configs.values())) == len(configs)
    in_all = "and three times the rate"
    assert (in_all in configs) == panel.has_week
    assert {config.network.n_future for config in configs.values()} in ({0}, {2})
