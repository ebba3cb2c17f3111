"""From a server into the cache: only what was published, whole, whoever else is at it."""

import dataclasses
import hashlib
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

import esrnn
from esrnn.datasets import (
    CorruptDownloadError,
    DatasetNotFoundError,
    cache_dir,
    fetch,
    load_m4,
    load_m4_info,
    loaders,
)
from esrnn.datasets.published import Group, file_name, panels_sha256
from esrnn.panel import Panel
from tests.datasets.samples import TEST, TRAIN, panel_of, served_group, wide_csv
from tests.datasets.server import Answer, Server

pytestmark = pytest.mark.usefixtures("online")


def publish(monkeypatch: pytest.MonkeyPatch, group: Group) -> Group:
    """Make the loaders take a group for the published one."""
    monkeypatch.setattr(loaders, "published", lambda competition, name: group)
    return group


def kept() -> list[str]:
    """List all that is in the cache."""
    return sorted(path.relative_to(cache_dir()).as_posix() for path in cache_dir().rglob("*"))


def test_a_group_is_downloaded_once_and_kept_as_parquet(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, served_group(server))
    first = load_m4("yearly", progress=False)
    assert_array_equal(first[0]["y"], TRAIN.values)
    assert_array_equal(first[1]["y"], TEST.values)
    assert first[1].loc["Y1"].index.tolist() == [5, 6]
    assert kept() == ["m4", "m4/yearly_test.parquet", "m4/yearly_train.parquet"]
    assert server.requests == ["Train/Yearly-train.csv", "Test/Yearly-test.csv"]
    monkeypatch.setenv("ESRNN_OFFLINE", "1")
    for ours, theirs in zip(load_m4("yearly"), first, strict=True):
        assert_frame_equal(ours, theirs, check_exact=True)
    assert len(server.requests) == 2


def test_what_is_found_is_not_downloaded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, served_group(server))
    load_m4("hourly")
    assert server.requests == []
    assert not cache_dir().exists()


def test_downloads_can_be_declined(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, served_group(server))
    with pytest.raises(DatasetNotFoundError, match="not downloaded: download=False"):
        load_m4("yearly", download=False)
    with pytest.raises(DatasetNotFoundError, match="not downloaded: download=False"):
        load_m4_info(download=False)
    monkeypatch.setenv("ESRNN_OFFLINE", "1")
    with pytest.raises(DatasetNotFoundError, match="ESRNN_OFFLINE is set"):
        load_m4("yearly")
    assert server.requests == []
    monkeypatch.setenv("ESRNN_OFFLINE", "0")
    load_m4("yearly", progress=False)
    assert len(server.requests) == 2


def test_an_unreachable_server_leaves_advice_and_nothing_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = publish(monkeypatch, served_group(server))
    server.serve("Test/Yearly-test.csv", Answer(b"", 503))
    with pytest.raises(DatasetNotFoundError) as caught:
        load_m4("yearly", progress=False)
    message = str(caught.value)
    for part in (
        f"not downloaded: {group.files[1][0]}: the server answered 503",
        "3 times",
        "Put Yearly-train.csv and Yearly-test.csv into",
        f"\n  {group.files[0][0]}\n",
        "Ask around.",
    ):
        assert part in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert kept() == ["m4"]


def other(panel: Panel, values: float = 0.0, **changes: tuple[str, ...]) -> bytes:
    return wide_csv(dataclasses.replace(panel, values=panel.values + values, **changes))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (other(TRAIN, 1e-12), "sha256 of the values: expected"),
        (other(TRAIN, ids=("Y1", "Y3")), "must hold the same series"),
        (wide_csv(TRAIN.subset([0])), "must hold the same series"),
        (wide_csv(TRAIN.drop_last(1)), "number of training values: expected 6, got 4"),
        (b"<!DOCTYPE html><html></html>", "first line must name the columns"),
        (b"V1,V2,V3\nY1,1,oops\n", "column V3: 'oops'"),
        (wide_csv(TRAIN)[:-20], "not Y"),
    ],
)
@pytest.mark.parametrize("sha256", [False, True])
def test_a_corrupt_download_never_reaches_the_cache(
    body: bytes, message: str, sha256: bool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, served_group(server, sha256=sha256))
    server.serve("Train/Yearly-train.csv", body)
    with pytest.raises(CorruptDownloadError) as caught:
        load_m4("yearly", progress=False)
    text = str(caught.value)
    assert "not M4 yearly as published" in text
    assert "Nothing of it was saved" in text
    assert ("must have the sha256" if sha256 else message).removeprefix("not Y") in text
    assert kept() == ["m4"]


