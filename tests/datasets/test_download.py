"""One file over HTTP from a server on this host."""

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import esrnn
from esrnn.datasets import CorruptDownloadError
from esrnn.datasets import download as module
from esrnn.datasets.download import download
from esrnn.datasets.faults import FetchError
from tests.datasets.server import Answer, Server

BODY = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "N_TRIES", 3)
    monkeypatch.setattr(module, "PAUSE_S", 0.001)
    monkeypatch.setattr(module, "TIMEOUT_S", 5.0)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the pauses instead of making them."""
    made: list[float] = []
    monkeypatch.setattr(module.time, "sleep", made.append)
    return made


def fetch(url: str, path: Path, sha256: str | None = SHA256) -> None:
    download(url, path, sha256, progress=False)


def test_a_file_arrives_whole(server: Server, tmp_path: Path) -> None:
    fetch(server.serve("a/b.csv", BODY), tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == BODY
    assert server.requests == ["a/b.csv"]
    assert server.agents == [f"esrnn/{esrnn.__version__}"]


def test_a_length_need_not_be_told(server: Server, tmp_path: Path) -> None:
    fetch(server.serve("b", Answer(BODY, length=0)), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == BODY


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_server_is_asked_again_after_growing_pauses(
    status: int, server: Server, tmp_path: Path, pauses: list[float]
) -> None:
    busy = Answer(b"later", status)
    fetch(server.serve("b", busy, busy, Answer(BODY)), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == BODY
    assert server.requests == ["b"] * 3
    assert pauses == [0.001, 0.002]


def test_a_server_that_stays_busy_is_given_up(
    server: Server, tmp_path: Path, pauses: list[float]
) -> None:
    url = server.serve("b", Answer(b"", 502))
    with pytest.raises(FetchError, match="answered 502 Bad Gateway, 3 times") as caught:
        fetch(url, tmp_path / "b")
    assert url in str(caught.value)
    assert len(server.requests) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [404, 403])
def test_a_refusal_is_final(
    status: int, server: Server, tmp_path: Path, pauses: list[float]
) -> None:
    with pytest.raises(FetchError, match=f"answered {status}"):
        fetch(server.serve("b", Answer(BODY, status)), tmp_path / "b")
    assert server.requests == ["b"]
    assert pauses == []


def test_a_body_that_breaks_off_is_fetched_again(
    server: Server, tmp_path: Path, pauses: list[float]
) -> None:
    cut = Answer(BODY[:100_000], length=len(BODY))
    fetch(server.serve("b", cut, Answer(BODY)), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == BODY
    with pytest.raises(FetchError, match="broke off after 100,000 of 256,000 bytes, 3 times"):
        fetch(server.serve("c", cut), tmp_path / "c")


def test_other_bytes_are_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(CorruptDownloadError, match=f"{SHA256}; got .* in 255,999 bytes"):
        fetch(server.serve("b", Answer(BODY[:-1], length=0)), tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
    assert server.requests == ["b"]


def test_a_closed_port_is_named(tmp_path: Path, pauses: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match=r"host is not reachable \(.*refused.*\), 3 times"):
        fetch(f"http://127.0.0.1:{port}/b", tmp_path / "b")


def test_a_silent_server_is_given_up_in_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "N_TRIES", 2)
    monkeypatch.setattr(module, "TIMEOUT_S", 0.05)
    release = threading.Event()
    url = server.serve("b", Answer(BODY, before=release.wait))
    with pytest.raises(FetchError, match="did not answer in time, 2 times"):
        download(url, tmp_path / "b", progress=False)
    release.set()


def raising(error: Exception) -> Callable[..., socket.socket]:
    def connect(*_: object, **__: object) -> socket.socket:
        raise error

    return connect


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (socket.gaierror(-2, "Name or service not known"), "unknown here, or there is no network"),
        (ssl.SSLCertVerificationError(1, "self-signed"), "certificate was not accepted"),
    ],
)
def test_what_another_try_cannot_mend_is_tried_once(
    error: Exception,
    message: str,
    tmp_path: Path,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "create_connection", raising(error))
    with pytest.raises(FetchError, match=message) as caught:
        fetch("http://nowhere.example/b", tmp_path / "b")
    assert caught.value.__suppress_context__
    assert pauses == []


def test_the_bar_is_silent_on_request(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.serve("b", BODY)
    fetch(url, tmp_path / "b")
    assert capsys.readouterr() == ("", "")
    download(url, tmp_path / "hourly.csv", SHA256, progress=True)
    assert "hourly.csv" in capsys.readouterr().err
