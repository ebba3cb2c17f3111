"""What a run is called where it stands beside others."""

from __future__ import annotations

from competitions.methods import title_of
from competitions.scoring.run_scores import RunScores
from competitions.task import load_task

MEASURES = ("mase", "smape", "msis")  # of single series, by which runs are compared


def title_of_run(run: RunScores) -> str:
    """Name a run by its method, its engine where there is a choice, and its settings."""
    title = title_of(run.method, load_task(run.task))
    return ", ".join(filter(None, (title, run.engine, settings_text(run))))


def settings_text(run: RunScores) -> str:
    """Name the settings of a run that are not the method's own."""
    settings = run.settings
    told = [f"preset {settings['preset']}"] if settings.get("preset", "auto") != "auto" else []
    sizes = ((name, settings.get(f"n_{name}s")) for name in ("member", "epoch"))
    return ", ".join(
        [*told, *(f"{size} {name}{'s' if size > 1 else ''}" for name, size in sizes if size)]
    )
