"""How groups are laid out as frames, the copy that is bundled, and files in Parquet."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

import esrnn
from esrnn.datasets import DatasetNotFoundError, cache_dir, load_m3, load_m4, load_m4_info
from esrnn.errors import EsrnnError, InputError

BUNDLED = Path(esrnn.__file__).parent / "data"
SHA256 = {
    "m4_hourly_train.parquet": "14e1922607af011930f363f7cb70837d6d12969d801550c71325d4a6946128d7",
    "m4_hourly_test.parquet": "888610b973e9828e5b2bc487f0244bc3a22201a2c15b0948fdf824b8105e7f3c",
}


def long(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y"])


TRAIN = long(("Y2", 1, 1.0), ("Y2", 2, 2.0), ("Y2", 3, 3.0), ("Y1", 1, 10.0), ("Y1", 2, 20.0))
TEST = long(("Y2", 1, 4.0), ("Y2", 2, 5.0), ("Y1", 1, 30.0), ("Y1", 2, 40.0))


def write(
    folder: Path, train: pd.DataFrame = TRAIN, test: pd.DataFrame = TEST, competition: str = "m4"
) -> Path:
    (folder / competition).mkdir(parents=True, exist_ok=True)
    train.to_parquet(folder / competition / "yearly_train.parquet")
    test.to_parquet(folder / competition / "yearly_test.parquet")
    return folder


@pytest.mark.parametrize("name", SHA256)
def test_bundled_files_are_the_checked_ones(name: str) -> None:
    assert hashlib.sha256((BUNDLED / name).read_bytes()).hexdigest() == SHA256[name]
    assert SHA256[name] in (BUNDLED / "README.md").read_text(encoding="utf-8")


def test_hourly_is_always_there() -> None:
    train, test = load_m4("hourly")
    assert list(train.columns) == list(test.columns) == ["y"]
    assert train.index.names == test.index.names == ["unique_id", "ds"]
    ids = train.index.get_level_values(0).unique()
    assert ids.tolist() == [f"H{i}" for i in range(1, 415)]
    assert_array_equal(ids, test.index.get_level_values(0).unique())
    lengths = train.groupby(level=0).size()
    assert lengths.value_counts().to_dict() == {960: 245, 700: 169}
    assert (test.groupby(level=0).size() == 48).all()
    assert train["y"].dtype == np.float64
    assert train.index.get_level_values("ds").dtype == np.int64
    assert train["y"].sum() == pytest.approx(1981780885.7, rel=1e-10)


def test_the_bundled_copy_holds_the_published_values(competition_data_dir: Path) -> None:
    assert (competition_data_dir / "m4" / "hourly_train.parquet").is_file()
    for ours, theirs in zip(
        load_m4("hourly"), load_m4("hourly", competition_data_dir), strict=True
    ):
        assert_frame_equal(ours, theirs)


def test_test_steps_continue_those_of_train() -> None:
    train, test = load_m4("hourly")
    ends = train.reset_index().groupby("unique_id")["ds"].last()
    starts = test.reset_index().groupby("unique_id")["ds"].first()
    assert_array_equal(starts, ends + 1)
    steps = np.diff(test.index.get_level_values("ds").to_numpy().reshape(414, 48))
    assert (steps == 1).all()


def test_sktime_takes_the_multiindex_layout() -> None:
    from sktime.datatypes import check_is_mtype

    for frame in load_m4("hourly"):
        valid, message, _ = check_is_mtype(
            frame, "pd-multiindex", return_metadata=[], msg_return_dict="list"
        )
        assert valid, message


def test_long_layout_holds_the_same(tmp_path: Path) -> None:
    train, test = load_m4("yearly", write(tmp_path), layout="long")
    assert_frame_equal(train, TRAIN, check_dtype=False)
    assert test["ds"].tolist() == [4, 5, 3, 4]
    assert list(test.columns) == ["unique_id", "ds", "y"]
    indexed, _ = load_m4("yearly", tmp_path)
    assert_frame_equal(indexed.reset_index(), train)


def test_test_rows_follow_the_order_of_train(tmp_path: Path) -> None:
    other_way = pd.concat([TEST.iloc[2:], TEST.iloc[:2]], ignore_index=True)
    _, test = load_m4("yearly", write(tmp_path, test=other_way), layout="long")
    assert test["unique_id"].tolist() == ["Y2", "Y2", "Y1", "Y1"]
    assert test["y"].tolist() == [4.0, 5.0, 30.0, 40.0]


def test_test_steps_that_continue_already_stay(tmp_path: Path) -> None:
    continued = TEST.assign(ds=[4, 5, 3, 4])
    _, test = load_m4("yearly", write(tmp_path, test=continued), layout="long")
    assert test["ds"].tolist() == [4, 5, 3, 4]


def test_places_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_value() -> float:
        return float(load_m4("yearly")[0]["y"].iloc[0])

    write(cache_dir(), TRAIN.assign(y=1.0))
    assert first_value() == 1.0
    monkeypatch.setenv("ESRNN_DATA_DIR", str(write(tmp_path / "named", TRAIN.assign(y=2.0))))
    assert first_value() == 2.0
    given = write(tmp_path / "given", TRAIN.assign(y=3.0))
    assert load_m4("yearly", given)[0]["y"].iloc[0] == 3.0
    assert load_m4("yearly", str(given))[0]["y"].iloc[0] == 3.0


def test_a_place_with_half_of_the_files_is_passed_over(tmp_path: Path) -> None:
    write(cache_dir())
    half = write(tmp_path / "half", TRAIN.assign(y=9.0))
    (half / "m4" / "yearly_test.parquet").unlink()
    assert load_m4("yearly", half)[0]["y"].iloc[0] == 1.0


def test_an_empty_folder_falls_back_on_the_bundled_copy(tmp_path: Path) -> None:
    assert len(load_m4("hourly", tmp_path)[1]) == 414 * 48


def test_absent_files_are_named_with_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DatasetNotFoundError) as caught:
        load_m4("weekly", tmp_path)
    message = str(caught.value)
    for part in (
        "weekly_train.parquet and weekly_test.parquet",
        str(tmp_path / "m4"),
        str(cache_dir() / "m4"),
        "$ESRNN_DATA_DIR is not set",
        "unique_id, ds (step) and y",
        "Only M4 hourly ships",
    ):
        assert part in message
    assert isinstance(caught.value, FileNotFoundError)
    assert isinstance(caught.value, EsrnnError)
    monkeypatch.setenv("ESRNN_DATA_DIR", str(tmp_path / "elsewhere"))
    with pytest.raises(DatasetNotFoundError, match="elsewhere"):
        load_m3("other")


def test_a_mistyped_folder_is_an_error_even_for_bundled_data(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="is not a folder"):
        load_m4("hourly", tmp_path / "dta")


def test_m3_is_read_likewise(tmp_path: Path) -> None:
    train, test = load_m3("yearly", write(tmp_path, competition="m3"))
    assert train.loc["Y1", "y"].tolist() == [10.0, 20.0]
    assert test.loc["Y1"].index.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("group", "n_series", "horizon"),
    [("yearly", 645, 6), ("quarterly", 756, 8), ("monthly", 1428, 18), ("other", 174, 8)],
)
def test_m3_groups_are_whole(
    group: str, n_series: int, horizon: int, competition_data_dir: Path
) -> None:
    train, test = load_m3(group, competition_data_dir)
    assert train.index.get_level_values(0).nunique() == n_series
    assert (test.groupby(level=0).size() == horizon).all()


def test_m4_info_tells_of_every_series(competition_data_dir: Path) -> None:
    info = load_m4_info(competition_data_dir)
    assert len(info) == 100_000
    assert {"unique_id", "category", "seasonal_period", "horizon"} <= set(info.columns)
    with pytest.raises(DatasetNotFoundError, match=r"info\.parquet"):
        load_m4_info()


@pytest.mark.parametrize(("call", "group"), [(load_m4, "Hourly"), (load_m4, "other"), (load_m3, 3)])
def test_unknown_groups_are_refused(call: object, group: object) -> None:
    with pytest.raises(InputError, match="group must be one of yearly, quarterly"):
        call(group)


def test_unknown_layout_is_refused() -> None:
    with pytest.raises(InputError, match="layout must be"):
        load_m4("hourly", layout="wide")


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (TRAIN.rename(columns={"y": "value"}), TEST, "lacks y"),
        (TRAIN.drop(index=1), TEST, r"consecutive.*1 found: series 'Y2', step 3"),
        (TRAIN.iloc[[1, 0, 2, 3, 4]], TEST, r"consecutive.*2 found"),
        (TRAIN.iloc[[0, 3, 4, 1, 2]], TEST, r"consecutive.*series 'Y2', step 2"),
        (TRAIN.assign(y=[1, 2, np.nan, 4, 5]), TEST, r"y must be finite; 1 found.*step 3: nan"),
        (
            TRAIN,
            TEST.assign(y=[1, 2, np.inf, 4]),
            r"y must be finite; 1 found: series 'Y1', step 1",
        ),
        (TRAIN, TEST.iloc[:2], r"same series.*1 found: series 'Y1'"),
        (TRAIN.iloc[:3], TEST, r"same series.*1 found: series 'Y1'"),
    ],
)
def test_damaged_files_are_refused(
    train: pd.DataFrame, test: pd.DataFrame, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        load_m4("yearly", write(tmp_path, train, test))


def test_loading_does_not_touch_the_folder_it_reads_from(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    before = sorted(os.listdir(folder / "m4"))
    load_m4("yearly", folder)
    assert sorted(os.listdir(folder / "m4")) == before
    assert not cache_dir().exists()


def test_cache_dir_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform.startswith("linux"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert cache_dir() == tmp_path / "xdg" / "esrnn"
        monkeypatch.delenv("XDG_CACHE_HOME")
        assert cache_dir() == tmp_path / "home" / ".cache" / "esrnn"


def test_the_bundled_data_are_found_from_any_working_directory(tmp_path: Path) -> None:
    code = "from esrnn.datasets import load_m4; print(len(load_m4('hourly')[0]))"
    root = Path(esrnn.__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["353500"]
