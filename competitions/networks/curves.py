"""What the log of `competitions.networks.ways` says: a table, a picture, and a note with both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.backtest.logs import Outcome
from competitions.networks.recipe import GROUPS
from competitions.networks.samples import SIZES, size_class
from competitions.networks.ways import RECIPES, WAYS
from esrnn.config import fine_tuning_of
from esrnn.networks import PanelFacts, choose_way
from esrnn.plotting.style import (
    FORECAST,
    INK,
    LEVEL,
    SEASONS,
    SMALL,
    SOFT,
    add_legend,
    legend_entries,
    new_figure,
    style_axes,
    title_axes,
)

_DRAWN = {
    "zero_shot": FORECAST,
    "fine_tune": LEVEL,
    "combine": SEASONS[0],
    "combine_tuned": SEASONS[1],
}
_AUTO = "auto"  # the way that the rule chooses for a panel of that size
_SMALL = (10, 50, 200)
_MOST = 0.75  # of the samples of a size: a mean over fewer is not comparable with the others
_HEADINGS = {
    "owa": "OWA",
    "wql": "WQL",
    "coverage_80": "cover 80",
    "coverage": "cover 95",
    "cpu_s": "CPU s",
}
_NOTE = """# Strategies by the number of series

Samples of panels that the networks had not seen, forecast by all strategies: OWA and quantile loss
relative to those of networks that are trained on the sample alone; `auto` is the way that the rule
chooses today. `docs/competitions.md` says how the log was made. The last table has OWA of `auto` on
small panels.

![OWA relative to training, by the number of series]({picture})

{table}
"""


def relative_to_training(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Compare each outcome with that of networks that were trained on the same sample.

    Of several lines of the log for one sample and way, made with other networks or settings, the
    last one counts. Returns a row for each of them where training has an outcome too: ``group``,
    ``series`` (the size's class), ``way``, ``owa`` and ``wql`` as logarithms of the ratios,
    ``coverage_80``, ``coverage`` and ``cpu_s``. The way that the rule chooses is there once more,
    as ``"auto"``.
    """
    sample = ["task", "size", "fold", "seed"]
    rows = pd.DataFrame(
        [asdict(outcome) for outcome in outcomes], columns=[f.name for f in fields(Outcome)]
    )
    rows = rows.drop_duplicates([*sample, "variant"], keep="last")
    rows = pd.concat([rows, *(_chosen(one) for _, one in rows.groupby(sample, sort=False))])
    trained = rows.loc[rows["variant"] == "train", [*sample, "owa", "wql"]]
    both = rows.merge(trained, on=sample, suffixes=("", "_trained"))
    return pd.DataFrame(
        {
            "group": both["task"].map(lambda task: task.rpartition("-")[2]),
            "series": both["size"].map(size_class),
            "way": both["variant"],
            **{name: np.log(both[name] / both[f"{name}_trained"]) for name in ("owa", "wql")},
            **{name: both[name] for name in ("coverage_80", "coverage", "cpu_s")},
        }
    )


def _chosen(sample: pd.DataFrame) -> pd.DataFrame:
    """Return a sample's outcome in the way that ``strategy="auto"`` chooses; none if not run."""
    task, size = sample[["task", "size"]].iloc[0]
    group = task.rpartition("-")[2]
    way = choose_way(PanelFacts(group, np.ones(size, np.int64), 1, 1)).strategy
    names: list[str] = [way]
    if way == "fine_tune":  # a recipe that was chosen among others is in the log by its name
        names += [name for name, recipe in RECIPES.items() if recipe == fine_tuning_of(group)]
    made = [name for name in names if name in set(sample["variant"])]
    found = sample[sample["variant"].isin(made[-1:])]
    return found.assign(variant=_AUTO)


def _run_on_most(relative: pd.DataFrame) -> pd.DataFrame:
    """Leave ways out that were run on few of a group's samples of a size."""
    cell = [relative["group"], relative["series"]]
    n_samples = relative["way"].eq("train").groupby(cell).transform("sum")
    n_run = relative.groupby(["group", "series", "way"])["way"].transform("size")
    return relative[n_run >= _MOST * n_samples]


