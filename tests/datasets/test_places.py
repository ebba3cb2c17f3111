"""The order of the places, single files, and what is said when nothing is found."""

from pathlib import Path

import pytest

from esrnn.datasets import DatasetNotFoundError, cache_dir, find_file, load_m3, load_m4
from esrnn.errors import EsrnnError
from tests.datasets.samples import TRAIN, put_csv
from tests.datasets.server import Server


def put(folder: Path, name: str = "info.parquet", competition: str = "m4") -> Path:
    (folder / competition).mkdir(parents=True, exist_ok=True)
    path = folder / competition / name
    path.write_bytes(b"")
    return path


def test_a_file_is_found_in_the_first_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DatasetNotFoundError):
        find_file("m4", "info.parquet")
    cached = put(cache_dir())
    assert find_file("m4", "info.parquet") == cached
    monkeypatch.setenv("ESRNN_DATA_DIR", str(tmp_path / "named"))
    assert find_file("m4", "info.parquet") == cached
    named = put(tmp_path / "named")
    assert find_file("m4", "info.parquet") == named
    given = put(tmp_path / "given")
    assert find_file("m4", "info.parquet", tmp_path / "given") == given
    assert find_file("m4", "info.parquet", str(tmp_path / "given")) == given


def test_a_file_of_the_package_is_found_last(tmp_path: Path) -> None:
    bundled = find_file("m4", "hourly_train.parquet", tmp_path)
    assert bundled.name == "m4_hourly_train.parquet"
    own = put(tmp_path, "hourly_train.parquet")
    assert find_file("m4", "hourly_train.parquet", tmp_path) == own


def test_an_absent_file_is_named_with_the_places(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError) as caught:
        find_file("m3", "info.parquet", tmp_path)
    message = str(caught.value)
    for part in (
        "info.parquet of M3 was not found",
        f"{tmp_path / 'm3'} (data_dir)",
        f"{cache_dir() / 'm3'} (the user's cache)",
        "$ESRNN_DATA_DIR is not set",
    ):
        assert part in message
    assert isinstance(caught.value, EsrnnError)
    with pytest.raises(DatasetNotFoundError, match="not a folder"):
        find_file("m4", "info.parquet", tmp_path / "nowhere")


def test_a_wide_csv_place_keeps_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_csv(cache_dir() / "m4")
    monkeypatch.setenv("ESRNN_DATA_DIR", str(put_csv(tmp_path / "named", TRAIN.subset([0, 1]))))
    (tmp_path / "named" / "Test" / "Yearly-test.csv").unlink()
    assert load_m4("yearly")[0]["y"].iloc[0] == 1.5  # of the cache: the named place has half


def test_half_of_a_group_is_pointed_out(tmp_path: Path) -> None:
    put_csv(tmp_path)
    (tmp_path / "Test" / "Yearly-test.csv").unlink()
    with pytest.raises(DatasetNotFoundError) as caught:
        load_m4("yearly", tmp_path)
    there = tmp_path / "Train" / "Yearly-train.csv"
    assert f"{there} is there, but not Test/Yearly-test.csv." in str(caught.value)


@pytest.mark.parametrize("value", ["1", "yes"])
def test_offline_says_what_to_put_where_and_asks_nobody(
    value: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESRNN_OFFLINE", value)
    with pytest.raises(DatasetNotFoundError) as caught:
        load_m4("quarterly")
    message = str(caught.value)
    for part in (
        "M4 quarterly was not found, and not downloaded: $ESRNN_OFFLINE is set.",
        "Quarterly-train.csv and Quarterly-test.csv",
        "https://github.com/Mcompetitions/M4-methods",
        f"{cache_dir() / 'm4'} (the user's cache)",
    ):
        assert part in message
    with pytest.raises(
        DatasetNotFoundError, match=r"(?s)Put m3_other_dataset\.zip.*https://zenodo"
    ):
        load_m3("other")
    assert server.requests == []
    assert not cache_dir().exists()
