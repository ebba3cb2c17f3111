"""The command lines of the pages run as they are printed, and each promise names a test."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from esrnn.cli import main
from esrnn.forecaster import FittedPanel
from tests.jobs.made_up import sales, write_parts

ROOT = Path(__file__).resolve().parent.parent.parent
HOWTO = ROOT / "docs" / "howto"
JOBS, NIGHTLY = HOWTO / "jobs.md", HOWTO / "jobs_nightly.md"


def blocks(page: Path, kind: str) -> list[str]:
    """Return the blocks of a kind on a page."""
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def commands(page: Path) -> list[str]:
    """Return the command lines of esrnn on a page."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line for line in lines if line.startswith("esrnn ") and "COMMAND" not in line]


def promotions() -> pd.DataFrame:
    """Make sales with a price and a promotion, known a year further than the first 61 months."""
    table = sales(12, n_months=73)
    promo = np.random.default_rng(1).integers(0, 2, len(table))
    return table.assign(price=3.0 - 0.5 * promo, promo=promo)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the pages name."""
    monkeypatch.chdir(tmp_path)
    whole = sales(2, n_months=80).replace({"unique_id": {"shop1": "shop7"}})
    whole.to_csv("sales_with_what_came.csv", index=False)
    whole[whole["ds"] < "2025-09"].to_csv("sales.csv", index=False)
    sales(2).to_parquet("sales.parquet", index=False)
    sales(1, first=5).to_csv("new_shops.csv", index=False)
    sales(3, n_months=70).to_csv("new_rows.csv", index=False)
    plan = promotions()
    past = plan["ds"] < "2025-01"
    plan[past].to_csv("promotions.csv", index=False)
    plan[~past].assign(y=plan["y"].where(plan["ds"] < "2025-02")).to_csv("tonight.csv", index=False)
    write_parts(tmp_path / "landing", 2, n_series=1)
    write_parts(tmp_path / "sales", 2, n_series=1)
    Path("nightly.toml").write_text(blocks(JOBS, "toml")[0], encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_the_commands_of_the_page_on_jobs(here: Path) -> None:
    lines = commands(JOBS)
    assert len(lines) >= 12
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, line


@pytest.mark.slow
def test_the_command_of_the_readme(here: Path) -> None:
    (line,) = commands(ROOT / "README.md")
    assert main(shlex.split(line)[1:]) == 0
    assert Path("forecasts.csv").is_file()
    assert Path("forecasts.png").is_file()


@pytest.mark.slow
def test_the_script_of_every_night(here: Path) -> None:
    """Run it with an `esrnn` that is this one, as cron would."""
    shim = here / "bin" / "esrnn"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m esrnn.cli "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    Path("nightly.sh").write_text(blocks(NIGHTLY, "bash")[0], encoding="utf-8")
    environment = {
        **os.environ,
        "PATH": f"{shim.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    lines = [line for block in blocks(NIGHTLY, "console") for line in block.splitlines()]
    (line,) = [line for line in lines if line.endswith("2>&1")]
    command = line.split("* * * ")[1].replace("cd /srv/sales && ", "")
    done = subprocess.run(["sh", "-c", command], env=environment, check=False)
    assert done.returncode == 0, Path("nightly.log").read_text("utf-8")
    assert (here / "forecasts" / "_manifest.json").is_file()


@pytest.mark.slow
def test_the_command_in_the_container(here: Path) -> None:
    (line,) = [x for b in blocks(NIGHTLY, "console") for x in b.splitlines() if "docker" in x]
    words = shlex.split(line.split(" esrnn ")[1])
    assert main([word.replace("/data", str(here)) for word in words]) == 0


def test_the_file_for_the_workflow_engine(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import it with decorators in the engine's place, which run what they decorate."""
    file = HOWTO / "sales_dag.py"
    assert file.read_text("utf-8") in NIGHTLY.read_text("utf-8")
    made: list[Any] = []

    def dag(**options: Any) -> Callable[[Callable[[], Any]], Callable[[], None]]:
        return lambda function: lambda: made.append(function())

    def task(function: Any = None, **options: Any) -> Any:
        return function if function is not None else lambda own: own

    engine = types.ModuleType("airflow.sdk")
    engine.dag, engine.task = dag, task  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "airflow", types.ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.sdk", engine)
    source = file.read_text("utf-8").replace("/srv/sales", str(here))
    own = here / "sales_dag.py"
    own.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("sales_dag", own)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert made == ["2 series forecast, 0 rejected"]


@pytest.mark.slow
def test_the_command_on_a_cluster(here: Path) -> None:
    distributed = pytest.importorskip("distributed")
    assert main(["fit", "sales.csv", "--out", "model", "--horizon", "2"]) == 0
    (line,) = commands(HOWTO / "jobs_cluster.md")
    with distributed.LocalCluster(  # in this process; `tests/jobs/test_cluster.py` has others
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0"
    ) as cluster:
        words = shlex.split(line)[1:]
        words[words.index("--scheduler") + 1] = cluster.scheduler_address
        assert main(words) == 0
    assert (here / "forecasts" / "part-1.parquet").is_file()


@pytest.mark.slow
def test_the_command_of_torchrun(here: Path) -> None:
    """Two processes write the model of one; the report is printed once."""
    page = HOWTO / "jobs_cluster.md"
    (line,) = [x for b in blocks(page, "console") for x in b.splitlines() if "--standalone" in x]
    settings = "--set n_members=1 --set n_epochs=2 --set random_state=1 --json"
    program, *words = shlex.split(f"{line} {settings}")
    assert program == "torchrun"
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    assert json.loads(done.stdout)["counts"]["n_series"] == 2
    alone = words[words.index("fit") :]
    alone[alone.index("model")] = "alone"
    assert main(alone) == 0
    found, expected = (
        FittedPanel.load(name).forecast_frame()["y_hat"] for name in ("model", "alone")
    )
    assert_allclose(found, expected, rtol=1e-5)


def test_each_promise_names_a_test() -> None:
    rows = [
        line.split("|")[2]
        for line in (HOWTO / "jobs_promises.md").read_text("utf-8").splitlines()
        if line.startswith("| ") and "promise |" not in line
    ]
    assert len(rows) >= 15
    for row in rows:
        first, *others = re.findall(r"`([^`]+)`", row)
        file, name = first.split("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert {name, *others} <= there