def _table(relative: pd.DataFrame) -> str:
    """Lay out geometric means of OWA by group and size, and all measures by group."""
    ways = [way for way in (*WAYS, _AUTO) if way in set(relative["way"])]
    groups = [group for group in GROUPS if group in set(relative["group"])]
    by_size = relative.pivot_table("owa", ["group", "series"], "way")[ways].transform(np.exp)
    counts = relative[relative["way"] == "train"].groupby(["group", "series"]).size()
    by_size.insert(0, "samples", counts)
    by_way = relative.groupby(["group", "way"])[list(_HEADINGS)].mean()
    by_way[["owa", "wql"]] = np.exp(by_way[["owa", "wql"]])
    tables = [
        by_size.reindex(groups, level=0).rename_axis(columns=None),
        by_way.reindex(groups, level=0).reindex(ways, level=1).rename(columns=_HEADINGS),
    ]
    if _AUTO in ways:
        tables.append(_small_panels(relative, groups))
    numbers = dict.fromkeys([*ways, *_HEADINGS.values(), *map(str, _SMALL), "mean"], "{:.3f}")
    forms = {name: form.format for name, form in (numbers | {"CPU s": "{:.2f}"}).items()}
    return "\n\n".join(
        one.reset_index().to_string(index=False, formatters=forms, na_rep="-") for one in tables
    )


def _small_panels(relative: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Lay out geometric means of OWA in the way that the rule chooses, by group and size."""
    chosen = relative[(relative["way"] == _AUTO) & relative["series"].isin(_SMALL)]
    logs = chosen.pivot_table("owa", "group", "series").reindex(groups)
    logs.columns = logs.columns.map(str)
    logs["mean"] = logs.mean(axis=1)
    logs.loc["mean"] = logs.mean()
    return logs.transform(np.exp).rename_axis(index="group")


def _draw(relative: pd.DataFrame, path: Path) -> None:
    """Draw OWA relative to training by the number of series as SVG, a panel for each group."""
    import matplotlib

    figure = new_figure(10.5, 5.6)
    axes = figure.subplots(2, 3, sharex=True)
    means = np.exp(relative.groupby(["group", "way", "series"])["owa"].mean())
    for ax, group in zip(axes.flat, GROUPS, strict=True):
        style_axes(ax, 4)
        title_axes(ax, group)
        ax.axhline(1.0, color=SOFT, linewidth=0.9, linestyle=(0, (3, 2)), label="train")
        for way, color in _DRAWN.items():
            if (group, way) in means.index:
                curve = means.loc[group, way]
                ax.plot(
                    curve.index, curve, "o-", color=color, markersize=3.5, linewidth=1.3, label=way
                )
        ax.set_xscale("log")
        ax.set_xlim(0.7, 7000)
        ax.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
        ax.minorticks_off()
    for ax in axes[1]:
        ax.set_xlabel("series", fontsize=SMALL, color=INK)
    for ax in axes[:, 0]:
        ax.set_ylabel("OWA relative to training", fontsize=SMALL, color=INK)
    add_legend(figure, legend_entries(axes.flat, ["train", *_DRAWN]))
    # No date and no random names: equal logs give equal files.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "esrnn"}):
        figure.savefig(path, format="svg", metadata={"Date": None})


def write_curves(outcomes: Iterable[Outcome], log: Path) -> str:
    """Write the picture and the note beside a log, and return the table.

    The picture has the log's name with the ending ``.svg``, the note with ``.md``. Of a note that
    is there, only the table is replaced. The text says so where nothing can be compared yet.
    """
    relative = _run_on_most(relative_to_training(outcomes))
    if relative.empty:
        return "the log holds no sample that networks were trained on: nothing to compare with"
    table = _table(relative)
    picture, note = log.with_suffix(".svg"), log.with_suffix(".md")
    _draw(relative, picture)
    block = f"```text\n{table}\n```"
    text = _NOTE.format(picture=picture.name, table=block)
    if note.exists():
        old = note.read_text(encoding="utf-8")
        text = re.sub(r"```text\n.*?\n```", lambda _: block, old, count=1, flags=re.DOTALL)
    note.write_text(text, encoding="utf-8")
    return table
