"""Variants of a preset: settings in a JSON file, laid over the settings of a task's group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from competitions.backtest.harness import Case, ensemble_case
from competitions.methods.esrnn import esrnn_config, lstm_config
from competitions.task import TaskData
from esrnn.config import ModelConfig
from esrnn.errors import InputError

_PARTS = ("network", "smoothing", "training", "ensemble")


@dataclass(frozen=True)
class Variant:
    """Settings laid over a preset: new values by part of `esrnn.config.ModelConfig`."""

    name: str  # in the log
    settings: dict[str, dict[str, Any]]

    def over(self, config: ModelConfig) -> ModelConfig:
        """Return a config with these settings in place of its own.

        An InputError is raised if a part or a setting does not exist or its value is out of range.
        """
        parts = {}
        for part, values in self.settings.items():
            if part not in _PARTS:
                raise InputError(f"variant {self.name!r}: no part {part!r}; there is {_PARTS}")
            own = getattr(config, part)
            known = [f.name for f in fields(own)]
            unknown = sorted(set(values) - set(known))
            if unknown:
                raise InputError(f"variant {self.name!r}: {part} has no {unknown}; it has {known}")
            parts[part] = replace(own, **{key: _tuples(value) for key, value in values.items()})
        return replace(config, **parts)


def read_variants(path: Path) -> list[Variant]:
    """Read a JSON file that maps names of variants to their settings; an InputError if not."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read variants from {path}: {error}") from error
    shaped = isinstance(entries, dict) and all(
        isinstance(settings, dict) and all(isinstance(part, dict) for part in settings.values())
        for settings in entries.values()
    )
    if not shaped or not entries:
        raise InputError(
            f"{path} must map names to settings by part, such as "
            '{"wide": {"network": {"hidden_size": 64}}}'
        )
    return [Variant(name, settings) for name, settings in entries.items()]


def variant_cases(
    data: TaskData,
    variants: Iterable[Variant],
    folds: Iterable[int],
    seeds: Iterable[int],
    method: str = "esrnn",
) -> Iterator[Case]:
    """Give a case for every fold, seed and variant of the method's settings for a task."""
    task = data.task
    base = lstm_config(task) if method == "lstm" else esrnn_config(task)
    configs = {variant.name: variant.over(base) for variant in variants}
    for fold in folds:
        for seed in seeds:
            for name, config in configs.items():
                yield ensemble_case(task.name, name, fold, lambda: data, config, seed)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
