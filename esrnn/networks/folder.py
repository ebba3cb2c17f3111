"""Where the networks that come with the package are: a model directory for each preset."""

from __future__ import annotations

import os
from pathlib import Path

from esrnn.store import MANIFEST

__all__ = ["NETWORKS", "shipped_folder", "shipped_names"]

NETWORKS = Path(__file__).resolve().parent.parent / "data" / "networks"


def shipped_folder(preset: str, folder: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the model directory of a preset's networks.

    Parameters
    ----------
    preset : str
        Key of `esrnn.config.presets.PRESETS`.
    folder : str or path, optional
        Where the directories are; by default in the package.

    Returns
    -------
    Path or None
        None if there are no such networks.

    Examples
    --------
    >>> shipped_folder("generic") is None
    True
    """
    path = Path(NETWORKS if folder is None else folder) / preset
    return path if (path / MANIFEST).is_file() else None


def shipped_names(folder: str | os.PathLike[str] | None = None) -> list[str]:
    """Return the presets that have networks.

    Parameters
    ----------
    folder : str or path, optional
        As for `shipped_folder`.

    Returns
    -------
    list of str
    """
    path = Path(NETWORKS if folder is None else folder)
    found = path.iterdir() if path.is_dir() else ()
    return sorted(one.name for one in found if (one / MANIFEST).is_file())
