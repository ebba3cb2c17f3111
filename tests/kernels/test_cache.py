"""Where compiled kernels are kept, and that a changed source is compiled anew."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba import config

from esrnn.kernels import cache
from esrnn.kernels.cache import choose_folder, source_digest

ROOT = Path(__file__).resolve().parents[2]
NAME = f"esrnn-{source_digest()}"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Give two folders to choose from instead of the package's own and the user's cache."""
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = [tmp_path / "package" / "__pycache__", tmp_path / "home"]
    monkeypatch.setattr(cache, "_places", lambda: found)
    return found


def close(place):
    """Let nobody make a folder there, not even the superuser."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file in the way", encoding="utf-8")


def test_numbas_own_variable_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "named"))
    assert choose_folder() == tmp_path / "named" / NAME
    assert choose_folder().is_dir()


def test_the_first_place_that_can_be_written_to(places):
    assert choose_folder() == places[0] / NAME
    shutil.rmtree(places[0])
    close(places[0])
    assert choose_folder() == places[1] / NAME


def test_a_temporary_folder_of_the_users_own_is_the_last_place(places, tmp_path):
    for place in places:
        close(place)
    folder = choose_folder()
    assert folder.name == NAME
    assert folder.parent.parent == tmp_path
    assert folder.parent.name.startswith("esrnn-")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no permissions as POSIX has them")
def test_a_temporary_folder_that_others_can_write_to_is_not_used(places):
    for place in places:
        close(place)
    choose_folder().parent.chmod(0o777)
    assert choose_folder() is None


def test_nowhere_is_no_error(places, tmp_path, monkeypatch):
    for place in places:
        close(place)
    close(tmp_path / "tmp")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    assert choose_folder() is None


def test_a_new_folder_starts_with_what_a_read_only_one_has(places, monkeypatch):
    warmed = choose_folder() / "kernels_0"
    warmed.mkdir()
    (warmed / "adam.nbi").write_bytes(b"index")
    (warmed / "adam.1.nbc").write_bytes(b"code")
    prepare = cache._prepare
    refusing = lambda folder, filled: folder.parent != places[0] and prepare(folder, filled)  # noqa: E731
    monkeypatch.setattr(cache, "_prepare", refusing)
    folder = choose_folder()
    assert folder == places[1] / NAME
    assert (folder / "kernels_0" / "adam.1.nbc").read_bytes() == b"code"
    assert sorted(path.name for path in places[1].iterdir()) == [NAME]


def test_a_full_disk_is_no_place(places, monkeypatch):
    class Full(io.BytesIO):
        def flush(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    make = tempfile.TemporaryFile
    monkeypatch.setattr(
        tempfile, "TemporaryFile",
        lambda dir: Full() if dir.parent == places[0] else make(dir=dir),
    )  # fmt: skip
    assert choose_folder() == places[1] / NAME


def test_a_user_without_a_home(monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(cache, "cache_dir", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert [place.name for place in cache._places()] == ["__pycache__"]


# What a user sees of kernels of a copy of the package: level 6 of 4 and 8 with alpha = 1/2.
_SMOOTH = """
import numpy as np
from esrnn.kernels.jit import FOLDER
from esrnn.kernels.smoothing import smooth
none = np.empty((1, 0))
level, _, _ = smooth(
    np.array([4.0, 8.0]), np.array([0, 2]), np.full((1, 3), 0.5), none, none, np.array([False])
)
print(level[1], FOLDER is None)
"""


def smooth_by(package, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _SMOOTH],
        cwd=package, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(package), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr.splitlines()


def test_a_changed_kernel_is_compiled_anew_and_one_line_says_so(tmp_path):
    """As after an update by pip, or after an edit in a checkout: other content, the same path."""
    ignored = shutil.ignore_patterns("__pycache__", "*.parquet", "*.csv")
    shutil.copytree(ROOT / "esrnn", tmp_path / "esrnn", ignore=ignored)
    kept = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    found, said = smooth_by(tmp_path, **kept)
    assert found == ["6.0", "False"]
    assert len(said) == 1
    assert said[0].startswith("ESRNN compiles its kernels")
    assert said[0].endswith(f"(kept in {next((tmp_path / 'cache').iterdir())})")
    assert smooth_by(tmp_path, **kept) == (["6.0", "False"], [])

    step = tmp_path / "esrnn" / "kernels" / "recursion.py"
    source = step.read_text(encoding="utf-8")
    changed = source.replace("new = alpha * (y / (s * u))", "new = 1.0 + alpha * (y / (s * u))")
    assert changed != source
    step.write_text(changed, encoding="utf-8")
    found, _ = smooth_by(tmp_path, **kept)
    assert found == ["7.0", "False"]


def test_without_any_place_kernels_run_and_one_line_says_so(tmp_path):
    close(tmp_path / "file")
    lost = {name: str(tmp_path / "file" / "lost") for name in ("NUMBA_CACHE_DIR", "HOME")}
    code = "import tempfile; tempfile.tempdir = '/dev/null/lost'\n" + _SMOOTH
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, **lost},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["6.0", "True"]
    assert len(done.stderr.splitlines()) == 1
    assert "set NUMBA_CACHE_DIR" in done.stderr
