"""Each member's settings: windows, seasonal periods and kinds are taken in turn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from esrnn.config import EnsembleConfig, ModelConfig, member_configs, override, preset_config
from esrnn.errors import InputError


def test_periods_and_windows_are_taken_in_turn() -> None:
    ensemble = EnsembleConfig(n_members=5, input_windows=(6, 8), seasonal_periods=((4,), ()))
    configs = member_configs(replace(preset_config("quarterly", 4), ensemble=ensemble))
    taken = [(c.network.input_window, c.smoothing.seasonal_periods) for c in configs]
    assert taken == [(6, (4,)), (6, ()), (8, (4,)), (8, ()), (6, (4,))]
    assert {c.smoothing.lag for c in configs} == {4}


def test_members_are_alike_by_default() -> None:
    config = preset_config("quarterly", 4, n_members=3)
    configs = member_configs(replace(config, ensemble=EnsembleConfig(n_members=3)))
    assert len(configs) == 3 == configs.count(configs[0])


def test_own_seasonal_periods_overrule_the_presets_variety() -> None:
    assert preset_config("hourly", 48).ensemble.seasonal_periods
    chosen = preset_config("hourly", 48, seasonal_periods=(24,))
    assert not chosen.ensemble.seasonal_periods
    same = preset_config("hourly", 48, seasonal_periods=(24, 168))
    assert same.ensemble == preset_config("hourly", 48).ensemble


KINDS = (
    (),
    (("level", "last"), ("seasonal_periods", ())),
    (("cell", "linear"), ("input_window", 30), ("learning_rate", 0.01)),
)


def test_kinds_are_taken_in_turn_by_the_members() -> None:
    base = preset_config("quarterly", 4, n_members=5)
    configs = member_configs(override(base, kinds=KINDS))
    alike = member_configs(base)
    assert configs[0] == configs[3] == alike[0]
    assert (configs[1].smoothing.level, configs[1].smoothing.lag) == ("last", 4)
    assert configs[1].network == alike[0].network
    assert (configs[2].network.cell, configs[2].network.input_window) == ("linear", 30)
    assert configs[2].training.learning_rate == 0.01
    assert configs[2].smoothing == alike[0].smoothing
    assert configs[1] == configs[4]


def test_another_cell_has_its_own_options() -> None:
    own = {"cell": "lmu", "cell_options": (("order", 4),)}
    kinds = ((), (("cell", "gru"),), (("cell", "lmu"), ("cell_options", (("order", 6),))))
    configs = member_configs(preset_config("quarterly", 4, n_members=3, **own, kinds=kinds))
    assert [c.network.cell_options for c in configs] == [(("order", 4),), (), (("order", 6),)]


def test_kinds_survive_json() -> None:
    config = preset_config("quarterly", 4, n_members=3, kinds=KINDS)
    again = ModelConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert member_configs(again) == member_configs(config)
    older = config.to_dict()
    del older["ensemble"]["kinds"]  # of a model that was saved before there were kinds
    assert ModelConfig.from_dict(older).ensemble.kinds == ()


def _cells(**own: object) -> list[str]:
    return [c.network.cell for c in member_configs(preset_config("weekly", **own))]


def test_a_preset_of_several_kinds_keeps_those_that_members_are_left_for() -> None:
    assert _cells() == ["lstm", "linear", "lstm"] * 2
    assert _cells(n_members=3) == ["lstm", "linear", "lstm"]
    assert preset_config("weekly", n_members=1).ensemble.kinds == ()
    # What the kinds share is asked for, or a value that the preset has anyway.
    assert _cells(n_epochs=3, hidden_size=8, seasonal_periods=(), cell="lstm") == _cells()


@pytest.mark.parametrize(
    "own", [{"cell": "gru"}, {"input_window": 52}, {"seasonal_periods": (52,)}]
)
def test_what_a_preset_of_several_kinds_is_told_holds_for_all_members(own: dict[str, Any]) -> None:
    configs = member_configs(preset_config("weekly", **own))
    assert len(configs) == 6 == configs.count(configs[0])
    (name, value), *_ = own.items()
    part = configs[0].smoothing if name == "seasonal_periods" else configs[0].network
    assert getattr(part, name) == value


def test_daily_members_differ_in_kind_unless_all_have_the_season() -> None:
    daily = preset_config("daily", seasonal_periods=(7,), in_all_members=False)
    configs = member_configs(daily)
    assert [c.network.cell for c in configs] == ["lstm", "linear", "mlp"] * 2
    periods = [c.smoothing.seasonal_periods for c in configs]
    assert periods == [(7,), (), (), (), (), ()]
    assert {c.smoothing.lag for c in configs} == {7}
    assert preset_config("daily", in_all_members=True).ensemble.kinds == ()


def test_data_without_a_season_have_members_of_three_cells() -> None:
    configs = member_configs(preset_config("generic"))
    assert [c.network.cell for c in configs] == ["lstm", "indrnn", "mlp"] * 2
    assert preset_config("generic", seasonal_periods=(5,)).ensemble.kinds == ()


def test_a_rate_of_ones_own_is_that_of_all_kinds() -> None:
    usual = member_configs(preset_config("weekly"))
    own = member_configs(preset_config("weekly", learning_rate=0.01))
    assert [c.network for c in own] == [c.network for c in usual]
    assert {c.training.learning_rate for c in own} == {0.01}
    assert len({c.training.learning_rate for c in usual}) == 2
    as_long = member_configs(preset_config("weekly", n_epochs=usual[0].training.n_epochs))
    assert {c.training.n_epochs for c in as_long} == {usual[0].training.n_epochs}


def test_kinds_of_ones_own_replace_those_of_a_preset() -> None:
    assert _cells(kinds=()) == ["lstm"] * 6
    assert _cells(kinds=((("cell", "mlp"),),)) == ["mlp"] * 6


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ((("horizon", 3),), "got 'horizon', which is shared by all members"),
        ((("quantile_levels", (0.5,)),), "shared by all members"),
        ((("n_members", 2),), "got 'n_members', which is no setting of a member"),
        ((("hiden_size", 2),), "no setting of a member"),
        ((("hidden_size", 0),), "hidden_size must be a whole number of at least 1; got 0"),
        ((("level", "last"),), "empty with level='last'"),
    ],
)
def test_kinds_that_cannot_be_made_are_refused(kind: tuple[object, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        preset_config("quarterly", 4, n_members=1, kinds=(kind,))


def test_a_kind_that_no_member_takes_is_refused() -> None:
    with pytest.raises(InputError, match="at most n_members of them, 2; got 3"):
        preset_config("quarterly", 4, n_members=2, kinds=KINDS)
