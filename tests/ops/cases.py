"""Small cases for the tests of windows."""

from __future__ import annotations

import pytest

from tests.hybrids import Case, make_case, random_panel, small_config

FIRST = 4  # the first origin
HORIZON = 7  # longer than a season, so that a factor not yet known would show
LENGTHS = [30, 17, 23]
PERIODS = [(), (3,), (3, 5)]
both_forms = pytest.mark.parametrize("signed", [False, True], ids=["multiplicative", "additive"])
all_periods = pytest.mark.parametrize("periods", PERIODS, ids=str)


def example(
    signed: bool, periods: tuple[int, ...], lengths: list[int] = LENGTHS, missing: float = 0.1
) -> Case:
    """Return series of one form, with gaps, and an untrained network."""
    panel = random_panel(0, lengths, period=3, signed=signed, missing=missing)
    form = "additive" if signed else "multiplicative"
    config = small_config(periods=periods, horizon=HORIZON, seasonality=form)
    return make_case(panel, config, FIRST)
