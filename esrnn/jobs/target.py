"""Where a job writes forecasts: a file, or a folder laid out like the input's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from esrnn.files import Source, write_table
from esrnn.files.partitions import Partition, format_of, output_name
from esrnn.files.storage import file_errors, is_local, open_storage, replace_file
from esrnn.jobs.faults import CallError
from esrnn.jobs.state import PREVIOUS

__all__ = ["MANIFEST", "REJECTED_FILE", "Target", "file_target", "find_target"]

# Readers of folders of Parquet files pass over names that begin with an underscore.
MANIFEST, REJECTED_FILE = "_manifest.json", "_rejected.parquet"


@dataclass(frozen=True)
class Target:
    """Where forecasts go.

    Attributes
    ----------
    path : str
        A file or a folder; local or a URL.
    is_folder : bool
    format : {"csv", "parquet"}
        Of the files.
    """

    path: str
    is_folder: bool
    format: Literal["csv", "parquet"]

    def part_name(self, place: int, partition: Partition) -> str:
        """Return the name of a partition's forecasts in the folder of finished parts."""
        if self.is_folder:
            return output_name(partition, self.format)
        return f"{place:06d}.parquet"  # of which the one file is made at the end

    def beside(self, name: str) -> str:
        """Return the path of the manifest or of the rejected series."""
        if self.is_folder:
            return f"{self.path.rstrip('/')}/{name}"
        folder, slash, file = self.path.rpartition("/")
        return f"{folder}{slash}{file.split('.')[0] or file}.{name.removeprefix('_')}"

    def require_free(self) -> None:
        """Refuse to replace what no job wrote, and a place that can't be written.

        Raises
        ------
        CallError
            If another kind of thing is at the path.
        FileError
            If it can't be written.
        """
        storage, inside = open_storage(self.path)
        if not self.is_folder:
            if storage.isdir(inside):
                raise CallError(
                    f"{self.path!r} is a folder, but its name is that of a file. Give another name."
                )
            return
        if storage.isfile(inside):
            raise CallError(
                f"{self.path!r} is a file. Give a name that ends in .csv or .parquet to write a"
                " file, or the name of a folder."
            )
        if storage.isdir(inside) and storage.ls(inside, detail=False):
            if not storage.exists(f"{inside.rstrip('/')}/{MANIFEST}"):
                raise CallError(
                    f"the folder {self.path!r} holds what no job wrote: it has no {MANIFEST}. Give"
                    " another folder, or remove what is there."
                )

    def put(self, parts: Path, names: Sequence[str]) -> None:
        """Put finished parts under the name of the target.

        Parameters
        ----------
        parts : pathlib.Path
            Their folder, with the manifest and, where there are some, the rejected series.
        names : sequence of str
            The parts in order.

        Raises
        ------
        FileError
            If the target can't be written; it is as it was before.
        """
        with file_errors(self.path, "write"):
            if not self.is_folder:
                self._put_file(parts, names)
            elif is_local(open_storage(self.path)[0]):
                self._replace_folder(parts)
            else:
                self._upload(parts)

    def _put_file(self, parts: Path, names: Sequence[str]) -> None:
        """Write all parts as one file, and put what belongs to it beside it first."""
        tables = [pq.read_table(parts / name, memory_map=True) for name in names]
        whole = pa.concat_tables(tables, promote_options="permissive")
        storage, _ = open_storage(self.path)
        for name in (REJECTED_FILE, MANIFEST):
            inside = open_storage(self.beside(name))[1]
            if (parts / name).exists():
                with replace_file(storage, inside) as file:
                    file.write((parts / name).read_bytes())
            elif storage.exists(inside):
                storage.rm_file(inside)
        write_table(whole, self.path)

    def _replace_folder(self, parts: Path) -> None:
        """Put the folder of parts in place of an earlier one."""
        target = Path(os.path.realpath(open_storage(self.path)[1]))
        previous = parts.with_name(PREVIOUS)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.rename(target, previous)
        try:
            os.rename(parts, target)
        except OSError:
            if previous.exists():
                os.rename(previous, target)
            raise

    def bring_back(self, state: Path) -> None:
        """Undo a replacement that was ended between its two steps."""
        previous = state / PREVIOUS
        if self.is_folder and previous.exists():
            target = Path(os.path.realpath(open_storage(self.path)[1]))
            if target.exists():
                shutil.rmtree(previous)
            else:
                os.rename(previous, target)

    def _upload(self, parts: Path) -> None:
        """Copy all parts to another store, the manifest last; remove what is there of old."""
        storage, inside = open_storage(self.path)
        root = inside.rstrip("/")
        files = sorted(path for path in parts.rglob("*") if path.is_file())
        files.sort(key=lambda path: path.name == MANIFEST)
        new = {f"{root}/{path.relative_to(parts).as_posix()}": path for path in files}
        old = set(storage.find(root)) if storage.exists(root) else set()
        for place, path in new.items():
            storage.makedirs(storage._parent(place), exist_ok=True)
            storage.put_file(str(path), place)
        for place in old - new.keys():
            storage.rm_file(place)


def file_target(out: str) -> Target:
    """Return the target that is a file of this name.

    Parameters
    ----------
    out : str

    Returns
    -------
    Target

    Raises
    ------
    CallError
        If the name has another ending than those of CSV and Parquet.
    """
    own = format_of(out)
    if own not in ("csv", "parquet"):
        raise CallError(
            f"results are written as CSV or Parquet; got {out!r}. Give a name that ends in .csv or"
            " .parquet."
        )
    return Target(out, False, "csv" if own == "csv" else "parquet")


def find_target(
    out: str, source: Source, partitions: Sequence[Partition], format: str | None
) -> Target:
    """Tell what kind of target a path is.

    Parameters
    ----------
    out : str
        The name of a file ends in ``.csv``, ``.parquet`` or the like; all others are folders.
    source : Source
        The input, which must not be written over.
    partitions : sequence of Partition
    format : {"csv", "parquet"}, optional
        Of the files in a folder; by default that of the input, CSV for formats that are only read.

    Returns
    -------
    Target

    Raises
    ------
    CallError
        If the target is the input or lies in it.
    """
    if not out:
        raise CallError("a job needs a place for its results; got an empty path. Give a file.")
    here, inside = open_storage(out)
    there, root = open_storage(source.path)
    if type(here) is type(there):
        read = {partition.path for partition in partitions}
        if inside in read or f"{inside.rstrip('/')}/".startswith(f"{root.rstrip('/')}/"):
            raise CallError(
                f"the results must not lie in the input, {source.path!r}, where the next job would"
                f" read them; got {out!r}. Give another place."
            )
    own = format_of(out)
    if own is not None:
        if format is not None and format != own:
            raise CallError(f"format {format!r} does not go with {out!r}. Leave one out.")
        return file_target(out)
    kind = format or partitions[0].format
    return Target(out, True, "csv" if kind == "csv" else "parquet")
