"""Submission files: what is read, what is refused, and that no digit is lost."""

import dataclasses
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.scoring import check_forecasts, score, series_scores
from competitions.scoring.submission import read_submission
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError
from tests.competitions.submissions import write_submission
from tests.competitions.tasks import small_forecasts, small_task

POINT = "id,F1,F2\nb,6.0,4.0\na,12.0,12.0\n"
LOWER = "id,F1,F2\nb,5.0,3.0\na,10.0,10.0\n"
UPPER = "id,F1,F2\nb,7.0,5.0\na,14.0,14.0\n"


def _files(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / name for name in ("point.csv", "lower.csv", "upper.csv")][: len(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _in_order(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the small task's forecasts in the order of its series."""
    return forecasts.iloc[[2, 3, 0, 1]].reset_index(drop=True)


def test_files_are_read_as_a_frame_of_forecasts(tmp_path: Path) -> None:
    found = read_submission(small_task(), *_files(tmp_path, POINT, LOWER, UPPER))
    pd.testing.assert_frame_equal(found, _in_order(small_forecasts()))


def test_without_bounds_these_are_nan(tmp_path: Path) -> None:
    found = read_submission(small_task(), *_files(tmp_path, POINT))
    expected = _in_order(small_forecasts()).assign(**{"lo-95": np.nan, "hi-95": np.nan})
    pd.testing.assert_frame_equal(found, expected)
    assert score(small_task(), found).msis is None


@pytest.mark.parametrize(
    "text",
    [
        '"id","F1","F2"\n"b",6.0,4.0\n"a","12","12"\n',
        "\ufeffID,f1,f2\r\nb,6.0,4.0\r\na,12.0,12.0\r\n",
        "Id,F1,F2,F3,F4\nb,6.0,4.0,,\na,12.0,12.0,NaN,NA\n",
        "id,F1,F2,F3\nb,6.0,4.0\n\na,12.0,12.0,\n,,,\n",
        "id,F2,F1\na,12,12\nb, 4.0 , 6e0\n",
        "id,F1,F2\nQ7,1,2\nb,6.0,4.0\nY23000,,\nH414,x,y\na,12.0,12.0\n",
    ],
    ids=["quotes", "mark and case", "to the longest horizon", "ragged", "order", "other groups"],
)
def test_all_forms_of_the_format_are_read(text: str, tmp_path: Path) -> None:
    found = read_submission(small_task(), *_files(tmp_path, text))
    assert found["y_hat"].tolist() == [6.0, 4.0, 12.0, 12.0]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["the file is empty; it must begin with the header id,F1,...,F2"]),
        ("b,6,4\na,12,12\n", ["the header must be id,F1,...,F2; it begins 'b,6,4'"]),
        ("id;F1;F2\nb;6;4\na;12;12\n", ["it begins 'id;F1;F2'"]),
        ("id,F1,F2\n", ["series without a forecast, 2 found: series 'b'; series 'a'"]),
        ("id,F1,F2\nb,6,4\n", ["series without a forecast, 1 found: series 'a'"]),
        (POINT + "b,6,4\n", ["series that are there more than once, 1 found: series 'b'"]),
        (
            POINT + "c,1,2\nY23001,1,2\ny1,1,2\n",
            ["unknown series, 3 found: series 'c'; series 'Y23001'; series 'y1'"],
        ),
        ("id,F1\nb,6\na,12\n", ["columns absent for a horizon of 2, 1 found: 'F2'"]),
        (
            "id,F1,F2,F3\nb,6,4,\na,12,12,1\n",
            ["cells beyond the horizon of 2 that are not empty, 1 found: series 'a', step F3: '1'"],
        ),
        ("id,F1,F2,mean\nb,6,4,5\na,12,12,12\n", ["extra columns, 1 found: 'mean'"]),
        ("id,F1,F2,\nb,6,4,\na,12,12,\n", ["extra columns, 1 found: ''"]),
        (f"id,F1,F2,F{'9' * 5000}\nb,6,4,\na,12,12,\n", ["extra columns, 1 found: 'F999"]),
        ('id,F1,F2\nb,6,4\n"a,12,12\n', ["cannot be read as CSV (unexpected end of data)"]),
        ("id,F1,F2,F2\nb,6,4,4\na,12,12,12\n", ["columns that are there more than once, 1 found"]),
        (
            "id,F1,F2\nb,NaN,\na,NA\n",
            [
                "cells without a number, 4 found: series 'b', step F1; series 'b', step F2; "
                "series 'a', step F1; series 'a', step F2"
            ],
        ),
        (
            "id,F1,F2\nb,six,1_0\na,inf,12\n",
            [
                "cells that hold no finite number, 3 found: series 'b', step F1: 'six'; "
                "series 'b', step F2: '1_0'; series 'a', step F1: 'inf'"
            ],
        ),
        ("id,F1,F2\nb,6,4,1\na,12,12\n", ["rows longer than the header, 1 found: series 'b'"]),
        (
            "id,F1,x\nb,6,4\nb,6,4\nz,1,1\n",
            [
                "columns absent for a horizon of 2, 1 found: 'F2'",
                "extra columns, 1 found: 'x'",
                "series without a forecast, 1 found: series 'a'",
                "unknown series, 1 found: series 'z'",
                "series that are there more than once, 1 found: series 'b'",
            ],
        ),
    ],
)
def test_what_is_wrong_is_listed(text: str, problems: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be scored on small") as raised:
        read_submission(small_task(), *_files(tmp_path, text))
    for problem in problems:
        assert problem in str(raised.value)
    assert str(raised.value).count("point.csv: ") == len(problems)


def test_everything_wrong_with_three_files_is_one_message(tmp_path: Path) -> None:
    crossed = LOWER.replace("10.0\n", "15.0\n").replace("5.0,", "?,")
    paths = _files(tmp_path, POINT.replace("b,", "c,"), crossed, UPPER + "a,1,1\n")
    with pytest.raises(InputError) as raised:
        read_submission(small_task(), *paths)
    text = str(raised.value)
    assert "point.csv: series without a forecast, 1 found: series 'b'" in text
    assert "point.csv: unknown series, 1 found: series 'c'" in text
    assert "lower.csv: cells that hold no finite number, 1 found: series 'b', step F1: '?'" in text
    assert "upper.csv: series that are there more than once, 1 found: series 'a'" in text
    assert (
        "bounds of which the lower is above the upper, 1 found: series 'a', step F2: (15.0, 14.0)"
        in text
    )


def test_more_than_five_offenders_are_counted(tmp_path: Path) -> None:
    data = load_data(load_task("m4-hourly-40"))
    text = "id," + ",".join(f"F{h}" for h in range(10, 49)) + "\n"
    with pytest.raises(InputError) as raised:
        read_submission(data, *_files(tmp_path, text))
    assert "9 found: 'F1', 'F2', 'F3', 'F4', 'F5' and 4 more" in str(raised.value)
    assert "40 found: series 'H12'; " in str(raised.value)
    assert "; and 35 more" in str(raised.value)


def test_bounds_come_in_pairs(tmp_path: Path) -> None:
    point, lower, upper = _files(tmp_path, POINT, LOWER, UPPER)
    with pytest.raises(InputError, match="file of lower bounds needs one of upper bounds"):
        read_submission(small_task(), point, lower=lower)
    with pytest.raises(InputError, match="file of upper bounds needs one of lower bounds"):
        read_submission(small_task(), point, upper=upper)


@pytest.mark.parametrize("content", [b"id,F1,F2\nb,6,4\n\xff\xfe,1,1\n", None])
def test_files_that_cannot_be_read_are_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "point.csv"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"point\.csv: cannot be read as CSV"):
        read_submission(small_task(), path)
    with pytest.raises(InputError, match=r"absent\.csv: cannot be read as CSV"):
        read_submission(small_task(), tmp_path / "absent.csv")


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS, min_size=4, max_size=4), st.lists(FLOATS, min_size=4, max_size=4))
def test_numbers_come_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, y_hat: list[float], bounds: list[float]
) -> None:
    data, folder = small_task(), tmp_path_factory.mktemp("submission")
    lower, upper = np.minimum(y_hat, bounds), np.maximum(y_hat, bounds)
    forecasts = small_forecasts().assign(**{"y_hat": y_hat, "lo-95": lower, "hi-95": upper})
    paths = write_submission(forecasts, data.task, folder)
    found = read_submission(data, *paths)
    for column in ("y_hat", "lo-95", "hi-95"):
        expected = _in_order(forecasts)[column].tolist()
        assert struct.pack("4d", *found[column]) == struct.pack("4d", *expected)


