"""Folders that belong to the user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_dir"]


def cache_dir() -> Path:
    """Return the folder where files are kept for the user, whether it is there or not.

    Returns
    -------
    pathlib.Path
        ``esrnn`` below ``$XDG_CACHE_HOME`` or ``~/.cache``; below ``~/Library/Caches`` on macOS
        and ``%LOCALAPPDATA%`` on Windows.

    Examples
    --------
    >>> from esrnn._folders import cache_dir
    >>> cache_dir().name
    'esrnn'
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "esrnn"
