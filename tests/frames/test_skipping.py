"""Series with faults are skipped, every one of them, and the others are as without them."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, InputTypeError
from esrnn.frames import long_to_panel
from esrnn.frames.skipping import SKIPPED, join_skipped, none_skipped

N = 12
DAYS = pd.date_range("2024-01-01", periods=N)


def good(*ids: object) -> pd.DataFrame:
    values = np.random.default_rng(0).gamma(9.0, 10.0, N * len(ids))
    frame = pd.DataFrame({"unique_id": pd.Series([i for i in ids for _ in DAYS], dtype=object)})
    return frame.assign(ds=np.tile(DAYS, len(ids)), y=values)


FAULTS = {
    "repeated": lambda df: pd.concat([df, df.iloc[[3]]]),
    "infinite": lambda df: df.assign(y=df["y"].where(df.index != df.index[4], -np.inf)),
    "text": lambda df: df.assign(y=df["y"].astype(object).where(df.index != df.index[4], "n/a")),
    "off the steps": lambda df: df.assign(ds=df["ds"].where(df.index != df.index[4], NOON)),
    "no value": lambda df: df.assign(y=np.nan),
    "no time stamp": lambda df: df.assign(ds=df["ds"].where(df.index != df.index[4], pd.NaT)),
    "another step": lambda df: df.assign(ds=pd.date_range("2024-01-01", periods=N, freq="3D")),
    "far apart": lambda df: df.assign(ds=df["ds"].where(df.index != df.index[11], FAR)),
}
NOON, FAR = pd.Timestamp("2024-01-05 12:00"), pd.Timestamp("2205-01-05")


@pytest.mark.parametrize("kind", FAULTS)
def test_every_kind_of_fault_is_skipped_and_raised_with_all_its_series(kind):
    df = good("a", "b", "c", "d", "e", "f", "g", "h")
    bad = ("b", "c", "e")
    parts = [FAULTS[kind](part) if name in bad else part for name, part in df.groupby("unique_id")]
    broken = pd.concat(parts, ignore_index=True)
    with pytest.raises((InputError, InputTypeError)) as raised:
        long_to_panel(broken)
    assert set(raised.value.series) == set(bad)
    framed = long_to_panel(broken, errors="skip")
    expected = long_to_panel(df[~df["unique_id"].isin(bad)])
    assert framed.panel.ids == expected.panel.ids
    np.testing.assert_array_equal(framed.panel.values, expected.panel.values)
    assert framed.times.last.equals(expected.times.last)
    assert framed.times.freq == expected.times.freq
    assert tuple(framed.skipped.columns) == SKIPPED
    assert set(framed.skipped["series"]) == set(bad)
    assert set(framed.skipped["reason"]) == {raised.value.reason}
    assert set(framed.skipped["remedy"]) == {raised.value.remedy}


def test_faults_of_all_kinds_at_once_are_skipped_one_after_another(tmp_path):
    df = good(*FAULTS, "good", 7)
    parts = [FAULTS.get(name, lambda part: part)(part) for name, part in df.groupby("unique_id")]
    nameless = good(None).head(2)
    framed = long_to_panel(pd.concat([*parts, nameless], ignore_index=True), errors="skip")
    assert set(framed.panel.ids) == {"good", 7}
    skipped = framed.skipped
    assert set(skipped["series"].dropna()) == set(FAULTS)
    assert skipped["series"].isna().sum() == 2
    faults = skipped.dropna(subset="series").set_index("series")
    assert faults.loc["infinite", ["step", "value"]].tolist() == [DAYS[4], "-inf"]
    assert faults.loc["text", ["step", "value"]].tolist() == [DAYS[4], "'n/a'"]
    assert faults.loc["repeated", "step"] == DAYS[3]
    assert faults.loc["no value", "value"] == str(N)
    assert pd.isna(faults.loc["no time stamp", "step"])
    skipped.astype({"series": str}).to_parquet(tmp_path / "rejected.parquet")


def test_order_of_rows_and_ids_stay():
    df = good("z", "b", "a").sample(frac=1.0, random_state=1)
    broken = df.assign(y=df["y"].where(df["unique_id"] != "b", np.inf))
    framed = long_to_panel(broken, errors="skip")
    assert framed.panel.ids == long_to_panel(df[df["unique_id"] != "b"]).panel.ids


@pytest.mark.parametrize("kind", sorted(set(FAULTS) - {"another step", "off the steps"}))
def test_a_fault_of_all_series_is_raised(kind):
    parts = [FAULTS[kind](part) for _, part in good("a", "b").groupby("unique_id")]
    with pytest.raises((InputError, InputTypeError)) as raised:
        long_to_panel(pd.concat(parts, ignore_index=True), errors="skip")
    assert set(raised.value.series) == {"a", "b"}


def test_where_no_series_is_left_the_error_says_that_others_were_skipped():
    df = good("a", "b", "c")
    df.loc[:N, "y"] = np.inf
    df.loc[2 * N :, "y"] = np.nan
    with pytest.raises(InputError, match="at least one observed value") as raised:
        long_to_panel(df, errors="skip")
    assert raised.value.series == ("c",)
    assert raised.value.__notes__ == ["2 other series were skipped before, for other faults"]


def test_what_is_wrong_with_the_frame_is_raised():
    with pytest.raises(InputError, match="missing columns"):
        long_to_panel(good("a").drop(columns="ds"), errors="skip")
    with pytest.raises(InputTypeError, match="time stamps must be integers"):
        long_to_panel(good("a", "b").assign(ds=0.5), errors="skip")
    with pytest.raises(InputError, match=r"errors must be one of \['raise', 'skip'\]; got 'ignor"):
        long_to_panel(good("a"), errors="ignore")


def test_totals_over_a_skipped_series_are_skipped_too():
    df = good("a", "b", "__total")
    df.loc[0, "y"] = np.inf
    framed = long_to_panel(df, errors="skip")
    assert framed.panel.ids == ("b",)
    assert framed.skipped["series"].tolist() == ["a", "__total"]
    assert framed.skipped["reason"][1].startswith("a total must not lack series")
    df.loc[0, "y"], df.loc[2 * N, "y"] = 1.0, np.inf
    assert long_to_panel(df, errors="skip").panel.ids == ("a", "b")


def test_totals_of_levels():
    pairs = [("n", "a"), ("n", "b"), ("s", "a"), ("n", "__total"), ("s", "__total")]
    pairs.append(("__total", "__total"))
    df = good(*range(6)).assign(unique_id=[pair for pair in pairs for _ in DAYS])
    df.loc[0, "y"] = np.inf
    framed = long_to_panel(df, errors="skip")
    assert framed.panel.ids == (("n", "b"), ("s", "a"), ("s", "__total"))


def test_nothing_skipped():
    assert long_to_panel(good("a"), errors="skip").skipped.empty
    empty = none_skipped()
    assert tuple(empty.columns) == SKIPPED
    one = empty.assign(series=["a"])
    assert join_skipped(empty, one)["series"].tolist() == ["a"]
    assert join_skipped(one, empty)["series"].tolist() == ["a"]
    assert join_skipped(one, one)["series"].tolist() == ["a", "a"]


def test_a_hundred_thousand_series():
    n = 100_000
    df = pd.DataFrame({"unique_id": np.arange(n).repeat(2), "ds": np.tile([1, 2], n), "y": 1.0})
    df.loc[::4, "y"] = np.inf
    with pytest.raises(InputError) as raised:
        long_to_panel(df)
    assert raised.value.series == tuple(range(0, n, 2))
    framed = long_to_panel(df, errors="skip")
    assert framed.panel.ids == tuple(range(1, n, 2))
    assert len(framed.skipped) == n // 2