def test_a_download_with_other_tests_is_corrupt(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = served_group(server, sha256=False)
    publish(monkeypatch, dataclasses.replace(group, values_sha256=None, n_train=None))
    server.serve("Test/Yearly-test.csv", wide_csv(Panel.from_arrays([[1, 2, 3], [4]], TEST.ids)))
    with pytest.raises(CorruptDownloadError, match="shortest test series: expected 2, got 1"):
        load_m4("yearly", progress=False)
    server.serve("Test/Yearly-test.csv", wide_csv(TEST))
    publish(monkeypatch, dataclasses.replace(group, n_series=3))
    with pytest.raises(CorruptDownloadError, match="number of series: expected 3, got 2"):
        load_m4("yearly", progress=False)


def test_an_interrupted_download_leaves_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, served_group(server))

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "write_parquet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_m4("yearly", progress=False)
    assert kept() == ["m4"]


def test_a_cache_that_cannot_be_written_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, served_group(server))
    cache_dir().mkdir(parents=True)
    (cache_dir() / "m4").write_bytes(b"")
    with pytest.raises(DatasetNotFoundError, match=r"the cache .*m4 can't be written"):
        load_m4("yearly", progress=False)


def test_two_processes_download_at_once(server: Server, tmp_path: Path) -> None:
    group = served_group(server)
    both = threading.Barrier(2, timeout=60)
    for url, _ in group.files:
        path = url.removeprefix(server.url)
        body = server.answers[path][0].body
        server.serve(path, Answer(body, before=both.wait))
    code = textwrap.dedent(f"""
        from esrnn.datasets import load_m4, loaders
        from esrnn.datasets.published import Group
        group = Group("m4", "yearly", "", 2, 1, 2, 6, {group.values_sha256!r}, {group.files!r})
        loaders.published = lambda *_: group
        print(load_m4("yearly", progress=False)[0]["y"].tolist())
    """)
    environment = {**os.environ, "PYTHONPATH": str(Path(esrnn.__file__).parents[1])}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.strip() == str(TRAIN.values.tolist())
    assert kept() == ["m4", "m4/yearly_test.parquet", "m4/yearly_train.parquet"]
    assert len(server.requests) == 4


def test_the_published_hourly_files_pass(server: Server) -> None:
    frames = load_m4("hourly")
    known = loaders.published("m4", "hourly")
    files = [
        (server.serve(file_name(url), wide_csv(panel_of(frame))), sha256)
        for (url, sha256), frame in zip(known.files, frames, strict=True)
    ]
    group = dataclasses.replace(known, files=tuple(files))
    train, test = fetch.fetch_group(group, loaders._read_wide_csvs, progress=False)
    assert_array_equal(train.values, frames[0]["y"])
    assert_array_equal(test.values, frames[1]["y"])
    assert kept() == ["m4", "m4/hourly_test.parquet", "m4/hourly_train.parquet"]


def test_the_table_of_series_is_downloaded_and_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'"M4id","category","Frequency","Horizon","SP"\n"Y1","Macro",1,6,"Yearly"\n'
    url = server.serve("M4-info.csv", body)
    monkeypatch.setattr(fetch, "m4_info", lambda: (url, hashlib.sha256(body).hexdigest()))
    first = load_m4_info(progress=False)
    assert first["unique_id"].tolist() == ["Y1"]
    assert first["horizon"].dtype == np.int64
    assert kept() == ["m4", "m4/info.parquet"]
    assert_frame_equal(load_m4_info(), first)
    assert server.requests == ["M4-info.csv"]
    (cache_dir() / "m4" / "info.parquet").unlink()
    server.serve("M4-info.csv", body[:-1] + b" ")
    with pytest.raises(CorruptDownloadError, match="not M4's table of series as published"):
        load_m4_info(progress=False)
    server.serve("M4-info.csv", Answer(status=404))
    with pytest.raises(DatasetNotFoundError, match=r"(?s)answered 404.*Put M4-info\.csv"):
        load_m4_info(progress=False)
    assert kept() == ["m4"]


def test_the_checksum_of_panels_is_that_of_frames() -> None:
    from esrnn.datasets import values_sha256

    frames = load_m4("hourly")
    assert values_sha256(*frames) == panels_sha256(panel_of(frame) for frame in frames)


def test_nothing_of_the_network_is_loaded_before_a_download() -> None:
    modules = ("esrnn.datasets.download", "esrnn.datasets.fetch", "tqdm", "requests", "pooch")
    code = f"import sys, esrnn.datasets; print(*sorted(set({modules!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(esrnn.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []
