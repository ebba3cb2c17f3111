"""What the log of `competitions.studies.cores` says: tables in Markdown, a picture of mean ranks.

Comparisons are of tenths of the samples: OWA of every tenth series from the first, the second, ...
on. They are paired, since all cells forecast the same series, and say how far a figure depends on
the series that were drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.backtest.logs import Outcome
from competitions.runs.compare import save_ranks
from competitions.scoring.paired import Comparison
from competitions.studies.cores import BACKTEST, CORES, SAMPLES, best_rate, by_name
from competitions.studies.fits import BASELINES
from competitions.studies.samples import TEST_PART

Array: TypeAlias = npt.NDArray[np.float64]

REFERENCE = "lstm"
_PANELS = [sample.name for sample in SAMPLES]
_FORMS = {True: "With smoothing", False: "Without"}
_COSTS = ("speed", "n_weights")


def chosen_fits(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return the fits that count: a row for each network at the chosen rate, and each baseline.

    Besides the fields of `Outcome` there are ``cell``, and ``smooths``; baselines have no form.
    """
    names: dict[tuple[str, str], tuple[str, object]] = {
        (panel, name): (name, None) for name in BASELINES for panel in _PANELS
    }
    named = by_name(outcomes)
    for core in CORES:
        for sample in SAMPLES:
            variant = core.variant(best_rate(named, sample, core))
            names[sample.name, variant] = (core.cell, core.smooths)
    rows = [
        {**asdict(one), "cell": found[0], "smooths": found[1]}
        for one in named.values()
        if (found := names.get((one.task, one.variant))) is not None
    ]
    return pd.DataFrame(rows)


def best_forms(fits: pd.DataFrame) -> pd.DataFrame:
    """Keep of each cell, on each panel, the form that does best on the backtest."""
    keys = ["task", "cell", "smooths"]
    backtests = fits[fits["fold"] == BACKTEST].groupby(keys, dropna=False)["owa"].mean()
    best = backtests.groupby(["task", "cell"]).idxmin()
    chosen = pd.DataFrame(best.tolist(), columns=keys)
    return fits.merge(chosen, on=keys)


def tenths(fits: pd.DataFrame, fold: int) -> dict[str, Array]:
    """Return OWA of the tenths by cell, shape (panels, 10), means over the seeds.

    Cells that were not run on all panels are left out.
    """
    rows = fits[fits["fold"] == fold]
    found: dict[str, Array] = {}
    for cell, own in rows.groupby("cell", sort=False):
        panels = {str(panel): some for panel, some in own.groupby("task")["owa_of_tenths"]}
        if set(panels) == set(_PANELS):
            found[str(cell)] = np.stack(
                [np.mean(panels[panel].tolist(), axis=0) for panel in _PANELS]
            )
    return found


def relative(own: Array, reference: Array) -> tuple[float, float]:
    """Return the mean log ratio of tenths, and its standard error over the series drawn."""
    logs = np.log(own / reference)
    errors = logs.std(axis=1, ddof=1) / np.sqrt(logs.shape[1])
    return float(logs.mean()), float(np.sqrt((errors**2).sum()) / len(errors))


def ranks(fits: pd.DataFrame) -> Comparison:
    """Compare the cells, each in its best form, and baselines on the tenths of the test parts."""
    found = tenths(best_forms(fits), TEST_PART)
    names = sorted(found, key=lambda cell: cell != REFERENCE)  # the first one stands out
    return Comparison(tuple(names), np.stack([found[name].ravel() for name in names]))


def report(outcomes: Sequence[Outcome]) -> str:
    """Lay out the log as tables in Markdown."""
    fits = chosen_fits(outcomes)
    parts = [
        "**All panels, better form of each cell**",
        _summary(best_forms(fits)),
        "**The cell that the backtest chooses for each panel: OWA on the test part**",
        _choices(best_forms(fits)),
        "**With smoothing: training steps per CPU second / weights**",
        _costs(fits[fits["smooths"].eq(True)]),
    ]
    for smooths, title in _FORMS.items():
        own = fits[fits["smooths"].eq(smooths) | fits["smooths"].isna()]
        parts += [f"**{title}: OWA, backtest / test part**", _by_panel(own, "owa", 3)]
    parts += [
        "**Mean weighted quantile loss at the deciles, backtest / test part, better form**",
        _by_panel(best_forms(fits), "wql", 4),
    ]
    return "\n\n".join(parts) + "\n"


def write_report(outcomes: Sequence[Outcome], log: Path) -> str:
    """Write tables and picture of cores beside the log, with its name, and return the tables.

    The text says so where nothing can be compared yet.
    """
    fits = chosen_fits(outcomes)
    if fits.empty or not {REFERENCE} < set(tenths(fits, TEST_PART)):
        return "no two methods, the LSTM one of them, were run on all panels yet"
    text = report(outcomes)
    log.with_suffix(".md").write_text(text, encoding="utf-8")
    save_ranks(ranks(fits), log.with_suffix(".svg"), "tenths of a panel")
    return text


def write_part(outcomes: Sequence[Outcome], log: Path) -> str:
    """Write the table of another study beside the log, with its name, and return the table."""
    if not outcomes:
        return "the log holds no fit yet"
    fits = pd.DataFrame([asdict(one) for one in outcomes])
    table = _by_panel(fits, "owa", 3, "variant", list(dict.fromkeys(fits["task"])))
    text = f"**OWA, backtest / test part**\n\n{table}\n"
    log.with_suffix(".md").write_text(text, encoding="utf-8")
    return text


def _summary(fits: pd.DataFrame) -> str:
    """Lay out means over all panels relative to the LSTM, the best test part first."""
    test, backtest = tenths(fits, TEST_PART), tenths(fits, BACKTEST)
    comparison = ranks(fits)
    mean_ranks = dict(zip(comparison.names, comparison.mean_ranks, strict=True))
    rows = []
    for cell in sorted(test, key=lambda cell: mean_ranks[cell]):
        own = fits[(fits["cell"] == cell) & (fits["fold"] == TEST_PART)]
        cells = [cell, f"{mean_ranks[cell]:.1f}"]
        cells += [_percent(*relative(some[cell], some[REFERENCE])) for some in (backtest, test)]
        better = (test[cell].mean(axis=1) < test[REFERENCE].mean(axis=1)).sum()
        cells.append("" if cell == REFERENCE else f"{better} of {len(_PANELS)}")
        n_smoothed = own.drop_duplicates("task")["smooths"].eq(True).sum()
        is_network = own["n_steps"].notna().all()
        cells.append(f"{n_smoothed}" if is_network else "")
        for name in ("n_steps", "n_weights"):
            ratio = _geometric(own, fits, name) if is_network else None
            cells.append("" if ratio is None else f"{ratio:.2f}")
        rows.append(cells)
    heads = [
        "cell", "mean rank", "OWA against lstm, backtest", "test part", "better on",
        "smoothing chosen on", "steps in the budget", "weights",
    ]  # fmt: skip
    return _markdown(heads, rows)


def _choices(fits: pd.DataFrame) -> str:
    """Lay out for each panel the network that backtests best, beside the LSTM and baselines."""
    test = tenths(fits, TEST_PART)
    means = fits.groupby(["fold", "task", "cell"])["owa"].mean()
    rows = []
    for k, panel in enumerate(_PANELS):
        own = fits[(fits["task"] == panel) & fits["cell"].isin(test)]
        forms = own.drop_duplicates("cell").set_index("cell")["smooths"]
        networks = [cell for cell in test if cell not in BASELINES]
        best = min(networks, key=lambda cell: means[BACKTEST, panel, cell])
        names = [f"{cell}{'' if forms[cell] else ', no smoothing'}" for cell in (best, REFERENCE)]
        owas = [f"{means[TEST_PART, panel, cell]:.3f}" for cell in (best, REFERENCE)]
        against = _percent(*relative(test[best][[k]], test[REFERENCE][[k]]))
        others = [means.get((TEST_PART, panel, name), np.nan) for name in BASELINES]
        rows.append(
            [panel, names[0], owas[0], names[1], owas[1], against]
            + [_number(value, 3) for value in others]
        )
    heads = ["panel", "chosen", "its OWA", "LSTM's form", "its OWA", "chosen against LSTM"]
    return _markdown([*heads, *BASELINES], rows)


def _costs(fits: pd.DataFrame) -> str:
    """Lay out the speed and the size of each cell's network by panel."""
    timed = fits.assign(speed=fits["n_steps"] / fits["training_cpu_s"])
    speeds, sizes = (timed.groupby(["cell", "task"])[name].median() for name in _COSTS)
    rows = [
        [
            cell,
            *(
                f"{_number(speeds.get((cell, panel), np.nan), 0)} / {sizes[cell, panel]:,.0f}"
                if (cell, panel) in sizes
                else "–"
                for panel in _PANELS
            ),
        ]
        for cell in dict.fromkeys(timed["cell"])
    ]
    return _markdown(["cell", *(panel.replace(", ", "<br>") for panel in _PANELS)], rows)


def _geometric(own: pd.DataFrame, fits: pd.DataFrame, name: str) -> float:
    """Return the geometric mean over the panels of a number relative to the LSTM's."""
    reference = fits[(fits["cell"] == REFERENCE) & (fits["fold"] == TEST_PART)]
    both = [some.groupby("task")[name].mean() for some in (own, reference)]
    return float(np.exp(np.log(both[0] / both[1]).mean()))


def _by_panel(
    fits: pd.DataFrame,
    measure: str,
    digits: int,
    by: str = "cell",
    panels: Sequence[str] = _PANELS,
) -> str:
    """Lay out a measure by cell and panel, means over the seeds."""
    means = fits.groupby([by, "task", "fold"], sort=False)[measure].mean()
    rows = []
    for name in dict.fromkeys(fits[by]):
        pairs = [
            [means.get((name, panel, fold), np.nan) for fold in (BACKTEST, TEST_PART)]
            for panel in panels
        ]
        if np.isfinite(pairs).any():
            texts = [" / ".join(_number(value, digits) for value in pair) for pair in pairs]
            rows.append([name, *texts])
    return _markdown([by, *(panel.replace(", ", "<br>") for panel in panels)], rows)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def _percent(mean: float, error: float) -> str:
    """Return a mean log ratio in percent, with twice its standard error."""
    return f"{100 * mean:+.1f}% ± {200 * error:.1f}" if error else "0"


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def lines() -> Iterator[Sequence[str]]:
        yield heads
        yield ["---", *(["---:"] * (len(heads) - 1))]
        yield from rows

    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines())