@pytest.fixture(scope="module")
def hourly() -> TaskData:
    return load_data(load_task("m4-hourly"))


@pytest.mark.parametrize("method", ["snaive", "naive2"])
def test_a_file_has_the_score_of_its_run(method: str, hourly: TaskData, tmp_path: Path) -> None:
    forecasts = METHODS[method].run(hourly, Settings(quiet=True), Checkpoints(None)).forecasts
    shuffled = forecasts.sample(frac=1, random_state=1)
    paths = write_submission(shuffled, hourly.task, tmp_path)
    assert len(paths) == (3 if method == "snaive" else 1)
    found = read_submission(hourly, *paths)
    expected = dataclasses.replace(score(hourly, forecasts), wql=None)  # M4's files have no deciles
    assert score(hourly, found) == expected
    pd.testing.assert_frame_equal(series_scores(hourly, found), series_scores(hourly, forecasts))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_the_files_that_runs_write_are_read(ending: str, hourly: TaskData, tmp_path: Path) -> None:
    forecasts = METHODS["snaive"].run(hourly, Settings(quiet=True), Checkpoints(None)).forecasts
    path = tmp_path / f"long.{ending}"
    shuffled = forecasts.sample(frac=1, random_state=1)
    write = shuffled.to_parquet if ending == "parquet" else shuffled.to_csv
    write(path, index=False)
    assert score(hourly, read_submission(hourly, path)) == score(hourly, forecasts)
    sample = load_data(load_task("m4-hourly-40"))  # other series of the group are passed over
    assert set(read_submission(sample, path)["unique_id"]) == set(sample.ids)
    with pytest.raises(InputError, match="its bounds must be columns of it"):
        read_submission(hourly, path, path, path)


