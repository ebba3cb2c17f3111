"""Networks made by the command, made again, and compared."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from competitions.__main__ import main
from competitions.networks.make import digest
from competitions.networks.recipe import GROUPS, recipe
from esrnn.config import ModelConfig, preset_config
from esrnn.ensemble import fitting
from esrnn.forecaster import TrainedModel, ship_networks


def small_recipe(group: str) -> ModelConfig:
    small = {"n_members": 2, "n_epochs": 1, "hidden_size": 4, "calibration": 0.5, "kinds": ()}
    return preset_config(group, 2, **small)


@pytest.fixture
def arguments(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a command that makes small networks of made-up data."""
    monkeypatch.setattr("competitions.networks.make.recipe", small_recipe)
    monkeypatch.chdir(tmp_path)
    places = ["--data-dir", str(data_dir), "--out", str(tmp_path / "made")]
    return ["networks", "weekly", *places, "--n-jobs", "1", "--quiet"]


def test_networks_made_again_are_the_same(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    path = tmp_path / "made" / "weekly"
    assert "6 series, 356 observations" in capsys.readouterr().out
    model = TrainedModel.load(path)
    assert (model.horizon, model.choice.preset, len(model.ensemble.members)) == (2, "weekly", 2)
    card = json.loads((path / "card.json").read_text("utf-8"))
    assert [(one["source"], one["n_series"]) for one in card["data"]["sources"]] == [
        ("m4", 3), ("ansett", 1), ("stmf", 2)
    ]  # fmt: skip
    assert card["data"]["sources"][2]["licence"] == "CC-BY-4.0 (HMD), repository MIT"
    record = json.loads((tmp_path / "made" / "weekly.json").read_text("utf-8"))
    assert record["sha256"] == digest(path)
    assert record["cpu_s"] > 0

    assert main([*arguments, "--check"]) == 0
    assert f"the same 5 files, checksum {record['sha256'][:16]}" in capsys.readouterr().out
    assert not list((tmp_path / "runs" / "networks").glob("parts-*"))


def test_what_differs_is_named(
    arguments: list[str], data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert main([*arguments, "--rehearsal"]) == 0
    assert "a rehearsal: 2 networks, 4 series" in capsys.readouterr().out
    path = tmp_path / "made" / "weekly"
    card = json.loads((path / "card.json").read_text("utf-8"))
    ensemble = TrainedModel.load(path).ensemble
    one, _ = ensemble.members
    ship_networks(replace(ensemble, members=(one, one)), path, card, preset="weekly")
    assert main([*arguments, "--rehearsal", "--check"]) == 1
    printed = capsys.readouterr().err
    assert f"differ from those in {path}: members/001.safetensors. Libraries: the same" in printed

    assert main([*arguments, "--check"]) == 1  # no training: the card says that data differ
    assert (
        "the card differs in command, data.left_out.kept for backtests" in capsys.readouterr().err
    )
    monkeypatch.setattr("competitions.networks.make.recipe", lambda g: preset_config(g, 3))
    assert main([*arguments, "--rehearsal", "--check"]) == 1
    assert "differs in recipe.ensemble.kinds, recipe.ensemble.n_members" in capsys.readouterr().err


def test_finished_networks_are_kept(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int] = []

    train_all = fitting.train_all

    def train(jobs, options, deadline):  # type: ignore[no-untyped-def]
        for done in train_all(jobs, options, deadline):
            trained.append(done[0])
            yield done
            if len(trained) == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "train_all", train)
    assert main(arguments) == 130
    assert not (tmp_path / "made" / "weekly").exists()
    assert main(arguments) == 0
    assert trained == [0, 1]
    interrupted = digest(tmp_path / "made" / "weekly")
    assert main(arguments) == 0
    assert trained == [0, 1, 0, 1]
    assert digest(tmp_path / "made" / "weekly") == interrupted


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["networks", "weekly", "--rehearsal"], "name a folder for it with --out"),
        (["networks", "minutely"], "no networks for 'minutely'; there is yearly, quarterly"),
        (["networks", "weekly", "--check", "--out", "."], "has no such file"),
    ],
)
def test_mistakes_are_one_line(
    command: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weekly").mkdir()
    assert main(command) == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize("group", GROUPS)
def test_recipes_serve_long_horizons_and_all_levels(group: str) -> None:
    config = recipe(group)
    assert config.network.horizon > preset_config(group).network.horizon
    assert config.network.quantile_levels == (0.025, *(k / 10 for k in range(1, 10)), 0.975)
    assert config.training.calibration > 0
