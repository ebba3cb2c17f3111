"""The Python code in the README and in the documentation runs, and prints what the pages show."""

import json
import re
from pathlib import Path

import pytest

from docs.data.make_m3_monthly import make
from docs.data.make_stores import make as make_stores
from docs.pages import blocks_of, provide_data, refresh, run_page, says_the_same
from docs.readme_parts import METHODS, TASKS, details, scores_of, table
from esrnn.cli.logs import logging_restored
from tests.estimator.shared import SKTIME_OWN_WARNING

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if ROOT / "docs" / "_build" not in page.parents
]
# A name that the last block of a page leaves behind.
LEFT_BEHIND = {
    "README.md": "quantiles",
    "docs/files.md": "report",
    "docs/method.md": "config",
    "docs/networks.md": "means",
    "docs/quickstart.md": "scores",
    "docs/smoothing.md": "from_adjoint",
    "docs/choosing.md": "scores",
    "docs/tutorial.md": "new",
    "docs/performance.md": "beside",
    "docs/howto/backtest.md": "bounds",
    "docs/howto/cells.md": "forecaster",
    "docs/howto/classify.md": "loaded",
    "docs/howto/covariates.md": "features",
    "docs/howto/distil.md": "small",
    "docs/howto/fev.md": "summary",
    "docs/howto/hierarchical.md": "alone",
    "docs/howto/intervals.md": "adaptive",
    "docs/howto/jobs.md": "done",
    "docs/howto/means_and_paths.md": "stock",
    "docs/howto/networks.md": "other",
    "docs/howto/new_series.md": "days",
    "docs/howto/own_data.md": "forecaster",
    "docs/howto/pipelines.md": "both",
    "docs/howto/processes.md": "logging",
    "docs/howto/production.md": "scores",
    "docs/howto/save.md": "new",
    "docs/howto/training.md": "page",
    "docs/howto/tuning.md": "search",
    "docs/howto/updates.md": "sales",
}


@SKTIME_OWN_WARNING
# What sktime's reconcilers say of their own aggregation inside.
@pytest.mark.filterwarnings("ignore:Found elements in the index of X named '__total':UserWarning")
@pytest.mark.slow
@pytest.mark.parametrize("page", LEFT_BEHIND)
def test_a_page_runs_and_prints_what_it_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if page == "docs/howto/fev.md":
        request.getfixturevalue("fev_alone")
    provide_data(tmp_path)
    monkeypatch.chdir(tmp_path)  # what a page writes does not land in the checkout
    with logging_restored():  # a page may set the level of the package's log
        namespace, printed = run_page(ROOT / page)
    assert LEFT_BEHIND[page] in namespace
    for block, out in zip(blocks_of((ROOT / page).read_text("utf-8")), printed, strict=True):
        if block.shown is not None:
            assert says_the_same(block.shown, out), f"{page} shows\n{block.shown}\nprinted\n{out}"


def test_every_page_with_code_is_run() -> None:
    with_code = [
        page.relative_to(ROOT).as_posix()
        for page in PAGES
        if "```python" in page.read_text("utf-8")
    ]
    assert sorted(with_code) == sorted(LEFT_BEHIND)


def test_the_tutorial_goes_from_a_file_to_a_picture_in_twelve_lines() -> None:
    first = blocks_of((ROOT / "docs" / "tutorial.md").read_text("utf-8"))[0].code
    lines = [line for line in first.splitlines() if line.strip()]
    assert len(lines) <= 12
    for name in ("read_csv", "from_long", "regularise", "backtest", "predict_interval", "savefig"):
        assert name in first


def test_the_stores_of_the_pages_are_what_their_script_makes() -> None:
    made = make_stores().to_csv(index=False, float_format="%g")
    assert made == (ROOT / "docs" / "data" / "stores.csv").read_text("utf-8")


def test_no_page_turns_frames_into_arrays_to_score_them() -> None:
    """A missing row moves all rows after it, so that other days are compared."""
    for page in PAGES:
        assert ".reshape(-1," not in page.read_text("utf-8"), page


def missing_paths(page: Path) -> list[str]:
    """List the files and folders of the repository that a page names but that are not there."""
    folders = "esrnn|competitions|benchmarks|tests|docs|findings"
    named = re.findall(rf"[`(]((?:{folders})/[\w./-]*)[`)#]", page.read_text("utf-8"))
    return sorted({name for name in named if not (ROOT / name).exists()})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_are_there(page: Path) -> None:
    assert missing_paths(page) == []