def test_a_wide_parquet_file_is_one_of_m4s(tmp_path: Path) -> None:
    data = small_task()
    wide = pd.DataFrame({"id": ["a", "b"], "F1": [12.0, 6.0], "F2": [12.0, np.nan]})
    wide.to_parquet(tmp_path / "wide.parquet", index=False)
    with pytest.raises(InputError, match="cells without a number, 1 found: series 'b', step F2"):
        read_submission(data, tmp_path / "wide.parquet")
    wide.fillna(4.0).to_parquet(tmp_path / "wide.parquet", index=False)
    assert read_submission(data, tmp_path / "wide.parquet")["y_hat"].tolist() == [6, 4, 12, 12]


def test_long_files_that_cannot_be_read(tmp_path: Path) -> None:
    data = small_task()
    path = tmp_path / "long.csv"
    path.write_text("unique_id,ds\na,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="absent: y_hat; got unique_id, ds"):
        read_submission(data, path)
    path.write_text("unique_id,ds,y_hat\na,3,x\nb,9,1\n", encoding="utf-8")
    problems = check_forecasts(data, read_submission(data, path))
    assert "column 'y_hat' does not hold numbers" in problems
    (tmp_path / "long.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"long\.parquet: cannot be read as Parquet"):
        read_submission(data, tmp_path / "long.parquet")


def test_a_file_of_all_of_m4_serves_a_group_and_a_sample(hourly: TaskData, tmp_path: Path) -> None:
    forecasts = METHODS["snaive"].run(hourly, Settings(quiet=True), Checkpoints(None)).forecasts
    (path, *_) = write_submission(forecasts, hourly.task, tmp_path)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    others = [f'"{one}",1.5{",2.5" * 5}{"," * 42}' for one in ("Y1", "Q24000", "D4227", "Y2")]
    path.write_text("\n".join([header, *others[:3], *rows[::-1], others[3]]), encoding="utf-8")
    sample = load_data(load_task("m4-hourly-40"))
    for data in (hourly, sample):
        found = read_submission(data, path)
        expected = forecasts[forecasts["unique_id"].isin(data.ids)]
        assert found["y_hat"].tolist() == expected["y_hat"].tolist()
        assert found["unique_id"].tolist() == expected["unique_id"].tolist()
        assert found["ds"].tolist() == data.test.index.get_level_values("ds").tolist()


def test_a_submission_to_m3(tmp_path: Path) -> None:
    small = small_task()
    task = dataclasses.replace(small.task, competition="m3")
    data = dataclasses.replace(small, task=task)
    found = read_submission(data, *_files(tmp_path, POINT + "N0001,1,2\n"))
    assert len(found) == 4
    with pytest.raises(InputError, match="unknown series, 1 found: series 'Y1'"):
        read_submission(data, *_files(tmp_path, POINT + "Y1,1,2\n"))
