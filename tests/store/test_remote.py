"""Model directories at a URL: whole, checked, and never replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from esrnn.errors import FileError, InputError, ModelFileError
from esrnn.store import MANIFEST, read_directory, read_manifest, write_directory

FILES = {"config.json": b"{}", "members/000.safetensors": b"\0\1"}
URL = "memory://models/monthly"


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    yield
    memory = fsspec.filesystem("memory")
    if memory.exists("/models"):
        memory.rm("/models", recursive=True)


def test_files_come_back(tmp_path: Path) -> None:
    write_directory(URL, FILES)
    write_directory(tmp_path / "model", FILES)
    assert read_directory(URL) == FILES == read_directory(f"{URL}/")
    assert read_manifest(URL) == read_manifest(tmp_path / "model")
    assert read_directory(f"file://{tmp_path}/model") == FILES


def test_a_model_is_not_replaced() -> None:
    write_directory(URL, FILES)
    with pytest.raises(InputError, match="new place only; there is one at 'memory://models"):
        write_directory(URL, {"config.json": b"[]"})
    assert read_directory(URL) == FILES


def test_what_was_not_written_to_the_end_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = fsspec.filesystem("memory")
    pipe = type(memory).pipe_file

    def interrupted(self, path, *rest, **options):  # type: ignore[no-untyped-def]
        if path.endswith("safetensors"):
            raise ConnectionResetError("reset by peer")
        return pipe(self, path, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr(type(memory), "pipe_file", interrupted)
        with pytest.raises(ConnectionResetError):
            write_directory(URL, FILES)
    with pytest.raises(ModelFileError, match=f"{MANIFEST} is missing"):
        read_directory(URL)
    write_directory(URL, FILES)
    assert read_directory(URL) == FILES


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("config.json", b"[]", "config.json was changed"),
        ("config.json", b"{", "config.json is truncated"),
        (MANIFEST, b"{}", "must describe"),
    ],
)
def test_changed_files_are_found(name: str, data: bytes, message: str) -> None:
    write_directory(URL, FILES)
    fsspec.filesystem("memory").pipe_file(f"/models/monthly/{name}", data)
    with pytest.raises(ModelFileError, match=message):
        read_directory(URL)


def test_a_missing_file_is_named() -> None:
    write_directory(URL, FILES)
    fsspec.filesystem("memory").rm("/models/monthly/members/000.safetensors")
    with pytest.raises(ModelFileError, match=r"members/000.safetensors is missing .*memory://"):
        read_directory(URL)


def test_a_kind_of_url_that_nobody_knows_is_named() -> None:
    with pytest.raises(FileError, match="nosuch"):
        read_directory("nosuch://models/monthly")
