"""Totals over groups, held against those that the competitions published."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from competitions.scoring import naive2_means
from competitions.scoring.scores import ByStep, Scores
from competitions.scoring.totals import combine, total
from competitions.task import load_data, load_set, load_task
from esrnn.errors import InputError

GROUPS = ("yearly", "quarterly", "monthly", "weekly", "daily", "hourly")
SIZES = (23000, 24000, 48000, 359, 4227, 414)
# M4's published sMAPE and MASE by group, then its totals of sMAPE, MASE and OWA.
NAIVE2 = (16.342, 11.012, 14.427, 9.161, 3.045, 18.383), (3.974, 1.371, 1.063, 2.777, 3.278, 2.395)
M4 = {
    "Smyl": (
        (13.176, 9.679, 12.126, 7.817, 3.170, 9.328),
        (2.980, 1.118, 0.884, 2.356, 3.446, 0.893),
        (11.374, 1.536, 0.8209),
    ),
    "Theta": (
        (14.593, 10.311, 13.002, 9.093, 3.053, 18.138),
        (3.382, 1.232, 0.970, 2.637, 3.262, 2.455),
        (12.309, 1.696, 0.8974),
    ),
    "Naive2": (*NAIVE2, (13.564, 1.912, 1.0)),
    "Holt": (
        (16.354, 10.907, 14.812, 9.708, 3.066, 29.249),
        (3.550, 1.198, 1.009, 2.420, 3.223, 9.356),
        (13.775, 1.772, 0.9711),
    ),
}
# M3's published sMAPE by group (yearly, quarterly, monthly, other) and over all forecasts.
M3 = {
    "Theta": ((16.90, 8.96, 13.85, 4.41), 13.01),
    "Naive2": ((17.88, 9.95, 16.91, 6.30), 15.47),
}


def _group(n_series: int, smape: float, mase: float = 1.0, **more: float | None) -> Scores:
    intervals = {"msis": None, "acd": None, "coverage": None}
    benchmark = {"naive2_smape": 10.0, "naive2_mase": 1.0}
    return Scores(n_series, smape, mase, owa=1.0, **{**intervals, **benchmark, **more})


@pytest.mark.parametrize("method", M4)
def test_groups_of_m4_give_its_published_total(method: str) -> None:
    smapes, mases, published = M4[method]
    groups = [
        _group(n, smape, mase, naive2_smape=naive2_smape, naive2_mase=naive2_mase)
        for n, smape, mase, naive2_smape, naive2_mase in zip(
            SIZES, smapes, mases, *NAIVE2, strict=True
        )
    ]
    found = combine(groups, SIZES)
    assert found.n_series == 100_000
    # The groups' figures are rounded to 0.0005, and so are their means.
    assert (found.smape, found.mase) == pytest.approx(published[:2], abs=0.001)
    assert found.owa == pytest.approx(published[2], abs=0.0005)


def test_every_entry_of_m4s_table_has_its_total(competition_data_dir: Path) -> None:
    with (competition_data_dir / "m4" / "leaderboard.csv").open(encoding="utf-8") as file:
        table = {row["method"]: row for row in csv.DictReader(file)}
    naive2 = table["Naive2"]
    assert len(table) > 50
    for method, row in table.items():
        groups = [
            _group(
                n,
                float(row[f"smape_{group}"]),
                float(row[f"mase_{group}"]),
                naive2_smape=float(naive2[f"smape_{group}"]),
                naive2_mase=float(naive2[f"mase_{group}"]),
            )
            for n, group in zip(SIZES, GROUPS, strict=True)
        ]
        found = combine(groups, SIZES)
        expected = [float(row[f"{name}_total"]) for name in ("smape", "mase", "owa")]
        assert [found.smape, found.mase, found.owa] == pytest.approx(expected, abs=0.001), method


def test_owa_of_a_total_is_not_the_mean_of_the_groups() -> None:
    groups = [
        _group(100, 10.0, 1.0, naive2_smape=20.0, naive2_mase=1.0),
        _group(100, 10.0, 4.0, naive2_smape=10.0, naive2_mase=2.0),
    ]
    assert combine(groups, [100, 100]).owa == pytest.approx((20 / 30 + 5 / 3) / 2)


@pytest.mark.parametrize("method", M3)
def test_groups_of_m3_give_its_published_total(method: str) -> None:
    groups, published = M3[method]
    m3 = load_set("m3")
    scores = {
        name: _group(load_task(name).n_series, smape)
        for name, smape in zip(m3.tasks, groups, strict=True)
    }
    found = total(m3, scores)
    assert found.smape == pytest.approx(published, abs=0.01)
    assert found.n_series == 3003
    by_series = dataclasses.replace(m3, weights="series")
    assert abs(total(by_series, scores).smape - published) > 0.1


def test_intervals_of_m4_count_every_series_once() -> None:
    # Naive's ACD of each group; its intervals are too narrow, save for the weekly series'.
    acds = (0.234, 0.084, 0.023, -0.001, 0.021, 0.011)
    msis = (56.554, 14.073, 12.300, 26.358, 32.552, 71.245)
    groups = [
        _group(n, 1.0, coverage=0.95 - acd, msis=one)
        for n, acd, one in zip(SIZES, acds, msis, strict=True)
    ]
    found = combine(groups, SIZES)
    assert found.acd == pytest.approx(0.0860, abs=0.0005)
    assert found.msis == pytest.approx(24.055, abs=0.001)


def test_quantile_loss_of_a_total_is_of_all_forecasts_together() -> None:
    # Losses 0.1 * 1000 and 0.3 * 10 on 30 and 10 forecasts.
    groups = [_group(10, 1.0, wql=0.1, mean_abs=1000.0), _group(10, 1.0, wql=0.3, mean_abs=10.0)]
    found = combine(groups, [30, 10])
    assert found.wql == pytest.approx((30 * 100 + 10 * 3) / (30 * 1000 + 10 * 10))
    assert found.mean_abs == pytest.approx((30 * 1000 + 10 * 10) / 40)
    assert combine([groups[0], _group(10, 1.0)], [30, 10]).wql is None


def test_groups_that_are_covered_too_often_make_up_for_others() -> None:
    groups = [_group(10, 1.0, coverage=0.90, acd=0.05), _group(10, 1.0, coverage=1.0, acd=0.05)]
    assert combine(groups, [10, 10]).acd == pytest.approx(0)


def test_intervals_of_some_groups_are_no_total() -> None:
    groups = [_group(10, 1.0, coverage=0.9, msis=5.0, acd=0.05), _group(10, 1.0)]
    found = combine(groups, [10, 10])
    assert (found.msis, found.acd, found.coverage, found.by_step) == (None, None, None, None)


def _m4_scores() -> dict[str, Scores]:
    return {
        name: dataclasses.replace(
            _group(load_task(name).n_series, 10.0 + i), by_step=ByStep((1.0,), (1.0,), None)
        )
        for i, name in enumerate(load_set("m4").tasks)
    }


def test_a_total_weighs_the_series_that_are_there() -> None:
    scores = _m4_scores()
    found = total(load_set("m4"), {**scores, "m4-hourly-40": _group(40, 1000.0)})
    sizes = [one.n_series for one in scores.values()]
    assert found.n_series == sum(sizes) == 42632
    assert found.smape == pytest.approx(np.average([10.0, 11, 12, 13, 14, 15], weights=sizes))


def test_what_a_total_lacks_is_said() -> None:
    scores, m4 = _m4_scores(), load_set("m4")
    some = {name: one for name, one in scores.items() if name not in ("m4-daily", "m4-hourly")}
    with pytest.raises(InputError, match="needs scores on m4-daily, m4-hourly too"):
        total(m4, some)
    few = {**scores, "m4-yearly": _group(1000, 1.0)}
    with pytest.raises(InputError, match=r"all 23,000 series of m4-yearly; got them of 1,000"):
        total(m4, few)
    unknown = {**scores, "m4-yearly": _group(23000, 1.0, naive2_mase=None)}
    with pytest.raises(InputError, match="needs the scores of Naive2 on every task"):
        total(m4, unknown)


def test_naive2_on_m3_comes_near_its_published_total(competition_data_dir: Path) -> None:
    # M3's own test for seasonality is not known digit by digit; without seasons it must agree.
    m3, scores = load_set("m3"), {}
    for name in m3.tasks:
        data = load_data(load_task(name), competition_data_dir)
        smape, mase = naive2_means(data)
        scores[name] = _group(len(data.ids), smape, mase)
    assert round(scores["m3-yearly"].smape, 2) == 17.88
    assert round(scores["m3-other"].smape, 2) == 6.30
    assert total(m3, scores).smape == pytest.approx(15.47, rel=0.01)
