"""R's results on the series of a task."""

from pathlib import Path

import pandas as pd
import pytest

from competitions.scoring import naive2_means
from competitions.scoring.r_results import reference_rows, reference_scores
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError
from tests.competitions.tasks import small_task


@pytest.fixture(autouse=True)
def nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave the folder given as the only one that may hold the file."""
    monkeypatch.delenv("ESRNN_DATA_DIR", raising=False)
    monkeypatch.setattr("esrnn.datasets.places.cache_dir", lambda: tmp_path / "cache")


def _rows(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "unique_id", "method", "smape", "mase"])


SMALL = _rows(
    ("yearly", "a", "ets", 10.0, 1.0),
    ("yearly", "b", "ets", 20.0, 3.0),
    ("yearly", "c", "ets", 99.0, 9.0),
    ("yearly", "a", "theta", 1.0, 0.5),
    ("yearly", "b", "theta", 3.0, 0.5),
    ("yearly", "a", "arima", 1.0, 1.0),
    ("hourly", "b", "arima", 1.0, 1.0),
    ("yearly", "a", "magic", 1.0, 1.0),
    ("yearly", "b", "magic", 1.0, 1.0),
)


def _write(folder: Path, frame: pd.DataFrame) -> Path:
    (folder / "m4").mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / "m4" / "r_accuracy.parquet")
    return folder


def test_methods_with_all_series_are_scored_on_exactly_these(tmp_path: Path) -> None:
    data = small_task()
    found = reference_scores(data, _write(tmp_path, SMALL))
    assert list(found) == ["ets", "theta"]
    smape, mase = naive2_means(data)
    ets = found["ets"]
    assert (ets.n_series, ets.smape, ets.mase) == (2, 15.0, 2.0)
    assert ets.owa == pytest.approx((15 / smape + 2 / mase) / 2)
    assert (ets.msis, ets.coverage, ets.by_step) == (None, None, None)
    rows = reference_rows(data, tmp_path)
    assert [(row.method, row.origin) for row in rows] == [("R theta", "R"), ("R ets", "R")]
    assert [row.measures.owa for row in rows] == [found["theta"].owa, found["ets"].owa]


def test_without_the_file_there_are_no_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reference_rows(small_task()) == []
    assert reference_rows(small_task(), tmp_path) == []
    _write(tmp_path / "cache", SMALL)
    assert len(reference_rows(small_task(), tmp_path)) == 2
    monkeypatch.setenv("ESRNN_DATA_DIR", str(_write(tmp_path / "named", SMALL[:2])))
    assert len(reference_rows(small_task(), tmp_path)) == 1


def test_a_file_that_is_not_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must have the columns mase"):
        reference_rows(small_task(), _write(tmp_path, SMALL.drop(columns="mase")))
    with pytest.raises(InputError, match="once for each method; 1 found: series 'a'"):
        reference_rows(small_task(), _write(tmp_path, pd.concat([SMALL, SMALL[:1]])))


# OWA of R's forecasts on all Yearly, the Quarterly and all Hourly series that are there, as
# computed from the forecasts themselves.
@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("m4-yearly", {"ets": 0.9032, "arima": 0.8916, "theta": 0.8701}),
        ("m4-quarterly", {"ets": 0.8962, "arima": 0.9070, "theta": 0.9268, "tbats": 0.9053}),
        ("m4-hourly", {"theta": 0.7529, "tbats": 0.5947}),
        ("m4-monthly", {}),
        ("m3-other", {}),
    ],
)
def test_rs_scores(task: str, expected: dict[str, float], competition_data_dir: Path) -> None:
    data: TaskData = load_data(load_task(task), competition_data_dir)
    found = reference_scores(data, competition_data_dir)
    assert {method: round(scores.owa, 4) for method, scores in found.items()} == expected


@pytest.mark.parametrize("task", ["m4-yearly-1000", "m4-quarterly-1000"])
def test_rs_ets_and_arima_are_known_on_the_samples(task: str, competition_data_dir: Path) -> None:
    found = reference_scores(load_data(load_task(task), competition_data_dir), competition_data_dir)
    assert {"ets", "arima"} <= set(found)
    assert found["ets"].n_series == 1000
