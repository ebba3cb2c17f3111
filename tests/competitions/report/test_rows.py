"""Rows of the report: which runs make one, and what it says of networks that know the task."""

import json
from pathlib import Path

import pytest

from competitions.report.collect import collect
from competitions.report.markdown import markdown
from competitions.report.page import html_page
from competitions.report.rows import Spread, method_row
from competitions.report.words import findings
from competitions.store.read import read_run
from competitions.store.write import store_run
from esrnn.errors import InputError
from tests.competitions.made_up_runs import COMMIT, MadeUp, write_made_up


def test_rows_over_seeds(tmp_path: Path) -> None:
    runs = [write_made_up(tmp_path, MadeUp(seed=s, owa=o)) for s, o in ((3, 0.8), (1, 0.9))]
    row = method_row([read_run(run) for run in runs])
    assert row.seeds == (1, 3)
    assert row.measures["owa"] == Spread(pytest.approx(0.85), 0.8, 0.9)
    assert row.smape_by_step[0] == pytest.approx(5.0 * 0.85)


def test_other_settings_are_never_counted_as_seeds(tmp_path: Path) -> None:
    for made_up in (
        *(MadeUp(owa=owa, seed=seed) for seed, owa in enumerate((0.73, 0.74, 0.75))),
        MadeUp(owa=0.95, seed=3, n_members=1),
        MadeUp(owa=0.97, seed=4, n_members=1),
        MadeUp(owa=0.9, seed=5, preset="generic"),
    ):
        write_made_up(tmp_path, made_up)
    run = write_made_up(tmp_path, MadeUp(owa=0.6, seed=6))
    scores = json.loads((run / "scores.json").read_text(encoding="utf-8"))
    for path in sorted(tmp_path.glob("*-esrnn-None-[012]/scores.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**entries, "model": {"network": {"hidden_size": 64}}}))
    other = {**scores, "model": {"network": {"hidden_size": 8}}}
    (run / "scores.json").write_text(json.dumps(other), encoding="utf-8")
    found = collect(tmp_path / "none", None, tmp_path, "today", None)
    (section,) = found.tasks
    rows = {row.label: (row.seeds, round(row.mean("owa") or 0.0, 3)) for row in section.rows}
    assert rows == {
        f"ESRNN, settings of {COMMIT[:12]}": ((6,), 0.6),
        "ESRNN": ((0, 1, 2), 0.74),
        "ESRNN, preset generic": ((5,), 0.9),
        "ESRNN, 1 member": ((3, 4), 0.96),
    }
    assert section.ours is not None
    assert section.ours.seeds == (0, 1, 2)
    assert section.ranks is not None
    assert set(section.ranks.names) == set(rows)
    text = markdown(found)
    assert "| **ESRNN**, 1 member | 0.960 |" in text
    assert "**ESRNN**, 3 seeds" in text
    assert "Mean ranks by MASE" in html_page(found)


def test_rows_of_one_method_name_the_file_that_differs(tmp_path: Path) -> None:
    for seed, helper in enumerate(("aaaaaaaaaaaa", "aaaaaaaaaaaa", "bbbbbbbbbbbb")):
        run = write_made_up(tmp_path, MadeUp(method="mine:f", seed=seed))
        scores = json.loads((run / "scores.json").read_text(encoding="utf-8"))
        code = {"mine.py": "cccccccccccc", "helper.py": helper}
        (run / "scores.json").write_text(json.dumps({**scores, "model": {"code": code}}), "utf-8")
    (section,) = collect(tmp_path / "none", None, tmp_path, "today", None).tasks
    labels = {row.label: row.seeds for row in section.rows}
    assert labels == {"mine:f": (0, 1), "mine:f, other helper.py (bbbbbbbb)": (2,)}


def test_two_runs_of_one_seed_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_made_up(tmp_path / folder, MadeUp())
    with pytest.raises(InputError, match="are runs of the same method, settings and seed"):
        collect(tmp_path / "none", None, tmp_path, "today", None)


def test_a_run_in_place_of_a_kept_result_is_told(tmp_path: Path) -> None:
    store_run(write_made_up(tmp_path / "old", MadeUp(owa=0.9)), tmp_path / "kept")
    run, said = write_made_up(tmp_path / "new", MadeUp(owa=0.8)), []
    found = collect(tmp_path / "kept", None, tmp_path / "new", "today", None, said.append)
    assert [row.mean("owa") for row in found.tasks[0].rows] == [0.8]
    assert said == [
        f"The run in {run} is shown in place of the result m4-weekly/esrnn-0",
        "Reads M4 Weekly",
    ]


def test_rows_of_networks_that_know_the_task_say_so(tmp_path: Path) -> None:
    methods = ("esrnn", "esrnn-zero-shot", "esrnn-fine-tuned", "theta")
    for task in ("m4-weekly", "m4-hourly", "m3-yearly"):
        for k, method in enumerate(methods):
            write_made_up(tmp_path, MadeUp(task, method, owa=0.9 - 0.1 * k))
    found = collect(tmp_path / "none", None, tmp_path, "today", None)
    titles = {s.label: {row.method: row.title for row in s.rows} for s in found.sections}
    (total,) = (s for s in found.sections if s.task is None)
    for label in ("M4 Weekly, all 359 series", total.label):
        assert titles[label]["esrnn-zero-shot"] == "ESRNN, zero shot (knows M4)"
        assert titles[label]["esrnn"] == "ESRNN"
    assert titles["M3 Yearly, all 645 series"]["esrnn-fine-tuned"] == "ESRNN, fine-tuned"
    for section in found.sections:
        assert [row.method for row in section.rows if row.is_ours] == [*methods[2::-1]]
        assert [row.method for row in section.rows if row.is_statistical] == ["theta"]
        assert section.ours is not None
        assert section.ours.method == "esrnn"
    assert findings(found)[0].startswith(
        "ESRNN has the lowest OWA of the methods computed here on 0"
    )
