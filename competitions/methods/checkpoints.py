"""What a run saves while it works, so that it can be killed and started again.

A part is a few arrays in a file of its own, written whole or not at all. The runner decides which
run a folder belongs to.
"""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[np.float64]]


class Checkpoints:
    """The finished parts of a run, in a folder; None saves nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._start = time.time()
        self._loaded: list[tuple[float, float, float]] = []

    def load(self, name: str) -> Arrays | None:
        """Return the arrays of a part that an earlier attempt finished, or None.

        A damaged file, such as a power cut may leave, counts as none.
        """
        path = None if self._folder is None else self._folder / f"{name}.npz"
        if path is None or not path.exists():
            return None
        try:
            # np.load leaves a file open that it opens and cannot read
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
            start, elapsed, cpu = arrays.pop("usage").tolist()
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        self._loaded.append((start, elapsed, cpu))
        return arrays

    def save(self, name: str, arrays: Mapping[str, npt.NDArray[np.float64]], cpu_s: float) -> None:
        """Write a part that took `cpu_s` processor seconds."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        usage = np.array([self._start, time.time() - self._start, cpu_s])
        unfinished = self._folder / f"{name}.{os.getpid()}.part"  # two runs may be at work here
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, usage=usage, **arrays)
        os.replace(unfinished, self._folder / f"{name}.npz")

    @property
    def earlier_cpu_s(self) -> float:
        """Processor seconds of the parts that were loaded."""
        return sum(cpu for _, _, cpu in self._loaded)

    @property
    def earlier_wall_s(self) -> float:
        """Seconds that the attempts they come from had taken when each wrote its last one."""
        longest: dict[float, float] = {}
        for start, elapsed, _ in self._loaded:
            longest[start] = max(elapsed, longest.get(start, 0.0))
        return sum(longest.values())
