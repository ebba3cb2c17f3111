"""Trained members in files, so that a training that was ended can go on."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from esrnn.config import ModelConfig
from esrnn.errors import InputError, ModelFileError
from esrnn.store import arrays_to_bytes, bytes_to_arrays, json_to_bytes

if TYPE_CHECKING:
    from esrnn.training import Member

__all__ = ["MemberFiles", "write_whole"]


class MemberFiles:
    """A folder of trained members; each file is there when it is whole.

    Parameters
    ----------
    folder : pathlib.Path
        Made when the first member is saved.

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> MemberFiles(Path("nowhere")).load(0, preset_config("monthly", 3)) is None
    True
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, k: int, config: ModelConfig) -> Member | None:
        """Return a member with these settings that was saved before; None for a damaged file."""
        from esrnn.training import Member

        path = self._path(k, config)
        try:
            arrays = bytes_to_arrays(path.read_bytes(), path.name)
            return Member.from_arrays(arrays, {"config": config})
        except (OSError, ModelFileError, InputError):
            return None

    def save(self, k: int, member: Member, cpu_s: float) -> None:
        """Write a member."""
        path = self._path(k, member.config)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, arrays_to_bytes(member.arrays()))

    def _path(self, k: int, config: ModelConfig) -> Path:
        """Two trainings of one job, as of a combination, have different settings."""
        name = sha256(json_to_bytes(config.to_dict())).hexdigest()[:12]
        return self._folder / f"{k:03d}-{name}.safetensors"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears under its name only when it is whole.

    Parameters
    ----------
    path : pathlib.Path
    data : bytes
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # a rename must not reach the disk before the content does
    os.replace(partial, path)
