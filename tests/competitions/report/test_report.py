"""The report: whole, true to the scores, and without a need for anything outside it."""

import re
from collections.abc import Mapping
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

import competitions.report.write as write
from competitions.report import write_report
from competitions.report.cells import overview
from competitions.report.collect import Report, collect
from competitions.report.words import NOTES, findings
from competitions.store.write import store_run
from competitions.task import load_task
from esrnn.errors import InputError
from tests.competitions.made_up_runs import COMMIT, MadeUp, write_made_up, write_real

DAY = date(2026, 1, 31)
VOID = {"br", "hr", "meta"}
ODD = "<script>alert('x')</script>|*odd* & \"all\""
WEEKLY = (
    MadeUp(owa=0.79, seed=1, backtest=0.83),
    MadeUp(owa=0.81, seed=2, backtest=0.85),
    MadeUp(method="arima", engine="statsmodels", owa=0.95, cpu_s=7300.0, n_fallbacks=12),
    MadeUp(method="arima", engine="statsforecast", owa=0.94, cpu_s=130.0),
    MadeUp(method="naive2", owa=1.0, cpu_s=0.031, intervals=False),
    MadeUp(method="lstm", owa=0.9, cpu_s=95.0, preset="weekly", n_members=3),
    MadeUp(method=ODD, owa=1.7, cpu_s=3.0),
)
PARTS = (MadeUp("m4-yearly-1000", owa=0.88), MadeUp("m4-yearly-1000", "naive2", owa=1.0))
M3 = tuple(
    MadeUp(f"m3-{group}", method, owa=owa, wql=wql)
    for group, share in (("yearly", 0.1), ("quarterly", 0.0), ("monthly", -0.1), ("other", 0.0))
    for method, owa, wql in (("esrnn", 0.8 + share, 0.08 + share / 10), ("naive2", 1.0, None))
)


class _Page(HTMLParser):
    """Check that tags are balanced, and collect what tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of several tasks and methods, some of them with forecasts of real series."""
    folder = tmp_path_factory.mktemp("runs")
    for made_up in (*WEEKLY, *PARTS, *M3):
        name = made_up if made_up.method != ODD else MadeUp(**{**vars(made_up), "method": "odd"})
        run = write_made_up(folder, name)
        if made_up is not name:
            text = (run / "scores.json").read_text(encoding="utf-8")
            escaped = ODD.replace('"', '\\"')
            (run / "scores.json").write_text(text.replace('"odd"', f'"{escaped}"'), "utf-8")
    write_real(folder)
    write_real(folder, method="snaive", share=0.0)
    return folder


