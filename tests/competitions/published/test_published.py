"""Published results, the table, and the examples in the docstrings of `competitions`."""

import csv
import doctest
import importlib
from pathlib import Path

import pytest

from competitions.published import m4_rank, published, published_total
from competitions.task import Task, load_task, task_names

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "competitions" / "published"
COMPLETE = ("m4-yearly", "m4-weekly", "m4-hourly")
# As their files name them, where that is not the row's own name.
ENTRIES = {
    "Smyl, ES-RNN (118)": "118",
    "Montero-Manso et al., FFORMA (245)": "245",
    "Pawlikowski (237)": "237",
    "Jaganathan (72)": "72",
    "Fiorucci (69)": "69",
    "Petropoulos, Svetunkov (36)": "36",
    "Doornik et al. (238)": "238",
    "Entry 235": "235",
    "Comb": "Com",
}
TAGS = (", best of group", ", winner of M4")


def _leaderboard(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["method"]: row for row in csv.DictReader(file)}


def _plain(method: str) -> str:
    for tag in TAGS:
        method = method.removesuffix(tag)
    return method


def test_the_copy_of_m4s_table_is_the_published_one(competition_data_dir: Path) -> None:
    original = competition_data_dir / "m4" / "leaderboard.csv"
    assert _leaderboard(FOLDER / "m4_leaderboard.csv") == _leaderboard(original)


@pytest.mark.parametrize("name", COMPLETE)
def test_rows_are_those_of_m4s_table(name: str) -> None:
    table, group = _leaderboard(FOLDER / "m4_leaderboard.csv"), load_task(name).group
    rows = [row for row in published(name) if row.mase is not None]
    assert len(rows) >= 17
    for row in rows:
        official = table[ENTRIES.get(_plain(row.method), _plain(row.method))]
        assert row.smape == float(official[f"smape_{group}"])
        assert row.mase == float(official[f"mase_{group}"])
        assert row.owa == round(float(official[f"owa_{group}"]), 4)


def test_rows_of_single_methods() -> None:
    rows = {_plain(row.method): row for row in published("m4-yearly")}
    smyl, naive, arima = rows["Smyl, ES-RNN (118)"], rows["Naive"], rows["ARIMA"]
    assert (smyl.smape, smyl.mase, smyl.owa) == (13.176, 2.980, 0.7781)
    assert (smyl.msis, smyl.acd) == (23.898, 0.003)
    assert (naive.msis, naive.acd) == (56.554, 0.234)
    assert (arima.smape, arima.owa, arima.msis) == (None, 0.892, 45.007)
    assert "Cawood" in (arima.note or "")
    weekly = {row.method: row for row in published("m4-weekly")}
    assert weekly["ARIMA"].owa is None
    assert weekly["ARIMA"].note == "M4 published only the intervals"
    assert weekly["Entry 235, best of group"].owa == 0.7386


@pytest.mark.parametrize("name", COMPLETE)
def test_one_row_is_the_best_of_its_group_and_rows_are_in_order(name: str) -> None:
    rows = published(name)
    (best,) = (row for row in rows if row.method.endswith("best of group"))
    known = [row.owa for row in rows if row.owa is not None]
    assert known == sorted(known)
    assert best.owa == min(row.owa for row in rows if row.owa and "N-BEATS" not in row.method)
    assert all(row.owa is None for row in rows[len(known) :])


def test_a_part_of_a_group_has_no_published_rows() -> None:
    parts = [name for name in task_names() if load_task(name).is_partial]
    assert {"m4-quarterly", "m4-yearly-1000"} <= set(parts)
    assert [row for name in parts for row in published(name)] == []
    assert published("no-such-task") == []


def test_m3() -> None:
    sizes = {"yearly": 645, "quarterly": 756, "monthly": 1428, "other": 174}
    rows = published_total("m3")
    totals = {row.method: row.smape for row in rows if row.smape is not None}
    means = {row.method: (row.smape_per_series, row.mase_per_series) for row in rows[len(totals) :]}
    assert means == {"LGT and SGT": (12.27, 1.30), "Theta": (12.76, 1.39), "ETS": (13.13, 1.43)}
    assert totals == {"N-BEATS, ensemble": 12.37, "Theta": 13.01, "Naive2": 15.47}
    groups = {group: {r.method: r.smape for r in published(f"m3-{group}")} for group in sizes}
    horizons = {group: load_task(f"m3-{group}").horizon for group in sizes}
    for method in ("Theta", "Naive2"):
        weights = {group: sizes[group] * horizons[group] for group in sizes}
        terms = [weights[group] * (groups[group][method] or 0.0) for group in sizes]
        assert sum(terms) / sum(weights.values()) == pytest.approx(totals[method], abs=0.02)


def test_total_of_m4() -> None:
    first = published_total("m4")[0], published_total("m4")[1]
    assert [(row.smape, row.owa) for row in first] == [(11.135, 0.795), (11.374, 0.8209)]
    assert not any("best of group" in row.method for row in published_total("m4"))


def test_every_row_has_a_source_and_gaps_have_a_reason() -> None:
    for name in task_names():
        task = load_task(name)
        for row in published(task):
            assert row.source
            if task.competition == "m4" and "N-BEATS" not in row.method:
                assert row.smape is not None or row.note


@pytest.mark.parametrize(
    ("group", "owa", "place"),
    [
        ("hourly", 0.40, (1, 59)),
        ("hourly", 0.4096, (1, 59)),
        ("hourly", 0.41, (2, 59)),
        ("yearly", 0.77807, (1, 59)),
        ("weekly", 100.0, (60, 59)),
    ],
)
def test_rank(group: str, owa: float, place: tuple[int, int]) -> None:
    assert m4_rank(group, owa) == place


def test_a_benchmark_computed_here_has_its_own_rank() -> None:
    ranks = sorted(m4_rank("hourly", row.owa)[0] for row in published("m4-hourly") if row.owa)
    assert ranks[0] == 1
    assert m4_rank("hourly", 1.0 + 1e-12) == m4_rank("hourly", 1.0)


def _modules() -> list[str]:
    paths = sorted((ROOT / "competitions").rglob("*.py"))
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if path.name != "__init__.py"
    ]


@pytest.mark.parametrize("name", _modules())
def test_examples_run(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=flags).failed == 0


def test_a_task_may_be_given_itself() -> None:
    task: Task = load_task("m4-hourly")
    assert published(task) == published("m4-hourly")
