"""Pages on LSTMs and cells show committed results."""

from pathlib import Path

from competitions.backtest.logs import read_outcomes
from competitions.scoring.run_scores import RunScores, read_run_scores
from competitions.studies import STUDIES
from competitions.studies.cores import LOG
from competitions.studies.tables import write_part, write_report

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "lstm_worth_it.md"
METHODS = ("theta", "ets", "lags", "esrnn", "lstm")


def _scores(title: str, method: str) -> RunScores | None:
    path = ROOT / "competitions" / "results" / title.lower().replace(" ", "-")
    path = path / f"{method}-0" / "scores.json"
    return read_run_scores(path) if path.exists() else None


def test_the_table_of_ensembles_is_of_committed_results() -> None:
    section = PAGE.read_text("utf-8").split("## What an ensemble of LSTMs adds")[1].split("##")[0]
    lines = [line for line in section.splitlines() if line.startswith("| M")]
    assert len(lines) == 7
    for line in lines:
        title, *numbers = (cell.strip() for cell in line.strip("|").split("|"))
        found = [_scores(title, method) for method in METHODS]
        theta, ets, lags, esrnn, lstm = found
        assert lags is not None
        assert esrnn is not None
        expected = [f"{lags.scores.n_series:,}"]
        expected += ["–" if one is None else f"{one.scores.owa:.3f}" for one in (theta, ets)]
        expected += [f"{lags.scores.owa:.3f}", f"{lags.cpu_s:.1f}"]
        for one in (esrnn, lstm):
            expected += ["–", "–"] if one is None else [f"{one.scores.owa:.3f}", f"{one.cpu_s:.0f}"]
        best = min(one.scores.owa for one in (esrnn, lstm) if one is not None)
        expected.append(f"{100 * (1 - best / lags.scores.owa):.1f}%")
        assert numbers == expected, title


def test_committed_tables_are_those_of_the_committed_logs(tmp_path: Path) -> None:
    logs = [log for log in sorted(LOG.parent.glob("*.jsonl")) if log.stem in STUDIES]
    assert LOG in logs
    for log in logs:
        write = write_report if log == LOG else write_part
        text = write(read_outcomes(log), tmp_path / log.name)
        assert log.with_suffix(".md").read_text(encoding="utf-8") == text, log
