"""The report says what a forecast would refuse, and the same of parts as of the whole."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import EsrnnError, InputError
from esrnn.files import Columns, Source, survey, write_table
from esrnn.frames import long_to_panel
from esrnn.reports import DataReport, check
from tests.files.helpers import put

_DAYS = pd.date_range("2024-01-01", periods=60, freq="D")


def _series(name: str, values: object, n: int = 60) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": name, "ds": _DAYS[:n], "y": values})


def _panel() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    week = 20.0 + 9.0 * (np.arange(60) % 7 == 6) + rng.normal(size=60)
    spike, gap, inf = week.copy(), week.copy(), week.copy()
    spike[30], gap[10:15], inf[3] = 400.0, np.nan, np.inf
    return pd.concat(
        [
            _series("plain", week),
            _series("spike", spike),
            _series("gap", gap).drop(index=[20, 21]),
            _series("infinite", inf),
            _series("empty", np.nan),
            _series("signed", week - 25.0),
            _series("demand", rng.poisson(0.3, 60).astype(float)),
            _series("level", 7.0),
            _series("new", week[:5], 5),
            pd.concat([_series("twice", week), _series("twice", week + 1.0).tail(2)]),
        ],
        ignore_index=True,
    )


def _named(report: DataReport, part: str) -> dict[str, list[str]]:
    return {one.title: [case.series for case in one.cases] for one in getattr(report, part)}


def test_what_is_found_in_a_frame() -> None:
    frame = _panel()
    report = check(frame)
    assert (report.n_rows, report.n_series, report.n_refused) == (len(frame), 10, 3)
    assert _named(report, "refused") == {
        "values must be finite; infinite in 'y'": ["infinite"],
        "every series needs at least one observed value; number of steps, all missing": ["empty"],
        "y must have one row for each series and time stamp; there again": ["twice"],
    }
    notes = _named(report, "notes")
    assert notes["missing values"] == ["gap"]
    assert notes["outliers"] == ["spike"]
    assert notes["negative values"] == ["signed"]
    assert notes["zeros, at least half of the values"] == ["demand"]
    assert notes["constant series"] == ["level"]
    assert notes["series of fewer than 14 steps (two seasons)"] == ["new"]
    assert len(notes) == 6
    outliers = next(one for one in report.notes if one.title == "outliers")
    assert outliers.cases[0].text == "2024-01-31: 400"
    assert (report.measures.n_missing, report.measures.n_gaps) == (7, 2)
    assert dict(report.lengths) == {60: 6, 5: 1}
    assert report.steps == {"D": 7}
    assert (str(report.begin), str(report.end)) == ("2024-01-01 00:00:00", "2024-02-29 00:00:00")
    assert report.sketches[0].marked == (30,)


@pytest.mark.parametrize("n_parts", [1, 2, 3])
@pytest.mark.parametrize("max_rows", [1, 150, 10_000])
def test_parts_give_the_report_on_the_whole(n_parts: int, max_rows: int) -> None:
    frame = _panel()
    number = pd.factorize(frame["unique_id"])[0] % n_parts
    for k in range(n_parts):
        write_table(frame[number == k], f"memory://parts/{n_parts}/{k}.parquet")
    whole = check(frame).to_dict()
    report = check(f"memory://parts/{n_parts}", max_rows=max_rows).to_dict()
    assert report["partitions"] == n_parts
    for part in (whole, report):
        del part["partitions"], part["said"]
        part["mean"] = pytest.approx(part["mean"])
        for one in (*part["refused"], *part["notes"]):
            for case in one["worst"]:
                del case["partition"]
    assert report == whole


def _frames(draw: st.DrawFn) -> pd.DataFrame:
    parts = []
    for name in range(draw(st.integers(1, 4))):
        n = draw(st.integers(1, 30))
        hostile = st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e-300, np.nan, np.inf])
        values = draw(st.lists(st.one_of(hostile, st.floats()), min_size=n, max_size=n))
        steps = draw(st.lists(st.integers(0, 60), min_size=n, max_size=n))
        if draw(st.booleans()):
            steps = [*range(n)]
        parts.append(pd.DataFrame({"unique_id": name, "ds": steps, "y": values}))
    frame = pd.concat(parts, ignore_index=True)
    if draw(st.booleans()):
        frame["ds"] = _DAYS[0] + pd.to_timedelta(frame["ds"], "D")
    return frame


@given(st.composite(_frames)())
def test_any_frame_has_a_report_that_agrees_with_the_panel(frame: pd.DataFrame) -> None:
    report = check(frame)
    served = sum(report.lengths.values())
    assert report.n_series == frame["unique_id"].nunique()
    try:
        n_served = long_to_panel(frame, errors="skip").n_series
    except EsrnnError:
        n_served = 0
    assert served == n_served
    assert bool(report.refused) == (report.n_refused > 0)
    assert str(report)
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_fault_of_all_series_together() -> None:
    frame = pd.DataFrame(
        {"unique_id": ["a", "b"], "ds": pd.to_datetime(["2024-01-01"] * 2), "y": 1}
    )
    report = check(frame)
    assert report.n_refused == 2
    assert "at least one series must have two time stamps" in report.refused[0].title
    assert "2 of 2 series would be refused" in str(report)
    assert report.to_dict()["minimum"] is None


def test_series_in_several_partitions_are_refused() -> None:
    write_table(_series("a", 1.0), "memory://several/1.csv")
    write_table(pd.concat([_series("a", 2.0), _series("b", 2.0)]), "memory://several/2.csv")
    report = check("memory://several")
    (found,) = report.refused
    assert found.title == "the rows of a series must be in one partition; found in several"
    assert [(case.series, case.text) for case in found.cases] == [("a", "1.csv and 2.csv")]
    assert "what is listed below would stop a forecast" in str(report)


def test_partitions_of_other_steps_are_refused() -> None:
    write_table(_series("a", 1.0), "memory://steps/1.csv")
    weeks = _series("b", 1.0, 20).assign(ds=pd.date_range("2024-01-01", periods=20, freq="7D"))
    write_table(weeks, "memory://steps/2.csv")
    (found,) = check("memory://steps").refused
    assert found.title.startswith(
        "all series must have one step; most (1) have D, others W-MON (1)"
    )


def test_a_part_too_short_to_tell_its_step_has_that_of_others() -> None:
    frame = pd.concat([_series("a", 1.0), _series("b", 1.0, 1)])
    write_table(frame, "memory://short/in.csv")
    assert check("memory://short/in.csv", max_rows=1).steps == {"D": 2}
    numbers = frame.assign(ds=[*range(0, 120, 2), 4])
    write_table(numbers, "memory://short/in.csv")
    assert check("memory://short/in.csv", max_rows=1).steps == {"2": 1, "1": 1}


def test_time_stamps_of_other_kinds() -> None:
    write_table(_series("a", 1.0), "memory://kinds/1.csv")
    zoned = _series("b", 1.0).assign(ds=lambda df: df["ds"].dt.tz_localize("UTC"))
    report = check(_series("a", 1.0)).merge(replace(check(_series("b", 1.0)), begin=None))
    assert report.n_series == 2
    with pytest.raises(InputError, match="of one kind in all files; got UTC and no time zone"):
        check(_series("a", 1.0)).merge(check(zoned))


def test_rows_of_the_future_are_not_missing() -> None:
    frame = _series("a", 1.0).assign(promo=1)
    frame.loc[50:, "y"] = np.nan
    assert check(frame).measures.n_missing == 10
    report = check(frame, Columns(future=("promo",)))
    assert (report.measures.n_missing, report.n_rows) == (0, 60)


def test_sources_without_rows() -> None:
    path = put("/norows/in.csv", "unique_id,ds,y\n")
    with pytest.raises(InputError, match="has no rows"):
        check(path)
    with pytest.raises(InputError, match="has no rows"):
        check(pd.DataFrame({"unique_id": [], "ds": [], "y": []}))
    with pytest.raises(InputError, match="missing columns"):
        check(pd.DataFrame({"a": [1]}))


def test_a_survey_and_names_of_columns() -> None:
    frame = _series("a", 1.0).rename(columns={"unique_id": "shop", "ds": "day", "y": "sold"})
    write_table(frame, "memory://named/in.csv")
    report = check(survey(Source("memory://named/in.csv")))
    assert report.n_series == 1
    assert len(report.said) == 3
    assert "column 'sold' is taken as value" in str(report)
    assert check(frame, Columns("shop", "day", "sold")).to_dict()["refused"] == []


def test_ids_and_stamps_that_are_missing_are_told() -> None:
    frame = _panel()[:120].assign(unique_id=lambda df: df["unique_id"].where(df.index != 7))
    report = check(frame)
    (found,) = report.refused
    assert found.title == "every row needs an id; it is missing in 'unique_id'"
    assert found.cases[0].series is None
    assert (report.n_series, report.n_refused) == (3, 1)
