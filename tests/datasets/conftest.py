"""No test of this folder sees the data of whoever runs it, nor any host but this one."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from esrnn.datasets import download
from tests.datasets.server import Server


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the data and the cache of whoever runs the tests, and switch downloads off."""
    monkeypatch.delenv("ESRNN_DATA_DIR", raising=False)
    monkeypatch.setenv("ESRNN_OFFLINE", "1")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def only_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whatever tries to reach another host."""
    connect: Callable[..., socket.socket] = socket.create_connection

    def guarded(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
        assert address[0] == "127.0.0.1", f"a test tried to reach {address[0]}"
        return connect(address, *args, **options)

    monkeypatch.setattr(socket, "create_connection", guarded)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow downloads, with tries that follow one another at once."""
    monkeypatch.delenv("ESRNN_OFFLINE")
    monkeypatch.setattr(download, "N_TRIES", 3)
    monkeypatch.setattr(download, "PAUSE_S", 0.001)
    monkeypatch.setattr(download, "TIMEOUT_S", 5.0)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