@pytest.fixture(scope="module")
def written(store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report's files as text."""
    return _write(store, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def report(store: Path) -> Report:
    return collect(store / "none", None, store, "2026-01-31", COMMIT)


def _write(runs: Path, out: Path) -> dict[str, str]:
    paths = write_report(runs / "none", out, None, runs, today=DAY)
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def test_the_files(written: Mapping[str, str]) -> None:
    assert list(written) == ["report.html", "report.md"]


def test_the_page_is_balanced(written: Mapping[str, str]) -> None:
    page = _Page(written["report.html"])
    assert page.open == []
    assert written["report.html"].startswith("<!DOCTYPE html>\n<html lang=")
    assert len(page.ids) == len(set(page.ids))


def test_the_page_loads_nothing(written: Mapping[str, str]) -> None:
    page = _Page(written["report.html"])
    loading = {"src", "srcset", "data", "action", "poster", "background", "xlink:href"}
    assert [found for found in page.attributes if found[1] in loading] == []
    places = [value for _, name, value in page.attributes if name == "href"]
    assert {place[0] for place in places} == {"#"}
    assert {place[1:] for place in places} <= set(page.ids)
    assert not set(page.tags) & {"link", "img", "iframe", "object", "embed", "base", "form"}
    assert page.tags.count("script") == 1
    for foreign in ("http:", "https:", "@import", "fetch(", "import("):
        assert foreign not in written["report.html"]
    assert set(re.findall(r"url\((.)", written["report.html"])) <= {"#"}


def test_odd_names_are_text(written: Mapping[str, str]) -> None:
    page = _Page(written["report.html"])
    assert ODD in page.text
    assert "alert(" not in re.sub(r"&lt;script&gt;alert\(", "", written["report.html"])
    table = [line for line in written["report.md"].splitlines() if "alert" in line]
    assert table
    assert all("<script" not in re.sub(r"\\<", "", line) for line in table)
    plain = [re.sub(r"\\.", "", line) for line in table]  # without what is escaped
    rules = [line for line in written["report.md"].splitlines() if line.startswith("| ---")]
    assert {line.count("|") for line in plain} <= {line.count("|") for line in rules}


def test_every_task_and_method_is_there(written: Mapping[str, str], report: Report) -> None:
    page = _Page(written["report.html"])
    assert len(report.tasks) == 7
    for section in report.tasks:
        assert section.name in page.ids
        for row in section.rows:
            assert row.title in page.text
            assert row.title in written["report.md"].replace("\\", "")
    for title, _ in NOTES:
        assert title in page.text


def test_parts_say_so_wherever_they_are_shown(written: Mapping[str, str]) -> None:
    html = written["report.html"]
    share = "1,000 of 23,000 series"
    titles = len(re.findall(r"<small>1,000 of 23,000 series</small>", html))
    assert titles == 3  # overview, cost, heading
    assert html.count(f"M4 Yearly, {share}") >= 4  # caption, figures, list of runs
    assert html.count("40 of 414 series") >= 6
    lines = [line for line in written["report.md"].splitlines() if "M4 Yearly" in line]
    assert [line for line in lines if line.startswith("##")] == [f"## M4 Yearly, {share}"]
    assert any(f"M4 Yearly<br>{share}" in line for line in lines)


def _row(text: str, heading: str, start: str) -> list[str]:
    """Return the cells of a row in a section of the Markdown."""
    section = text.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    line = next(line for line in section.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_numbers_are_those_of_the_scores(written: Mapping[str, str]) -> None:
    text = written["report.md"]
    weekly = "M4 Weekly, all 359 series"
    assert _row(text, weekly, "ARIMA, statsmodels") == [
        "ARIMA, statsmodels (a)", "9.500", "1.900", "0.9500", "19.000", "**0.920**", "2.0 h",
        "32nd", "–",
    ]  # fmt: skip
    assert _row(text, weekly, "Naive2") == [
        "Naive2", "10.000", "2.000", "1.0000", "–", "–", "0.03 s", "44th", "–",
    ]  # fmt: skip
    assert _row(text, weekly, "**ESRNN**")[:5] == [
        "**ESRNN**, 2 seeds", "**8.000**<br>7.900–8.100", "**1.600**<br>1.580–1.620",
        "**0.8000**<br>0.7900–0.8100", "**16.000**<br>15.800–16.200",
    ]  # fmt: skip
    assert _row(text, weekly, "**ESRNN**")[7:] == ["9th", "0.8400<br>0.8300–0.8500"]
    assert _row(text, weekly, "Plain LSTM")[0] == "Plain LSTM, preset weekly, 3 members"
    assert "(a) 12 series forecast by a simpler model" in text
    html = written["report.html"]
    assert 'data-sort="9.5"' in html
    assert 'data-sort="7300.0"' in html
    assert 'title="7,300.0 CPU seconds">2.0 h<' in html


def test_published_rows_only_for_complete_groups(written: Mapping[str, str]) -> None:
    sections = re.split(r'<section id="', written["report.html"])
    by_name = {section.split('"', 1)[0]: section for section in sections[1:]}
    for name, section in by_name.items():
        complete = name in ("m4-weekly", "m3-total") or name.startswith("m3-")
        assert ('<tbody class="published">' in section) == complete, name
        assert ("M4 place" in section.split("<tbody")[0]) == (name == "m4-weekly"), name
    assert "Entry 235, best of group" in by_name["m4-weekly"]
    assert "Evaluation and Ranks.xlsx" in by_name["m4-weekly"]
    assert 'class="published"><tr class="group">' in by_name["m4-weekly"]


def test_ours_and_the_best_are_marked(written: Mapping[str, str]) -> None:
    weekly = written["report.html"].split('<section id="m4-weekly"')[1].split("</section>")[0]
    (ours,) = re.findall(r'<tr class="ours">.*?</tr>', weekly)
    assert "ESRNN" in ours
    assert ours.count('class="best"') == 5
    coverage = re.findall(r'<td class="best"[^>]*data-sort="0.92"', weekly)
    assert len(coverage) == 5  # all that are equally good; Naive2 has none


def test_totals(written: Mapping[str, str], report: Report) -> None:
    (total,) = (section for section in report.sections if section.task is None)
    assert total.label == "M3 total, all 3,003 series"
    tasks = [load_task(f"m3-{group}") for group in ("yearly", "quarterly", "monthly", "other")]
    weights = [task.n_series * task.horizon for task in tasks]
    owa = sum(w * o for w, o in zip(weights, (0.9, 0.8, 0.7, 0.8), strict=True)) / sum(weights)
    assert total.ours is not None
    assert total.ours.mean("owa") == pytest.approx(owa)
    assert total.ours.mean("smape") == pytest.approx(10 * owa)
    assert total.ours.cpu_s.mean == pytest.approx(360.0)
    assert _row(written["report.md"], total.label, "Theta")[1] == "13.010"
    assert total.ours.mean("wql") == pytest.approx(owa / 10)
    counts = [task.n_series for task in tasks]
    per_series = sum(w * o for w, o in zip(counts, (0.9, 0.8, 0.7, 0.8), strict=True)) / 3003
    assert _row(written["report.md"], total.label, "Method")[5:9] == [
        "WQL", "Coverage", "sMAPE per series", "MASE per series",
    ]  # fmt: skip
    assert _row(written["report.md"], total.label, "**ESRNN**")[5:9] == [
        f"**{owa / 10:.4f}**", "**0.920**",
        f"**{10 * per_series:.3f}**", f"**{2 * per_series:.3f}**",
    ]  # fmt: skip
    assert _row(written["report.md"], total.label, "Naive2")[5] == "–"
    assert (
        "as M3 published them; those per series count every series once"
        in _Page(written["report.html"]).text
    )
    for label in ("M4 Weekly, all 359 series", "M3 Yearly, all 645 series"):
        heads = _row(written["report.md"], label, "Method")
        assert ("WQL" in heads) == label.startswith("M3")
        assert "sMAPE per series" not in heads
    assert "Over M3 Yearly, all 645 series; M3 Quarterly" in written["report.html"]


def test_a_total_is_over_seeds_and_tasks_that_are_there(tmp_path: Path) -> None:
    for made_up in (
        MadeUp("m4-weekly", seed=1, owa=0.8),
        MadeUp("m4-weekly", seed=2, owa=0.9),
        MadeUp("m4-hourly", seed=2, owa=0.5),
        MadeUp("m4-weekly", "naive2"),
        MadeUp("m4-hourly", "naive2"),
        MadeUp("m4-daily", "naive2"),
        MadeUp("m4-hourly", "snaive"),
    ):
        write_made_up(tmp_path, made_up)
    found = collect(tmp_path / "none", None, tmp_path, "today", None)
    everything, ours = (section for section in found.sections if section.task is None)
    assert everything.label == "M4 total, 2,446 of 100,000 series"
    assert [row.method for row in everything.rows] == ["naive2"]
    assert ours.label == "M4 total, 773 of 100,000 series"
    assert {row.method: row.seeds for row in ours.rows} == {"esrnn": (2,), "naive2": (0,)}
    assert ours.published == ()
    assert ours.place(0.1) is None
    assert ours.contents == ("M4 Weekly, all 359 series", "M4 Hourly, all 414 series")


def test_the_overview_has_first_who_wins_most_comparisons(tmp_path: Path) -> None:
    for made_up in (
        *(MadeUp(task, "esrnn", owa=0.8) for task in ("m4-weekly", "m4-hourly", "m3-other")),
        *(MadeUp(task, "theta", owa=0.9) for task in ("m4-weekly", "m4-hourly", "m3-other")),
        *(MadeUp(task, "naive2", owa=1.0) for task in ("m4-weekly", "m4-hourly")),
        MadeUp("m3-other", "lags", owa=0.7),  # first on its task, and nowhere else
        MadeUp("m4-hourly-40", "esrnn", n_members=1, owa=0.1),  # a toy, alone on an easy task
        MadeUp("m3-other", "lstm", preset="generic", owa=0.1),
    ):
        write_made_up(tmp_path, made_up)
    table = overview(collect(tmp_path / "none", None, tmp_path, "today", None))
    ((_, _, rows),) = table.groups
    # Won and lost: 5 and 1, 2 and 0, 2 and 4, 0 and 4
    assert [(row.name, row.detail) for row in rows] == [
        ("ESRNN", ""),
        ("Regression on lags", ""),
        ("Theta", ""),
        ("Naive2", ""),
        ("Plain LSTM", "preset generic"),
        ("ESRNN", "1 member"),
    ]


def test_findings(report: Report) -> None:
    first, places, ahead = findings(report)
    assert first == ("ESRNN has the lowest OWA of the methods computed here on 6 of 7 tasks.")
    assert "it would be 9th on M4 Weekly (OWA 0.800)" in places
    assert ahead == "Ahead of it: sNaive on M4 Hourly, 40 of 414 series."


def test_pictures_of_the_best_and_the_worst(written: Mapping[str, str], report: Report) -> None:
    section = next(s for s in report.tasks if s.name == "m4-hourly-40")
    assert [picture.rank for picture in section.pictures] == ["best", "best", "worst", "worst"]
    assert section.pictures[0].mase <= section.pictures[1].mase < section.pictures[2].mase
    assert len(section.pictures[0].history) == 144
    part = written["report.html"].split('<section id="m4-hourly-40"')[1].split("</section>")[0]
    assert part.count('<div class="panels">') == 1
    for picture in section.pictures:
        assert f"<h3>{picture.series} <small>" in part
    assert part.count("<svg") == 6  # and steps ahead, and mean ranks


def test_without_data_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESRNN_DATA_DIR", str(tmp_path / "empty"))
    (tmp_path / "empty").mkdir()
    write_made_up(tmp_path / "runs", MadeUp())
    monkeypatch.setattr("esrnn.datasets.places.cache_dir", lambda: tmp_path / "empty")
    text = _write(tmp_path / "runs", tmp_path / "out")["report.html"]
    assert "not drawn: the data were not found" in text


def test_the_same_results_give_the_same_files(
    store: Path, written: Mapping[str, str], tmp_path: Path
) -> None:
    assert _write(store, tmp_path) == written
    assert "2026-01-31" in written["report.html"]
    assert "runs of commit 0123456789ab" in _Page(written["report.html"]).text


def test_a_single_result(tmp_path: Path) -> None:
    store_run(write_made_up(tmp_path, MadeUp(method="naive2", intervals=False)), tmp_path / "store")
    paths = write_report(tmp_path / "store", tmp_path / "out" / "deep", None, today=DAY)
    page = _Page(paths[0].read_text(encoding="utf-8"))
    assert page.open == []
    assert "1 run of 1 method on 1 task" in page.text
    assert "ESRNN" not in page.text.split("Notes")[0]
    assert "None" not in page.text
    assert "nan" not in page.text.split()


def test_no_results(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="python -m competitions keep RUN_DIR"):
        write_report(tmp_path, tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


def test_an_unsound_result_is_refused(tmp_path: Path) -> None:
    folder = store_run(write_made_up(tmp_path, MadeUp()), tmp_path / "store")
    text = (folder / "scores.json").read_text(encoding="utf-8")
    (folder / "scores.json").write_text(text.replace('"owa": 0.8', '"owa": 0.7'), "utf-8")
    with pytest.raises(InputError, match="m4-weekly/esrnn-0 is not sound: owa must be"):
        write_report(tmp_path / "store", tmp_path / "out", None)


def test_todays_date_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "commit", lambda: None)
    store_run(write_made_up(tmp_path, MadeUp()), tmp_path / "store")
    text = write_report(tmp_path / "store", tmp_path, None)[1].read_text(encoding="utf-8")
    assert re.search(r"made on \d{4}-\d\d-\d\d;", text)


def test_charts_name_an_engine_only_to_tell_two_apart(written: Mapping[str, str]) -> None:
    cost = written["report.html"].split('<section id="cost"')[1].split("</section>")[0]
    assert set(re.findall(r">(ARIMA[^<]*)</text>", cost)) == {"ARIMA", "ARIMA, statsmodels"}
    assert ">Plain LSTM</text>" in cost


def test_published_means_per_series_stand_in_their_columns(written: Mapping[str, str]) -> None:
    total = "M3 total, all 3,003 series"
    heads = _row(written["report.md"], total, "Method")
    row = _row(written["report.md"], total, "LGT and SGT")
    cells = dict(zip(heads, row, strict=True))
    assert cells["sMAPE per series"] == "12.270"
    assert cells["MASE per series"] == "1.300"
    assert cells["sMAPE"] == cells["OWA"] == "–"
    yearly = "M3 Yearly, all 645 series"
    cells = dict(
        zip(
            _row(written["report.md"], yearly, "Method"),
            _row(written["report.md"], yearly, "AutoTheta"),
            strict=True,
        )
    )
    assert (cells["MASE"], cells["WQL"]) == ("2.610", "0.1277")
