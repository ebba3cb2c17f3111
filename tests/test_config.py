"""Settings check themselves; presets fill them and users' own values lie on top."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError, replace

import pytest

from esrnn.config import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
    choose_preset,
    override_names,
    preset_config,
    usual_periods,
)
from esrnn.config.presets import PRESETS
from esrnn.errors import EsrnnError, InputError
from esrnn.nn.layers import LAYERS

COUNT = "a whole number of at least 1"
COUNT_OR_NONE = "a whole number of at least 0"
PERIODS = "at most two different whole numbers of at least 2, the shorter one first"
BLOCKS = "blocks of whole numbers of at least 1, such as ((1, 2), (4, 8))"
LEVELS = "an odd number of increasing levels in (0, 1) with 0.5 in the middle"


def network(**changes):
    return NetworkConfig(**{"input_window": 6, "horizon": 4, **changes})


REFUSED = [
    *((SmoothingConfig, "seasonal_periods", value, PERIODS)
      for value in [(1,), (0,), (-4,), (4, 4), (168, 24), (3, 4, 5), (4.5,)]),
    (SmoothingConfig, "seasonality", "none",
     "one of ('auto', 'multiplicative', 'additive')"),
    *((network, name, value, COUNT)
      for name in ("input_window", "horizon", "hidden_size") for value in (0, -1, 2.5, "6")),
    *((network, name, value, COUNT_OR_NONE)
      for name in ("n_static", "n_future") for value in (-1, 2.5, False, "6")),
    *((network, "dilations", value, BLOCKS)
      for value in [(), ((),), ((1,), ()), ((0,),), ((1.5,),)]),
    *((network, "dropout", value, "at least 0 and below 1") for value in (-0.1, 1.0, float("nan"))),
    *((network, "quantile_levels", value, LEVELS)
      for value in [(), (0.4,), (0.5, 0.9), (0.1, 0.4, 0.9), (0.9, 0.5, 0.1), (0.0, 0.5, 0.9),
                    (0.1, 0.5, 1.0), (0.5, 0.5, 0.9), (0.1, 0.1, 0.5, 0.9, 0.9)]),
    (TrainingConfig, "loss", "mse",
     "one of ('owa', 'smape', 'mase', 'pinball', 'log_pinball')"),
    (TrainingConfig, "interval_loss", "owa", "one of ('pinball', 'interval_score')"),
    (TrainingConfig, "schedule", "linear", "one of ('cosine', 'constant')"),
    *((TrainingConfig, "training_level", value, "in (0, 1)") for value in (0.0, 1.0, -1.0)),
    *((TrainingConfig, name, value, COUNT)
      for name in ("n_epochs", "batch_size") for value in (0, -3, 1.5)),
    *((TrainingConfig, name, value, COUNT)
      for name in ("patience", "training_window") for value in (0, 0.5)),
    *((TrainingConfig, name, value, "finite and greater than 0")
      for name in ("learning_rate", "gradient_clip") for value in (0.0, -1.0, float("nan"))),
    *((TrainingConfig, name, value, "finite and at least 0")
      for name in ("series_learning_rate", "interval_weight", "level_penalty")
      for value in (-1e-9, float("nan"))),
    *((TrainingConfig, "calibration", value, "in [0, 1]") for value in (-0.1, 1.1)),
    (EnsembleConfig, "n_members", 0, COUNT),
    (EnsembleConfig, "combination", "max", "one of ('mean', 'median', 'weighted')"),
    (EnsembleConfig, "input_windows", (6, 0), "whole numbers of at least 1"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "name", "value", "expected"), REFUSED)
def test_values_out_of_range_are_refused_by_name(make, name, value, expected):
    with pytest.raises(InputError, match=re.escape(f"{name} must be {expected}; got {value!r}")):
        make(**{name: value})


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        *((SmoothingConfig, "seasonal_periods", value) for value in [(), (2,), (24, 168)]),
        *((network, "quantile_levels", value) for value in [(0.5,), (0.1, 0.2, 0.5, 0.6, 0.9)]),
        (network, "dropout", 0.0),
        (network, "dilations", ((7,),)),
        (TrainingConfig, "series_learning_rate", 0.0),
        (TrainingConfig, "patience", 1),
        (TrainingConfig, "calibration", 1.0),
        (EnsembleConfig, "input_windows", (6, 12)),
    ],
)
def test_values_at_the_edge_of_the_range_are_taken(make, name, value):
    assert getattr(make(**{name: value}), name) == value


def test_settings_cannot_be_changed_but_copied():
    config = TrainingConfig()
    with pytest.raises(FrozenInstanceError):
        config.n_epochs = 3
    assert replace(config, n_epochs=3).n_epochs == 3
    with pytest.raises(InputError):
        replace(config, n_epochs=0)


def test_equal_settings_are_equal_and_hash_alike():
    """They serve as keys, and a stored model compares them."""
    one, two = (ModelConfig(network()) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one != ModelConfig(network(hidden_size=9))


def test_input_errors_are_value_errors_of_the_package():
    assert issubclass(InputError, ValueError)
    assert issubclass(InputError, EsrnnError)


class TestPresets:
    @pytest.mark.parametrize("name", PRESETS)
    def test_every_preset_makes_a_model(self, name):
        config, preset = preset_config(name, 13), PRESETS[name]
        assert config == replace(preset, network=replace(preset.network, horizon=13))
        assert config.network.cell in LAYERS
        assert config.smoothing.seasonal_periods == usual_periods(name)

    def test_the_usual_horizons_are_those_of_m4(self):
        found = {name: preset_config(name).network.horizon for name in PRESETS}
        assert found == {
            "hourly": 48, "daily": 14, "weekly": 13, "monthly": 18, "quarterly": 8, "yearly": 6,
            "generic": 6,
        }  # fmt: skip

    def test_overrides_lie_on_top(self):
        wanted = {
            "seasonal_periods": (5, 9), "seasonality": "additive", "input_window": 11,
            "hidden_size": 7, "cell": "gru", "dilations": ((3,),), "quantile_levels": (0.5,),
            "loss": "mase", "n_members": 2, "n_epochs": 4, "batch_size": 3,
            "learning_rate": 0.5, "series_learning_rate": 0.25, "patience": 6, "calibration": 0.3,
        }  # fmt: skip
        assert set(wanted) <= override_names()
        config = preset_config("monthly", 6, **wanted)
        parts = {
            config.smoothing: ("seasonal_periods", "seasonality"),
            config.network: (
                "input_window", "hidden_size", "cell", "dilations", "quantile_levels"
            ),
            config.training: (
                "loss", "n_epochs", "batch_size", "learning_rate", "series_learning_rate",
                "patience", "calibration",
            ),
            config.ensemble: ("n_members",),
        }  # fmt: skip
        found = {name: getattr(part, name) for part, names in parts.items() for name in names}
        assert found == wanted
        untouched = preset_config("monthly", 6)
        assert config.network.dropout == untouched.network.dropout
        assert config.training.schedule == untouched.training.schedule

    def test_an_input_window_asked_for_is_every_members(self):
        config = preset_config("hourly", 48, input_window=100)
        assert config.ensemble.input_windows == ()

    def test_seasonal_periods_asked_for_are_every_members(self):
        config = preset_config("hourly", 48, seasonal_periods=(24,))
        assert config.ensemble.seasonal_periods == ()

    @pytest.mark.parametrize(("preset", "periods"), [("daily", (7,)), ("generic", (5,))])
    def test_a_season_in_all_members(self, preset, periods):
        usual = preset_config(preset, 9, seasonal_periods=periods)
        assert usual.ensemble.seasonal_periods == (periods, ())
        config = preset_config(preset, 9, seasonal_periods=periods, in_all_members=True)
        assert config.ensemble.seasonal_periods == ()
        assert config.smoothing.seasonal_periods == periods
        alternating = preset_config(preset, 9, seasonal_periods=periods, in_all_members=False)
        assert alternating == usual

    def test_the_week_of_business_days_can_alternate_too(self):
        config = preset_config("daily", 9, seasonal_periods=(5,), in_all_members=False)
        assert config.ensemble.seasonal_periods == ((5,), ())

    @pytest.mark.parametrize("in_all_members", [True, False])
    def test_presets_with_the_season_in_all_members_stay(self, in_all_members):
        for name in ("weekly", "monthly", "quarterly", "yearly"):
            assert preset_config(name, in_all_members=in_all_members) == PRESETS[name]
        assert preset_config("hourly", in_all_members=False) == PRESETS["hourly"]

    def test_a_week_in_all_members_is_learnt_faster(self):
        rate = PRESETS["daily"].training.learning_rate
        found = [
            preset_config("daily", seasonal_periods=periods, in_all_members=in_all, **own)
            for periods, in_all, own in (
                ((7,), True, {}), ((5,), True, {}), ((), True, {}), ((7,), False, {}),
                ((7,), True, {"learning_rate": 0.1}),
            )
        ]  # fmt: skip
        rates = [config.training.learning_rate for config in found]
        assert rates == [3 * rate, 3 * rate, rate, rate, 0.1]

    def test_overrides_are_checked_like_settings(self):
        with pytest.raises(InputError, match="n_epochs must be a whole number of at least 1"):
            preset_config("yearly", 6, n_epochs=0)

    def test_none_leaves_the_presets_value(self):
        assert preset_config("monthly", n_epochs=None, patience=None) == PRESETS["monthly"]

    def test_members_windows_can_be_told_beside_the_networks(self):
        config = preset_config("hourly", input_window=100, input_windows=(100, 50))
        assert config.ensemble.input_windows == (100, 50)

    def test_an_unknown_setting_is_refused_with_the_known_ones(self):
        with pytest.raises(InputError, match=r"some of \['batch_size', .*\]; got \['epochs'\]"):
            preset_config("yearly", epochs=3)

    def test_an_unknown_preset_is_refused_with_the_known_ones(self):
        with pytest.raises(InputError, match=r"one of \['daily', .*'yearly'\]; got 'minutely'"):
            preset_config("minutely", 6)

    @pytest.mark.parametrize(
        ("periods", "preset"),
        [
            ((4,), "quarterly"), ((12,), "monthly"), ((7,), "daily"), ((24,), "hourly"),
            ((24, 168), "hourly"), ((), "generic"), ((5,), "generic"), ((12, 84), "generic"),
            ((24, 48), "generic"), ((52,), "generic"), ((168,), "generic"),
        ],
    )  # fmt: skip
    def test_preset_by_periods(self, periods, preset):
        assert choose_preset(periods) == preset


class TestAsPlainData:
    @pytest.mark.parametrize("name", PRESETS)
    def test_there_and_back_through_json(self, name):
        config = PRESETS[name]
        assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config

    def test_what_is_missing_or_unknown_is_named(self):
        data = PRESETS["yearly"].to_dict()
        without = {name: part for name, part in data.items() if name != "ensemble"}
        with pytest.raises(InputError, match=r"missing: \['ensemble'\], unknown: \[\]"):
            ModelConfig.from_dict(without)
        network = {**data["network"], "width": 3}
        del network["cell"]
        with pytest.raises(
            InputError, match=r"settings of 'network' .* missing: \['cell'\], unknown: \['width'\]"
        ):
            ModelConfig.from_dict({**data, "network": network})

    def test_models_that_were_saved_before_some_settings_existed_are_read(self):
        data = PRESETS["yearly"].to_dict()
        for name in ("n_steps", "warm_up", "keep"):
            del data["training"][name]
        assert ModelConfig.from_dict(data) == PRESETS["yearly"]

    def test_values_are_checked(self):
        data = PRESETS["yearly"].to_dict()
        data["training"]["n_epochs"] = 0
        with pytest.raises(InputError, match="n_epochs must be a whole number of at least 1"):
            ModelConfig.from_dict(data)
