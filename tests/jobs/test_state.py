"""What a job keeps while it works: whose it is, and when it is not gone on with."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from esrnn.errors import EsrnnError, FileError, InputError
from esrnn.files.storage import is_full_disk
from esrnn.jobs import CallError, Output, Run, Unfinished, fit, forecast, predict, update
from esrnn.jobs.checkpoints import MemberFiles
from esrnn.jobs.state import open_state, state_folder
from tests.jobs.made_up import TINY, contents, sales, write_parts

_STOP = Run(time_budget=1e-9)  # after the first file


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    sales().to_parquet(folder / "sales.parquet")
    fit(str(folder / "sales.parquet"), str(folder / "model"), 3, settings=TINY)
    return str(folder / "model")


@pytest.fixture
def stopped(tmp_path: Path, model: str) -> tuple[str, str, str]:
    """A job that has done one file of three, over an earlier output."""
    call = (model, str(write_parts(tmp_path / "data", 3)), str(tmp_path / "out"))
    predict(*call, horizon=1)
    with pytest.raises(Unfinished):
        predict(*call, run=_STOP)
    return call


def test_a_second_job_on_one_target_is_refused(tmp_path: Path) -> None:
    target = str(tmp_path / "out")
    asked = {"command": "predict", "files": {}}
    with open_state(target, asked, False):
        with pytest.raises(CallError, match="another job is at work"):
            with open_state(target, asked, True):
                pass
    assert not state_folder(target).exists()
    with open_state(target, asked, False):
        pass


def test_a_job_that_is_killed_while_its_folder_is_removed_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = (str(write_parts(tmp_path / "data", 2)), str(tmp_path / "out"), 2)
    folder = state_folder(call[1])

    def remove_a_part(path: Path, ignore_errors: bool = False) -> None:
        if Path(path) == folder:
            (folder / "model" / "ensemble.safetensors").unlink()
            raise KeyboardInterrupt
        shutil.rmtree(path, ignore_errors)

    with monkeypatch.context() as patch:
        patch.setattr("esrnn.jobs.state.shutil", SimpleNamespace(rmtree=remove_a_part))
        with pytest.raises(KeyboardInterrupt):
            forecast(*call, settings=TINY)
    whole = contents(Path(call[1]))
    forecast(*call, settings=TINY)
    assert contents(Path(call[1])) == whole
    assert not folder.exists()


def test_other_files_are_not_mixed_with_those_before(stopped: tuple[str, str, str]) -> None:
    before = contents(Path(stopped[2]))
    path = Path(stopped[1]) / "part-1.parquet"
    sales(2, first=50).to_parquet(path)
    os.utime(path, (1, 1))
    with pytest.raises(CallError, match=r"read other files: 1 were .* \['part-1.parquet'\]"):
        predict(*stopped)
    assert contents(Path(stopped[2])) == before
    assert predict(*stopped, run=Run(restart=True)).n_resumed == 0


def test_other_numbers_are_not_mixed_with_those_before(stopped: tuple[str, str, str]) -> None:
    with pytest.raises(CallError, match="asked for else: horizon was None, is 2"):
        predict(*stopped, horizon=2)
    with pytest.raises(CallError, match="asked for else: output"):
        predict(*stopped, output=Output(quantiles=(0.5,)))
    assert predict(*stopped).n_resumed == 1


def test_a_fault_of_the_data_leaves_no_unfinished_job(tmp_path: Path, model: str) -> None:
    df = sales(2)
    df.loc[3, "y"] = np.inf
    df.to_parquet(tmp_path / "sales.parquet")
    call = (model, str(tmp_path / "sales.parquet"), str(tmp_path / "f.parquet"))
    with pytest.raises(InputError, match="must be finite"):
        predict(*call, run=Run(on_error="raise"))
    sales(2).to_parquet(tmp_path / "sales.parquet")
    predict(*call)


def test_a_full_disk(stopped: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(Path(stopped[2]))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(FileError, match="the disk is full"):
            predict(*stopped)
    assert contents(Path(stopped[2])) == before
    assert predict(*stopped).n_resumed == 1


class _FullDisk:
    """Takes so many whole files and no more."""

    def __init__(self, n_files: int) -> None:
        self._left = n_files

    def __call__(self, descriptor: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


def _file_error(job: Callable[[str], object], out: str) -> FileError | None:
    try:
        job(out)
    except FileError as error:
        return error
    return None


@pytest.mark.parametrize("job", ["predict", "predict_own", "fit", "update"])
def test_a_full_disk_at_each_write(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    df = sales(2)
    df.loc[3, "y"] = np.inf  # so that there is a table of rejected series, too
    df.to_parquet(tmp_path / "sales.parquet")
    sales(6).iloc[:40].to_parquet(tmp_path / "new.parquet")
    data, new = str(tmp_path / "sales.parquet"), str(tmp_path / "new.parquet")
    calls: dict[str, Callable[[str], object]] = {
        "predict": lambda out: predict("monthly", data, out),
        "predict_own": lambda out: predict(model, None, f"{out}.csv"),
        "fit": lambda out: fit(data, out, 3, settings=TINY),
        "update": lambda out: update(model, new, out),
    }
    n_files = 0
    while True:
        monkeypatch.setattr(os, "fsync", _FullDisk(n_files))
        error = _file_error(calls[job], str(tmp_path / f"out-{n_files}"))
        if error is None:
            break
        assert "the disk is full" in str(error)
        assert is_full_disk(error)
        n_files += 1
    assert n_files >= 3


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may all")
def test_a_folder_that_may_not_be_written(tmp_path: Path, model: str) -> None:
    data = str(write_parts(tmp_path / "data", 1))
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    with pytest.raises(FileError, match="permission denied"):
        predict(model, data, str(place / "out"))


def test_a_place_below_a_file(tmp_path: Path, model: str) -> None:
    data = str(write_parts(tmp_path / "data", 1))
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="can't write"):
        predict(model, data, str(tmp_path / "file" / "out"))


def test_a_truncated_file_of_the_input(stopped: tuple[str, str, str]) -> None:
    before = contents(Path(stopped[2]))
    path = Path(stopped[1]) / "part-2.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(EsrnnError, match=r"part-2.parquet"):
        predict(*stopped, run=Run(restart=True))
    assert contents(Path(stopped[2])) == before


def test_an_input_that_changes_while_it_is_read(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from esrnn.jobs import partition

    data = write_parts(tmp_path / "data", 2)
    own = partition.read_pieces

    def and_touch(*args: object, **options: object) -> object:
        os.utime(data / "part-0.parquet", (1, 1))
        return own(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(partition, "read_pieces", and_touch)
    with pytest.raises(InputError, match=r"changed while it was read: \['part-0.parquet'\]"):
        predict(model, str(data), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_part_that_was_lost_is_made_again(stopped: tuple[str, str, str]) -> None:
    parts = state_folder(stopped[2]) / "parts"
    (parts / "part-0.parquet").unlink()
    assert predict(*stopped).n_resumed == 0


def test_members_come_back_as_they_were(tmp_path: Path, model: str) -> None:
    from esrnn.forecaster import TrainedModel

    member = TrainedModel.load(model).ensemble.members[1]
    files = MemberFiles(tmp_path / "members")
    assert files.load(1, member.config) is None
    files.save(1, member, 0.0)
    found = files.load(1, member.config)
    assert found is not None
    for name, array in member.arrays().items():
        np.testing.assert_array_equal(found.arrays()[name], array)
    (path,) = (tmp_path / "members").iterdir()
    path.write_bytes(path.read_bytes()[:50])
    assert files.load(1, member.config) is None


def test_a_training_that_was_ended_goes_on_with_the_next_member(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from esrnn.ensemble import processes

    sales().to_parquet(tmp_path / "sales.parquet")
    data, out = str(tmp_path / "sales.parquet"), str(tmp_path / "model")
    fit(data, str(tmp_path / "undisturbed"), 2, settings=TINY)
    own, trained = processes.train_member, []

    def interrupted(job: object, *rest: object) -> object:
        trained.append(job.number)  # type: ignore[attr-defined]
        if len(trained) == 2:
            raise KeyboardInterrupt
        return own(job, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(processes, "train_member", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(data, out, 2, settings=TINY)
    fit(data, out, 2, settings=TINY)
    assert trained == [0, 1, 1]
    assert contents(Path(out)) == contents(tmp_path / "undisturbed")


def test_rejected_series_are_those_of_all_attempts(tmp_path: Path, model: str) -> None:
    data = write_parts(tmp_path / "data", 3)
    for k in (0, 2):
        df = pd.read_parquet(data / f"part-{k}.parquet")
        df.loc[k, "y"] = np.inf
        df.to_parquet(data / f"part-{k}.parquet")
    call = (model, str(data), str(tmp_path / "out"))
    with pytest.raises(Unfinished):
        predict(*call, run=_STOP)
    report = predict(*call)
    assert report.rejected is not None
    table = pd.read_parquet(report.rejected)
    assert table["partition"].tolist() == ["part-0.parquet", "part-2.parquet"]
    assert report.counts.n_rejected == 2
