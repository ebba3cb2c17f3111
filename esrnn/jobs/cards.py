"""`inspect`: what a model is and knows, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from esrnn.config import member_configs
from esrnn.forecaster import FittedPanel
from esrnn.forecaster.model_files import read_parts
from esrnn.forecaster.shipped import CARD
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import frequency_code
from esrnn.jobs.fitting import REJECTED, RUN
from esrnn.jobs.networks import describe_networks, model_checksum, model_path
from esrnn.store import bytes_to_json

__all__ = ["ModelReport", "inspect"]


@dataclass(frozen=True)
class ModelReport:
    """What is to be said of a model.

    Attributes
    ----------
    facts : dict
        Plain data.
    """

    facts: dict[str, Any]

    is_complete = True

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return self.facts

    def lines(self) -> Sequence[str]:
        """Return a line for each fact."""
        width = max(map(len, self.facts))
        return [f"{name.replace('_', ' '):<{width}}  {_text(v)}" for name, v in self.facts.items()]


def inspect(model: str) -> ModelReport:
    """Say what a model is and knows.

    Parameters
    ----------
    model : str
        A model directory, or the preset of networks that come with the package.

    Returns
    -------
    ModelReport

    Raises
    ------
    CallError
        If there is no such model.
    ModelFileError
        If it can't be read.

    Examples
    --------
    >>> print(inspect("monthly").lines()[0])
    networks          4 networks for monthly data
    """
    checksum = model_checksum(model)
    plain, files = read_parts(model_path(model))
    networks = TrainedModel.from_parts(plain, files)
    config = networks.config
    facts: dict[str, Any] = {
        "networks": describe_networks(networks, "" if not networks.ensemble.ids else None),
        "step": frequency_code(networks.grid),
        "horizon": networks.horizon,
        "seasonal_periods": list(networks.choice.periods),
        "input_window": config.network.input_window,
        "quantile_levels": list(config.network.quantile_levels),
        "columns": _columns(networks),
        "series": len(networks.ensemble.ids),
    }
    cells = dict.fromkeys(own.network.cell for own in member_configs(config))
    if len(cells) > 1:
        facts["cells"] = list(cells)
    if config.ensemble.local_models:
        facts["local_models"] = [f"{name} {w:.2g}" for name, w in config.ensemble.local_models]
    if "panel" in plain:
        framed = FittedPanel.from_parts(plain, files).framed
        last = framed.times.last
        facts["values"] = int(framed.panel.lengths.sum())
        facts["history_ends"] = [str(last.min()), str(last.max())]
    else:
        facts["values"] = 0
    if RUN in files:
        run: Any = bytes_to_json(files[RUN], RUN)
        facts["made_from"] = f"{run['data']} ({len(run['files'])} files, {run['n_rows']:,} rows)"
        facts["made_by"] = f"esrnn {run['code']['esrnn']}"
        facts["rejected_series"] = run["n_rejected"] if REJECTED in files else 0
    if CARD in files:
        card: Any = bytes_to_json(files[CARD], CARD)
        data = card.get("data", {})
        if "n_series" in data:
            sources = f" of {len(data['sources'])} sources" if "sources" in data else ""
            facts["trained_on"] = f"{data['n_series']:,} series{sources}, listed in {CARD}"
    facts["megabytes"] = round(sum(map(len, files.values())) / 1e6, 2)
    facts["sha256"] = checksum
    return ModelReport(facts)


def _columns(networks: TrainedModel) -> list[str]:
    """Return the names of the covariates."""
    encoder = networks.encoder
    return [] if encoder is None else [*encoder.static_names, *encoder.future_names]


def _text(value: object) -> str:
    """Write a fact; lists with commas."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
