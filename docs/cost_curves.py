"""A picture of accuracy by CPU seconds: parts of ESRNN's training beside other methods.

    python docs/cost_curves.py

draws `docs/images/cost_curves.png` from `benchmarks/results/cost-curves-GROUP.json`; how these were
made is in `docs/performance.md`.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

from competitions.methods import title_of
from esrnn.plotting.style import FORECAST, INK, SMALL, SOFT, WIDTH, new_figure, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
GROUPS = ("weekly", "hourly")


class Point(NamedTuple):
    """What a method costs and reaches on a group, over all seeds."""

    cpu_s: float
    owa: float


def points_of(group: str) -> tuple[dict[str, Point], dict[str, Point]]:
    """Return parts of ESRNN, such as ``3 x 10``, and other methods, by increasing cost."""
    text = (RESULTS / f"cost-curves-{group}.json").read_text("utf-8")
    parts, others = {}, {}
    for name, runs in json.loads(text)["results"][group].items():
        point = Point(median(one["cpu_s"] for one in runs), fmean(one["owa"] for one in runs))
        if name.startswith("this"):
            words = name.split()  # "this", or "this, M members, E epochs"
            parts["whole" if len(words) == 1 else f"{words[1]} x {words[3]}"] = point
        else:
            others[name] = point
    by_cost = [sorted(some.items(), key=lambda one: one[1].cpu_s) for some in (parts, others)]
    return dict(by_cost[0]), dict(by_cost[1])


def _draw(ax: Axes, group: str) -> None:
    """Draw ESRNN's curve and the other methods of a group."""
    parts, others = points_of(group)
    style_axes(ax)
    ax.plot([p.cpu_s for p in parts.values()], [p.owa for p in parts.values()],
            color=FORECAST, lw=1.6, marker="o", ms=4)  # fmt: skip
    for name, point in parts.items():  # turned, so that those of near points stand side by side
        ax.annotate(name, point, xytext=(-2, -5), textcoords="offset points", rotation=50,
                    rotation_mode="anchor", ha="right", va="top", fontsize=SMALL,
                    color=FORECAST)  # fmt: skip
    for method, point in others.items():
        ax.plot(*point, "s", color=SOFT, ms=5)
        ax.annotate(title_of(method), point, xytext=(0, 7), textcoords="offset points",
                    ha="center", fontsize=SMALL, color=INK)  # fmt: skip
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.margins(x=0.2, y=0.2)
    what = "the line is ESRNN, members x epochs"
    ax.set_title(f"M4 {group.title()}: {what}", loc="left", fontsize=SMALL + 1, color=INK)
    ax.set_xlabel("CPU seconds", fontsize=SMALL, color=SOFT)
    ax.set_ylabel("OWA", fontsize=SMALL, color=SOFT)


def main() -> None:
    """Draw the picture."""
    figure = new_figure(WIDTH, 3.6)
    for ax, group in zip(figure.subplots(1, len(GROUPS)), GROUPS, strict=True):
        _draw(ax, group)
    figure.savefig(ROOT / "docs" / "images" / "cost_curves.png", dpi=100)


if __name__ == "__main__":
    main()
