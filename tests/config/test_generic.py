"""The preset by rule: valid for any periods, bounded, and like the tuned ones where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.config import preset_config
from esrnn.config.generic import generic_preset
from esrnn.config.presets import PRESETS
from esrnn.errors import InputError

PERIOD = st.integers(2, 4000)
PERIODS = st.one_of(
    st.just(()),
    PERIOD.map(lambda period: (period,)),
    st.lists(PERIOD, min_size=2, max_size=2, unique=True).map(sorted).map(tuple),
)


@given(PERIODS, st.integers(1, 500))
def test_any_periods_make_a_model_within_bounds(periods, horizon):
    config = preset_config("generic", horizon, seasonal_periods=periods)
    assert config.smoothing.seasonal_periods == periods
    assert 8 <= config.network.input_window <= 168
    ((first, dilation),) = config.network.dilations
    assert first == 1
    training_window = config.training.training_window
    assert training_window is not None
    assert 24 <= training_window <= 208
    assert 2 <= 2 * dilation <= training_window  # the recurrence acts within it
    assert 12 <= training_window // config.training.origin_step <= 52
    members = config.ensemble
    if members.seasonal_periods:
        assert members.n_members % len(members.seasonal_periods) == 0
        assert members.seasonal_periods[0] == periods


@given(st.integers(2, 104))
def test_a_season_within_reach_is_looked_back_on(period):
    preset = generic_preset((period,))
    assert preset.network.dilations == ((1, period),)
    assert preset.network.input_window % period == 0


@given(st.integers(105, 4000))
def test_of_a_season_out_of_reach_a_whole_part_is(period):
    ((_, dilation),) = generic_preset((period,)).network.dilations
    assert 52 <= dilation <= 104
    parts = round(period / dilation)
    assert abs(parts * dilation - period) <= parts / 2 + 1  # as near as whole steps allow


@pytest.mark.parametrize(
    ("periods", "window", "dilation", "training_window", "hidden_size"),
    [
        ((), 12, 6, 48, 64),
        ((2,), 8, 2, 24, 64),
        ((3,), 9, 3, 24, 64),
        ((6,), 12, 6, 24, 64),
        ((26,), 26, 26, 104, 128),
        ((6, 42), 42, 6, 24, 128),
        ((12, 84), 84, 12, 48, 128),
        ((48, 336), 48, 48, 192, 128),
        ((96, 672), 96, 96, 208, 128),
        ((288, 2016), 168, 96, 208, 128),
        ((60, 1440), 60, 60, 208, 128),
    ],
)
def test_usual_odd_steps(periods, window, dilation, training_window, hidden_size):
    preset = generic_preset(periods)
    assert (preset.network.input_window, preset.network.hidden_size) == (window, hidden_size)
    assert preset.network.dilations == ((1, dilation),)
    assert preset.training.training_window == training_window


@pytest.mark.parametrize("name", ["hourly", "monthly", "quarterly", "daily"])
def test_the_rule_is_near_the_tuned_presets(name):
    """Windows exactly; training windows and scored origins within a factor of four."""
    tuned = PRESETS[name]
    ruled = generic_preset(tuned.smoothing.seasonal_periods)
    assert ruled.network.input_window == tuned.network.input_window
    for mine, theirs in [
        (ruled.training.training_window, tuned.training.training_window),
        (ruled.training.origin_step, tuned.training.origin_step),
        (ruled.network.hidden_size, tuned.network.hidden_size),
    ]:
        assert theirs / 4 <= mine <= 4 * theirs


@pytest.mark.parametrize(("periods", "horizon"), [((), 6), ((4,), 6), ((12, 84), 12), ((96,), 96)])
def test_the_usual_horizon_is_a_season(periods, horizon):
    assert preset_config("generic", seasonal_periods=periods).network.horizon == horizon


def test_members_smooth_differently():
    assert generic_preset((12, 84)).ensemble.seasonal_periods == ((12, 84), (12,), (84,))
    assert generic_preset((6,)).ensemble.seasonal_periods == ((6,), ())
    assert generic_preset(()).ensemble.seasonal_periods == ()


def test_overrides_lie_on_top_of_the_rule():
    config = preset_config(
        "generic", 3, seasonal_periods=(96, 672), input_window=5, n_epochs=2, n_members=1
    )
    assert (config.network.input_window, config.training.n_epochs) == (5, 2)
    assert config.network.dilations == ((1, 96),)
    assert config.training.training_window == 208


@pytest.mark.parametrize("periods", [(1,), (0,), (-3,), (4, 4), (168, 24), (3, 4, 5)])
def test_what_is_no_period_is_refused_by_name(periods):
    with pytest.raises(InputError, match="seasonal_periods must be at most two"):
        preset_config("generic", 4, seasonal_periods=periods)
