"""The files of a source, each of which is a unit of work: found, named and told apart."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from esrnn.errors import FileError, InputError
from esrnn.files.source import FORMATS, Format, Source
from esrnn.files.storage import file_errors, open_storage

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = [
    "Partition",
    "checksum",
    "compression_of",
    "find_partitions",
    "format_of",
    "output_name",
    "stem_of",
]

_SUFFIXES: Mapping[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".tsf": "tsf",
    ".jsonl": "jsonl",
    ".json": "jsonl",
}
_COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd", ".bz2": "bz2"}
_PATTERN = re.compile(r"[*?\[]")
_KEY = re.compile(r"([^=/]+)=(.*)")
# What Hive writes for a missing key.
_NO_KEY = "__HIVE_DEFAULT_PARTITION__"
# How file systems tell that a file was changed, beside its size.
_CHANGE_MARKS = (
    "ETag", "etag", "content_md5", "md5Hash", "mtime", "LastModified", "last_modified", "updated",
    "created",
)  # fmt: skip
_BLOCK = 1 << 20
_METADATA = "metadata.json"  # of GluonTS


@dataclass(frozen=True)
class Partition:
    """A unit of work: one file of a source, or all of them where they are read together.

    Parameters
    ----------
    name : str
        Path from the source's folder, with ``/``; the name of the file for a single one. It is the
        same on every run.
    path : str
        Where the file is on its file system.
    format : {"csv", "parquet", "tsf", "jsonl"}
    keys : tuple of (str, str or None)
        Of the folders' names, as in ``region=EU/month=1/part-0.parquet``; None for a missing one.
    size : int
        In bytes.
    fingerprint : str
        Changes when the file is written again: made of its size, and its time or tag.
    parts : tuple of Partition
        The files, where there are several.
    """

    name: str
    path: str
    format: Format
    keys: tuple[tuple[str, str | None], ...]
    size: int
    fingerprint: str
    parts: tuple[Partition, ...] = ()

    @property
    def files(self) -> tuple[Partition, ...]:
        """The single files."""
        return self.parts or (self,)


def find_partitions(source: Source) -> list[Partition]:
    """Find the files of a source.

    Files and folders whose names begin with ``_`` or ``.`` are left out, as other tools that read
    folders of Parquet files do, and so is ``metadata.json``.

    Parameters
    ----------
    source : Source

    Returns
    -------
    list of Partition
        Sorted by name.

    Raises
    ------
    FileError
        If nothing is at the path, or it can't be listed.
    InputError
        If the files are of several formats, or of one that is not known.
    """
    storage, root = open_storage(source.path, source.storage_options)
    with file_errors(source.path, "read"):
        base, infos = _listed(storage, root, source.path)
    if not infos:
        raise FileError(
            f"{source.path!r} has no data files. Files whose names begin with '_' or '.' are not"
            " read. Check the path."
        )
    formats = _formats(infos, source)
    found = []
    for path, info in sorted(infos.items()):
        name = path[len(base) :].lstrip("/")
        size = int(info["size"] or 0)
        mark = next((str(info[key]) for key in _CHANGE_MARKS if info.get(key) is not None), "")
        found.append(Partition(name, path, formats[path], _keys_of(name), size, f"{size}:{mark}"))
    return [_together(found)] if source.together else found


def _together(files: list[Partition]) -> Partition:
    """Make one partition of all files."""
    if len(files) == 1:
        return files[0]
    marks = "".join(f"{file.name}\0{file.fingerprint}\0" for file in files)
    return Partition(
        name=f"all.{files[0].format}",
        path="",
        format=files[0].format,
        keys=(),
        size=sum(file.size for file in files),
        fingerprint=sha256(marks.encode()).hexdigest(),
        parts=tuple(files),
    )


def checksum(source: Source, partition: Partition) -> str:
    """Return the SHA-256 of a partition's bytes.

    Parameters
    ----------
    source : Source
    partition : Partition

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    storage, _ = open_storage(source.path, source.storage_options)
    digest = sha256()
    for part in partition.files:
        with file_errors(part.name, "read"), storage.open(part.path, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def output_name(partition: Partition, format: str) -> str:
    """Return the name of a file of results in a folder laid out like the source's.

    Parameters
    ----------
    partition : Partition
    format : {"csv", "parquet"}

    Returns
    -------
    str
        The partition's name with the ending of the format; other endings than those of formats
        stay, so that different names stay different.

    Examples
    --------
    >>> part = Partition(
    ...     "region=EU/sales.csv.gz", "/d/region=EU/sales.csv.gz", "csv", (), 1, ""
    ... )
    >>> output_name(part, "parquet")
    'region=EU/sales.parquet'
    """
    folder, slash, name = partition.name.rpartition("/")
    return f"{folder}{slash}{stem_of(name)}.{format}"


def stem_of(name: str) -> str:
    """Return the name of a file without the endings of formats and compressions.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    stem = _uncompressed(name)
    for suffix in _SUFFIXES:
        stem = stem.removesuffix(suffix)
    return stem or name


def format_of(name: str) -> Format | None:
    """Return the format that the name of a file stands for; None if it is not known.

    Parameters
    ----------
    name : str

    Returns
    -------
    {"csv", "parquet", "tsf", "jsonl"} or None
    """
    plain = _uncompressed(name.lower())
    return next((form for suffix, form in _SUFFIXES.items() if plain.endswith(suffix)), None)


def compression_of(name: str) -> str | None:
    """Return how a file of this name is compressed, as Arrow calls it; None if it isn't.

    Parameters
    ----------
    name : str

    Returns
    -------
    str or None
    """
    return next((how for end, how in _COMPRESSED.items() if name.lower().endswith(end)), None)


def _uncompressed(name: str) -> str:
    """Return a name without the ending of a compression."""
    return next((name.removesuffix(end) for end in _COMPRESSED if name.endswith(end)), name)


def _listed(
    storage: AbstractFileSystem, root: str, path: str
) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the folder that names are relative to, and what is known of each file."""
    if storage.isfile(root):
        return root[: len(root) - len(root.rpartition("/")[2])], {root: storage.info(root)}
    if storage.isdir(root):
        found = storage.find(root, detail=True)
        return root, {p: i for p, i in found.items() if _is_data(p[len(root) :])}
    if _PATTERN.search(root):
        base = root[: _PATTERN.search(root).start()].rpartition("/")[0]  # type: ignore[union-attr]
        matched = storage.glob(root, detail=True)
        infos: dict[str, dict[str, Any]] = {}
        for p, info in matched.items():
            inside = storage.find(p, detail=True) if info["type"] == "directory" else {p: info}
            infos |= {q: i for q, i in inside.items() if _is_data(q[len(base) :])}
        if not infos:
            raise FileError(f"no file matches {path!r}. Check the pattern.")
        return base, infos
    raise FileError(f"there is no file or folder {path!r}.{_similar(storage, root)}")


def _is_data(name: str) -> bool:
    """Return whether neither the file nor a folder above it is hidden; a key may begin with _."""
    parts = [part for part in name.split("/") if part]
    return parts[-1] != _METADATA and not any(
        part.startswith(".") or (part[0] == "_" and "=" not in part) for part in parts
    )


def _similar(storage: AbstractFileSystem, root: str) -> str:
    """Name what is there and is called nearly so."""
    parent = storage._parent(root)
    try:
        there = [str(p).rstrip("/").rpartition("/")[2] for p in storage.ls(parent, detail=False)]
    except (OSError, NotImplementedError):
        return f" Nor is there a folder {parent!r}. Check the path."
    close = difflib.get_close_matches(root.rpartition("/")[2], there, n=3)
    return f" Near it are: {', '.join(map(repr, close))}." if close else " Check the path."


def _formats(infos: Mapping[str, object], source: Source) -> dict[str, Format]:
    """Return the format of each file; refuse unknown and several ones."""
    if source.format is not None:
        return dict.fromkeys(infos, source.format)
    formats = {path: format_of(path) for path in infos}
    unknown = sorted(path for path, form in formats.items() if form is None)
    if unknown:
        raise InputError(
            f"the format of a file is told by its ending, such as .csv, .csv.gz or .parquet; got"
            f" {unknown[:5]}{' and more' * (len(unknown) > 5)}. Give format= (one of"
            f" {list(FORMATS)}), or a pattern such as 'folder/*.csv'."
        )
    kinds = sorted({str(form) for form in formats.values()})
    if len(kinds) > 1:
        firsts = [next(p for p in sorted(infos) if formats[p] == kind) for kind in kinds]
        raise InputError(
            f"the files of a source must be of one format; got {kinds}, as {firsts}. Give a pattern"
            " such as 'folder/*.csv'."
        )
    return cast("dict[str, Format]", formats)


def _keys_of(name: str) -> tuple[tuple[str, str | None], ...]:
    """Read the keys in the names of folders."""
    keys = []
    for part in name.split("/")[:-1]:
        if match := _KEY.fullmatch(part):
            value = unquote(match[2])
            keys.append((unquote(match[1]), None if value == _NO_KEY else value))
    return tuple(keys)