def test_a_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`esrnn/panel`, [this](docs/gone.md) and `esrnn/gone.py`", encoding="utf-8")
    assert missing_paths(page) == ["docs/gone.md", "esrnn/gone.py"]


def test_every_picture_is_drawn_by_its_page() -> None:
    for name in LEFT_BEHIND:
        text = (ROOT / name).read_text("utf-8")
        for block in blocks_of(text):
            if "savefig(" in block.code:
                picture = block.code.split('savefig("')[1].split('"')[0]
                assert f"images/{picture})" in text
                assert (ROOT / "docs" / "images" / picture).is_file()


def test_the_table_of_the_pages_is_what_its_script_makes(competition_data_dir: Path) -> None:
    if not (competition_data_dir / "m3" / "info.parquet").is_file():
        pytest.skip("the table of M3's series is absent")
    made = make(str(competition_data_dir)).to_csv(index=False, float_format="%g")
    assert made == (ROOT / "docs" / "data" / "m3_monthly.csv").read_text("utf-8")


def test_the_readme_shows_the_committed_results() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert table() in readme
    assert details() in readme
    for task in TASKS:
        scores = scores_of(task)
        assert {"ESRNN", "Theta", "seasonal naive"} <= scores.keys() <= METHODS.keys()
        for name in {"AutoETS", "AutoARIMA"} & scores.keys():
            assert scores[name]["engine"] == "statsforecast"
        assert len({one["n_series"] for one in scores.values()}) == 1


def test_the_readme_says_what_the_benchmark_of_jobs_measured() -> None:
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    results = json.loads((ROOT / "benchmarks/results/jobs.json").read_text("utf-8"))
    one = results["results"]["100000"]
    cost = f"{one['cpu_s']:.0f} CPU seconds and {one['peak_bytes'] / 1e9:.1f} GB"
    assert f"100,000 series of {results['n_steps']} months go from" in readme
    assert f"in {cost} of memory, on one thread" in readme


def test_pages_count_the_tasks_on_which_esrnn_is_best() -> None:
    best = {}
    for task in TASKS:
        scores = {name: round(one["owa"], 3) for name, one in scores_of(task).items()}
        best[task] = {name for name, owa in scores.items() if owa == min(scores.values())}
    trained = sum("ESRNN" in names for names in best.values())
    untrained = sum(names == {"without training"} for names in best.values())
    assert (trained, untrained, len(TASKS)) == (7, 2, 10)
    for page, said in {
        "README.md": "most accurate method of this table on seven of the ten tasks",
        "docs/choosing.md": "most accurate method on seven of ten tasks",
    }.items():
        assert said in " ".join((ROOT / page).read_text("utf-8").split())


def test_blocks_keep_their_line_numbers() -> None:
    text = "# Title\n\n```python\nx = 1\n```\n\n```console\n$ ls\n```\n\n```python\ny = x\n```\n"
    first, second = blocks_of(text)
    assert first.code.splitlines()[3:] == ["x = 1"]
    assert second.code.splitlines()[11:] == ["y = x"]


def test_a_failing_block_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\nx = undefined\n```\n", encoding="utf-8")
    with pytest.raises(NameError):
        run_page(page)


def test_what_a_block_prints_is_written_below_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    shown = "```python\nprint('a  ')\n```\n\nText.\n\n```python\nprint(2)\n```\n\n```text\n{}```\n"
    page.write_text(shown.format("old\n"), encoding="utf-8")
    assert refresh(page) == []
    assert page.read_text("utf-8") == shown.format("2\n")
    assert [block.shown for block in blocks_of(page.read_text("utf-8"))] == [None, "2\n"]


@pytest.mark.parametrize(
    ("printed", "same"),
    [
        ("OWA  0.86\n in 12 steps", True),  # the numbers of another machine, other spaces
        ("OWA 0.40 in 12 steps", False),
        ("OWA 0.82 in 20 steps", False),
        ("MASE 0.82 in 12 steps", False),
        ("OWA 0.82", False),
        ("OWA nan in 12 steps", False),
        ("OWA -0.82 in 12 steps", False),
    ],
)
def test_words_are_compared_and_numbers_roughly(printed: str, same: bool) -> None:
    assert says_the_same("OWA 0.82 in 12 steps", printed) is same
