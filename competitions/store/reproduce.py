"""Committed results made again, and compared with what was committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from competitions.runs.runner import Request, run
from competitions.store.read import RESULTS, StoredResult, read_results, read_run, settings_of
from esrnn.errors import InputError

# Methods of the project itself; the others are benchmarks and other people's models.
OURS = ("esrnn", "esrnn-zero-shot", "esrnn-fine-tuned", "lstm", "es", "lags")


@dataclass(frozen=True)
class Again:
    """A committed result beside the same run of today."""

    name: str  # such as "m4-weekly/esrnn-0"
    owa: float
    owa_again: float
    difference: float  # largest of forecasts of the sample, relative to the larger one

    @property
    def is_equal(self) -> bool:
        """Whether OWA is the same in the four digits that tables have."""
        return round(self.owa, 4) == round(self.owa_again, 4)

    def __str__(self) -> str:
        """Say how close it comes."""
        return (
            f"{self.name}: OWA {self.owa:.4f} then, {self.owa_again:.4f} today; forecasts of the "
            f"sample differ by {self.difference:.2g} at most"
        )


def reproduce(
    names: Sequence[str],
    request: Request,
    results: Path = RESULTS,
    say: Callable[[str], object] = print,
) -> list[Again]:
    """Make committed results again, with the settings and the seed that they name.

    `names` are tasks, or results such as ``"m4-weekly/esrnn-0"``; all if none. Of a task, and of
    all, only results of the methods in `OURS` are taken if `results` are the committed ones.
    ``request.out`` is the folder of the runs; complete ones are not run again. An InputError is
    raised if there is no such result, DatasetNotFoundError if data are nowhere.
    """
    found = {f"{result.task.name}/{result.name}": result for result in read_results(results)}
    usual = {n: one for n, one in found.items() if results != RESULTS or one.run.method in OURS}
    chosen: dict[str, StoredResult] = {} if names else usual
    for asked in names:
        some = {name: one for name, one in usual.items() if name.startswith(f"{asked}/")}
        some |= {asked: found[asked]} if asked in found else {}
        if not some:
            raise InputError(
                f"no result {asked!r} in {results}: name a task, or a result such as "
                f"{next(iter(found), 'm4-weekly/esrnn-0')}"
            )
        chosen |= some
    made = []
    for name, result in chosen.items():
        settings = settings_of(result.run)
        settings = replace(settings, n_jobs=request.settings.n_jobs, quiet=request.settings.quiet)
        out = request.out / name.replace("/", "-")
        again = replace(
            request, task=result.run.task, method=result.run.method, settings=settings, out=out
        )
        scores = run(again, say)
        difference = _difference(result, read_run(out))
        made.append(Again(name, result.run.scores.owa, scores.scores.owa, difference))
        say(str(made[-1]))
    return made


def _difference(one: StoredResult, other: StoredResult) -> float:
    """Return the largest relative difference between forecasts of the series that both have."""
    first, second = (
        result.forecasts.set_index(["unique_id", "ds"])["y_hat"] for result in (one, other)
    )
    first, second = first.align(second, join="inner")
    size = np.maximum(np.maximum(first.abs(), second.abs()), np.finfo(np.float64).tiny)
    return float(((first - second).abs() / size).max())
