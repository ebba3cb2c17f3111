"""A model directory is written whole or not at all, and read only if nothing in it was changed."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from esrnn.errors import InputError, InputTypeError, ModelFileError
from esrnn.store import MANIFEST, json_to_bytes, read_directory, write_directory

ROOT = Path(__file__).resolve().parents[2]
FILES = {"config.json": b'{"a": 1}\n', "members/000.safetensors": bytes(range(200))}
OTHER = {"config.json": b'{"a": 2}\n'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    write_directory(path, FILES)
    return path


def sign(manifest: dict[str, object]) -> bytes:
    """Give a manifest the checksum of its entries, as someone who forges it would."""
    entries = {key: value for key, value in manifest.items() if key != "sha256"}
    return json_to_bytes({**entries, "sha256": sha256(json_to_bytes(entries)).hexdigest()})


def test_what_was_written_is_read(folder: Path) -> None:
    assert read_directory(folder) == FILES
    assert read_directory(str(folder)) == FILES


def test_nothing_else_is_left_beside_it(folder: Path) -> None:
    write_directory(folder, OTHER)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert read_directory(folder) == OTHER


def test_folders_above_it_are_made(tmp_path: Path) -> None:
    write_directory(tmp_path / "a" / "b", FILES)
    assert read_directory(tmp_path / "a" / "b") == FILES


def test_a_link_to_a_model_stays_a_link(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder, target_is_directory=True)
    write_directory(link, OTHER)
    assert link.is_symlink()
    assert read_directory(folder) == read_directory(link) == OTHER


def test_files_that_are_not_listed_are_not_read(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    assert read_directory(folder) == FILES


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_changed_byte_is_found(folder: Path, name: str) -> None:
    path = folder / name
    intact = path.read_bytes()
    for place in range(len(intact)):
        path.write_bytes(intact[:place] + bytes([intact[place] ^ 1]) + intact[place + 1 :])
        with pytest.raises(ModelFileError):
            read_directory(folder)
    path.write_bytes(intact)
    assert read_directory(folder) == FILES


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_truncated_file_is_found(folder: Path, name: str) -> None:
    path = folder / name
    intact = path.read_bytes()
    for length in (0, 1, len(intact) // 2, len(intact) - 1):
        path.write_bytes(intact[:length])
        with pytest.raises(ModelFileError):
            read_directory(folder)


def test_a_truncated_file_is_called_so(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"{")
    with pytest.raises(ModelFileError, match=r"config.json is truncated: .* says 9 bytes"):
        read_directory(folder)


def test_a_longer_file_is_found(folder: Path) -> None:
    (folder / "config.json").write_bytes(FILES["config.json"] + b" ")
    with pytest.raises(ModelFileError, match="too long"):
        read_directory(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match=f"{name} is missing"):
        read_directory(folder)


def test_a_newer_format_asks_for_a_newer_release(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest |= {"format_version": 2, "libraries": {"esrnn": "9.1"}}
    (folder / MANIFEST).write_bytes(sign(manifest))
    with pytest.raises(ModelFileError, match=r"version 2, written by esrnn 9.1; .* newer esrnn"):
        read_directory(folder)


@pytest.mark.parametrize("version", [0, "1", None, 1.5, True])
def test_an_unknown_format_version_is_refused(folder: Path, version: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_bytes(sign({**manifest, "format_version": version}))
    with pytest.raises(ModelFileError, match="must have format version 1"):
        read_directory(folder)


@pytest.mark.parametrize(
    "name", ["../secret", "members/../../secret", "/secret", "..", "a//b", "", ".hidden", "a\\b"]
)
def test_a_name_outside_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_bytes(b"x")
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["files"][name] = {"bytes": 1, "sha256": sha256(b"x").hexdigest()}
    (folder / MANIFEST).write_bytes(sign(manifest))
    with pytest.raises(ModelFileError, match="inside its folder only"):
        read_directory(folder)
    with pytest.raises(ValueError, match="plain name"):
        write_directory(folder.with_name("new"), {name: b"x"})
    assert not folder.with_name("new").exists()


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    outside = folder.parent / "config.json"
    outside.write_bytes(FILES["config.json"])
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(outside)
    with pytest.raises(ModelFileError, match="link to a place outside"):
        read_directory(folder)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"3", b'{"format": "other"}', b"\xff", b"[" * 100_000]
)
def test_another_manifest_is_refused(folder: Path, text: bytes) -> None:
    (folder / MANIFEST).write_bytes(text)
    with pytest.raises(ModelFileError):
        read_directory(folder)


def test_where_there_is_no_model_the_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is no folder"):
        read_directory(tmp_path / "nothing")
    with pytest.raises(ModelFileError, match="has no such file"):
        read_directory(tmp_path)


@pytest.mark.parametrize("path", [None, 3, "", b""])
def test_what_is_no_path_is_refused(path: object) -> None:
    with pytest.raises(InputTypeError, match="path must be the path of a folder"):
        read_directory(path)  # type: ignore[arg-type]


def test_what_is_no_model_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="neither"):
        write_directory(tmp_path, FILES)
    with pytest.raises(InputError, match="neither"):
        write_directory(tmp_path / "mine.txt", FILES)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_another_folder_with_a_manifest_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"name": "an app"}')
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(InputError, match="neither"):
        write_directory(tmp_path, FILES)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_files_that_others_put_into_a_model_are_not_lost(folder: Path) -> None:
    (folder / "members" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"would be lost: \['members/notes\.txt'"):
        write_directory(folder, OTHER)
    assert read_directory(folder) == FILES


def test_a_file_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "read_bytes", gone)
    with pytest.raises(ModelFileError, match=r"MANIFEST.json .* can't be read: No such file"):
        read_directory(folder)


def test_a_model_that_is_replaced_while_it_is_read_is_the_old_or_the_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, done = Path.read_bytes, []

    def replace_after_the_manifest(path: Path) -> bytes:
        data = read(path)
        if path.name == MANIFEST and not done:
            done.append(path)
            write_directory(folder, OTHER)
        return data

    monkeypatch.setattr(Path, "read_bytes", replace_after_the_manifest)
    assert read_directory(folder) == OTHER


def test_a_failed_write_leaves_the_old_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_directory(folder, OTHER)
    monkeypatch.undo()
    assert read_directory(folder) == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


# The process ends, without any clean-up, at its k-th call of one of these.
_KILLED = """
import os, sys
from esrnn.store import write_directory

calls = 0
def killed(function):
    def wrapper(*arguments):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os._exit(9)
        return function(*arguments)
    return wrapper

os.rename, os.fsync = killed(os.rename), killed(os.fsync)
write_directory(sys.argv[1], {"config.json": b'{"a": 2}\\n'})
"""


@pytest.mark.slow
def test_a_killed_process_leaves_the_old_model_or_the_new_one(folder: Path) -> None:
    ends, found = [], []
    for call in range(1, 7):
        write_directory(folder, FILES)
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(folder), str(call)], cwd=ROOT, check=False
        )
        ends.append(done.returncode)
        found.append(read_directory(folder))
    assert ends == [9, 9, 9, 9, 0, 0]  # two files and two renames
    assert found == [FILES, FILES, FILES, FILES, OTHER, OTHER]
