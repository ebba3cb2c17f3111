"""Compressed files, told by their first bytes whatever they are called."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeAlias, cast

import pyarrow as pa

from esrnn.errors import InputError

__all__ = ["Opener", "codec_of", "decompressed", "decompression_errors", "open_decompressed"]

Opener: TypeAlias = Callable[[], IO[bytes]]

_CODECS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_N_BUFFERED = 1 << 16


def codec_of(start: bytes) -> str | None:
    """Return how a file that starts so is compressed; None if it isn't."""
    return next((name for mark, name in _CODECS.items() if start.startswith(mark)), None)


def decompressed(file: IO[bytes], codec: str | None) -> Any:
    """Return a stream of a file's content; it closes the file when it ends."""
    if codec is None:
        return file
    return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), codec)


@contextmanager
def open_decompressed(opener: Opener, where: str) -> Iterator[IO[bytes]]:
    """Open a file to read its content.

    Parameters
    ----------
    opener : callable
        Opens the file for reading bytes.
    where : str
        Its name, for messages.

    Yields
    ------
    file
        To read bytes or lines from.

    Raises
    ------
    InputError
        If it can't be decompressed.
    """
    with decompression_errors(where), opener() as raw:
        codec = codec_of(raw.read(4))
        raw.seek(0)
        stream = decompressed(raw, codec)
        yield raw if codec is None else cast("IO[bytes]", io.BufferedReader(stream, _N_BUFFERED))


@contextmanager
def decompression_errors(where: str) -> Iterator[None]:
    """Say that a file is damaged; errors of the system have a number and are left alone."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise InputError(
            f"{where} can't be decompressed: it is damaged or cut short ({error}). Copy or write it"
            " again."
        ) from None
