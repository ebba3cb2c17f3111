"""Fetching one file over HTTP: time limits, retries, a progress bar, a checksum.

The file lands where the caller says, whole or not at all. What the file is, and where it is kept,
is not known here. Failures of the network come out as one kind of error, with the reason in words.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tqdm.auto import tqdm

from esrnn import __version__
from esrnn.datasets.faults import CorruptDownloadError, FetchError

__all__ = ["Patience", "download"]

_CHUNK = 1 << 16
_BUSY = (408, 425, 429)  # worth another try, as are all 5xx


class _PassingError(Exception):
    """A failure that another try may not meet; its message is the reason."""


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Parameters
    ----------
    n_tries : int
        Number of tries in all.
    pause : float
        Seconds before the second try; doubled before each further one.
    timeout : float
        Seconds without a sign from the server after which a try is given up.
    """

    n_tries: int = 4
    pause: float = 1.0
    timeout: float = 30.0


def download(
    url: str, path: Path, sha256: str | None = None, *, progress: bool, patience: Patience
) -> None:
    """Fetch a file.

    Parameters
    ----------
    url : str
        Its address, http or https.
    path : pathlib.Path
        Where it is put; what was there is overwritten.
    sha256 : str, optional
        Checksum that its bytes must have.
    progress : bool
        Whether a bar is shown.
    patience : Patience
        Tries and time limits.

    Raises
    ------
    FetchError
        If the server does not answer, refuses, or breaks off, each time it is asked. It is asked
        once only where asking again won't help: unknown host or file, certificate, refusal.
    CorruptDownloadError
        If the bytes have another checksum.
    OSError
        If the file can't be written.
    """
    for attempt in range(1, patience.n_tries + 1):
        try:
            found = _fetch(url, path, progress, patience.timeout)
            break
        except _PassingError as error:
            if attempt == patience.n_tries:
                raise FetchError(f"{url}: {error}, {attempt} times") from None
            time.sleep(patience.pause * 2 ** (attempt - 1))
    if sha256 is not None and found != sha256:
        size = path.stat().st_size
        path.unlink()
        raise CorruptDownloadError(
            f"{url} must have the sha256 {sha256}; got {found} in {size:,} bytes"
        )


def _fetch(url: str, path: Path, progress: bool, timeout: float) -> str:
    """Fetch a file once and return the checksum of its bytes."""
    digest = hashlib.sha256()
    with _open(url, timeout) as response:
        length = response.headers.get("Content-Length")
        expected = int(length) if length else None
        with (
            path.open("wb") as file,
            tqdm(
                total=expected, desc=path.name, unit="B", unit_scale=True, disable=not progress
            ) as bar,
        ):
            while chunk := _read(response):
                file.write(chunk)
                digest.update(chunk)
                bar.update(len(chunk))
            size = file.tell()
    if expected is not None and size != expected:
        raise _PassingError(f"broke off after {size:,} of {expected:,} bytes")
    return digest.hexdigest()


def _open(url: str, timeout: float) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": f"esrnn/{__version__}"})
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        reason = f"the server answered {error.code} {error.reason}"
        if error.code in _BUSY or error.code >= 500:
            raise _PassingError(reason) from None
        raise FetchError(f"{url}: {reason}") from None
    except urllib.error.URLError as error:
        raise _failure(url, error.reason) from None
    except (http.client.HTTPException, OSError) as error:
        raise _failure(url, error) from None
    return response


def _read(response: IO[bytes]) -> bytes:
    try:
        return response.read(_CHUNK)
    except (http.client.HTTPException, OSError) as error:
        raise _failure("", error) from None


def _failure(url: str, reason: object) -> Exception:
    """Turn a reason for which there was no answer into an error: another try, or the end."""
    if isinstance(reason, socket.gaierror):
        return FetchError(f"{url}: the host is unknown here, or there is no network")
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FetchError(f"{url}: the server's certificate was not accepted: {reason}")
    if isinstance(reason, TimeoutError):
        return _PassingError("the server did not answer in time")
    return _PassingError(f"the host is not reachable ({reason})")
