"""CPU seconds and accuracy of whole fits and forecasts of M4's groups.

Each run is one of ``python -m competitions run m4-GROUP --method esrnn``, from random weights, in a
process of its own that trains the members one after another on one thread. The competitions find
their data as always, for example by $ESRNN_DATA_DIR. Given the folder of
another version of the repository, the same runs are made with it, in turns with those of this
version. Other numbers of members and epochs, such as 1 member and 20 epochs, show how accurate a
shorter training is. Other methods of the competitions can be run beside.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.report import Bar, Result, Say

__all__ = ["WholeFitSettings", "run"]

_ROOT = Path(__file__).resolve().parent.parent
_GROUPS = ("yearly", "quarterly", "monthly", "weekly", "daily", "hourly")
_MOST_CPU, _MOST_WORSE = 0.5, 0.002


@dataclass(frozen=True)
class WholeFitSettings:
    """How much is run.

    Attributes
    ----------
    groups : tuple of str
        Of M4.
    seeds : int
        Runs of each version and group.
    parts : tuple of (n_members, n_epochs)
        Further runs of this version, with fewer members and epochs.
    methods : tuple of str
        Further runs of other methods of the competitions, such as ``nf-nhits``.
    only_parts : bool
        Without the whole runs.
    other : Path, optional
        Folder of another version of the repository.
    """

    groups: tuple[str, ...] = _GROUPS
    seeds: int = 3
    parts: tuple[tuple[int, int], ...] = ()
    methods: tuple[str, ...] = ()
    only_parts: bool = False
    other: Path | None = None


def run(settings: WholeFitSettings, say: Say) -> Result:
    """Fit and forecast every group with this version, and with another one if its folder is given.

    Parameters
    ----------
    settings : WholeFitSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/whole-fit.json``.

    Raises
    ------
    GateError
        If a run fails.
    """
    from benchmarks.report import describe, provenance, table

    kept = ("groups", "seeds", "parts", "methods", "only_parts")
    plain = {name: value for name, value in asdict(settings).items() if name in kept}
    about = provenance("whole-fit", plain)
    say(describe(about))
    folders = {"this": _ROOT} | ({} if settings.other is None else {"other": settings.other})
    rows: list[list[str]] = []
    results: dict[str, dict[str, list[Result]]] = {}
    bars = []
    for group in settings.groups:
        whole = {} if settings.only_parts else folders
        runs: dict[str, list[Result]] = {name: [] for name in whole}
        for seed in range(settings.seeds):
            for name, folder in whole.items():
                runs[name].append(_run_once(folder, group, seed))
        for members, epochs in settings.parts:
            name = f"this, {members} members, {epochs} epochs"
            size = ["--members", str(members), "--epochs", str(epochs)]
            runs[name] = [
                _run_once(_ROOT, group, seed, more=size) for seed in range(settings.seeds)
            ]
        for method in settings.methods:
            runs[method] = [_run_once(_ROOT, group, seed, method) for seed in range(settings.seeds)]
        results[group] = runs
        rows += [_row(group, name, each) for name, each in runs.items()]
        if settings.other is not None and whole:
            bars += _bars(group, runs)
        say(table(["group", "version", "CPU s", "range", "OWA", "spread"], rows[-len(runs) :]))
    if bars:
        say("\n" + "\n".join(bar.line() for bar in bars))
    return {**about, "results": results, "bars": [bar.record() for bar in bars]}


def _run_once(
    folder: Path, group: str, seed: int, method: str = "esrnn", more: Sequence[str] = ()
) -> Result:
    """Run the competition in a new process with the version in a folder."""
    from benchmarks.new_process import ONE_THREAD, run_process

    with tempfile.TemporaryDirectory() as out:
        arguments = ["-m", "competitions", "run", f"m4-{group}", "--method", method]
        arguments += ["--seed", str(seed), "--n-jobs", "1", "--quiet", "--out", out, *more]
        run_process(arguments, {**ONE_THREAD, "PYTHONPATH": str(folder)}, folder=folder)
        scores = json.loads((Path(out) / "scores.json").read_text(encoding="utf-8"))
    return {name: scores[name] for name in ("owa", "cpu_s", "wall_s", "peak_rss_mb")}


def _row(group: str, name: str, runs: list[Result]) -> list[str]:
    """Return the row of a version."""
    seconds, scores = [one["cpu_s"] for one in runs], [one["owa"] for one in runs]
    spread = f"{stdev(scores):.4f}" if len(scores) > 1 else ""
    reach = f"{min(seconds):.1f}..{max(seconds):.1f}"
    return [group, name, f"{median(seconds):.1f}", reach, f"{mean(scores):.4f}", spread]


def _bars(group: str, runs: dict[str, list[Result]]) -> list[Bar]:
    """Return the bars of a group: half of the other version's CPU seconds, no worse forecasts."""
    from benchmarks.report import Bar

    cpu = {name: median(one["cpu_s"] for one in each) for name, each in runs.items()}
    owa = {name: mean(one["owa"] for one in each) for name, each in runs.items()}
    return [
        Bar(f"{group}: CPU seconds, share of the other version's",
            cpu["this"] / cpu["other"], _MOST_CPU, at_least=False),
        Bar(f"{group}: OWA, more than the other version's",
            owa["this"] - owa["other"], _MOST_WORSE, at_least=False),
    ]  # fmt: skip
