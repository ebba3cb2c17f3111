"""Fetching one file over HTTP: time limits, retries, a progress bar, a checksum.

The file is written where the caller says, whole or not at all. Network failures are raised as
`FetchError`, with the reason in words.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from tqdm.auto import tqdm

from esrnn import __version__
from esrnn.datasets.faults import CorruptDownloadError, FetchError

__all__ = ["download"]

N_TRIES = 4
PAUSE_S = 1.0  # before the second try; doubled before each further one
TIMEOUT_S = 30.0  # a try ends after so long without an answer

_CHUNK = 1 << 16
_BUSY = (408, 425, 429)  # worth another try, as are all 5xx


class _PassingError(Exception):
    """A failure that may pass, so that another try is worth it; its message is the reason."""


def download(url: str, path: Path, sha256: str | None = None, *, progress: bool) -> None:
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

    Raises
    ------
    FetchError
        If all tries fail. There is one try only where another cannot help: unknown host or
        file, certificate, refusal.
    CorruptDownloadError
        If the bytes have another checksum.
    OSError
        If the file can't be written.
    """
    for attempt in range(1, N_TRIES + 1):
        try:
            found = _fetch(url, path, progress)
            break
        except _PassingError as error:
            if attempt == N_TRIES:
                raise FetchError(f"{url}: {error}, {attempt} times") from None
            time.sleep(PAUSE_S * 2 ** (attempt - 1))
    if sha256 is not None and found != sha256:
        size = path.stat().st_size
        path.unlink()
        raise CorruptDownloadError(
            f"{url} must have the sha256 {sha256}; got {found} in {size:,} bytes"
        )


def _fetch(url: str, path: Path, progress: bool) -> str:
    """Fetch a file once and return the checksum of its bytes."""
    digest = hashlib.sha256()
    with _open(url) as response:
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


def _open(url: str) -> http.client.HTTPResponse:
    """Send the request and return the response."""
    request = urllib.request.Request(url, headers={"User-Agent": f"esrnn/{__version__}"})
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S)
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
    """Read the next bytes of a response; empty at its end."""
    try:
        return response.read(_CHUNK)
    except (http.client.HTTPException, OSError) as error:
        raise _failure("", error) from None


def _failure(url: str, reason: object) -> Exception:
    """Return the error for a failed request: one that allows another try, or a final one."""
    if isinstance(reason, socket.gaierror):
        return FetchError(f"{url}: the host is unknown here, or there is no network")
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FetchError(f"{url}: the server's certificate was not accepted: {reason}")
    if isinstance(reason, TimeoutError):
        return _PassingError("the server did not answer in time")
    return _PassingError(f"the host is not reachable ({reason})")
