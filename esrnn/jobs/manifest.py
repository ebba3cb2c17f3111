"""Which job made which rows: code, data and networks by their checksums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from esrnn import __version__
from esrnn.forecaster import TrainedModel
from esrnn.jobs.networks import model_checksum
from esrnn.jobs.partition import Plan

__all__ = ["code_identity", "make_manifest"]

_LIBRARIES = ("numpy", "numba", "torch", "pandas", "pyarrow")


@cache
def code_identity() -> dict[str, str]:
    """Return the version of the package, a checksum of its code, and versions of libraries.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> sorted(code_identity())[:2]
    ['esrnn', 'esrnn_sha256']
    """
    root = Path(__file__).parent.parent
    digest = sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    found = {"esrnn": __version__, "esrnn_sha256": digest.hexdigest()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def make_manifest(
    command: str,
    networks: TrainedModel,
    model: str,
    plan: Plan,
    entries: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what was made of what, as plain data without times, so that equal runs write it alike.

    Parameters
    ----------
    command : str
    networks : TrainedModel
    model : str
        Their path.
    plan : Plan
    entries : sequence of mappings
        Of `esrnn.jobs.partition.forecast_partition`, in order.

    Returns
    -------
    dict
    """
    return {
        "format": "esrnn forecasts",
        "command": command,
        "code": code_identity(),
        "networks": {
            "preset": networks.choice.preset,
            "strategy": networks.strategy,
            "n_members": len(networks.ensemble.members),
            "sha256": model_checksum(model),
        },
        "data": plan.source.path,
        "columns": asdict(plan.columns),
        "horizon": plan.horizon,
        "output": asdict(plan.output),
        "on_error": plan.on_error,
        "parts": [_part(entry, plan.target.is_folder) for entry in entries],
    }


def _part(entry: Mapping[str, Any], is_folder: bool) -> dict[str, Any]:
    """Return an entry; without what is said of a part that is no file of its own."""
    passing = () if is_folder else ("output", "output_sha256")
    return {name: value for name, value in entry.items() if name not in passing}
