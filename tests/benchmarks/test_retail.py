"""The benchmark of daily sales cuts panels rightly, scores, and holds the default to its bars."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import retail
from benchmarks.__main__ import main
from benchmarks.report import RESULTS
from esrnn.datasets.made_sales import articles, stores


@pytest.mark.slow
def test_runs_and_is_saved(tmp_path: Path) -> None:
    assert main(["retail", "--quick", "--save", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "retail.json").read_text(encoding="utf-8"))
    methods = [record["method"] for record in result["results"]]
    assert methods == ["seasonal naive", "default", "preset daily", "default, without X"]
    assert all(record["wape"] > 0.0 for record in result["results"])
    assert len(result["bars"]) == 3


def test_what_is_to_come_is_not_in_the_past() -> None:
    whole = stores(seed=3, n_series=3, n_days=70)
    sales = retail.Sales.of(whole, 28)
    assert len(sales.past) == 3 * 42
    known = sales.head(14)
    assert known.past is sales.past
    for name, future in known.future.groupby(level=0):
        assert future["sales"].tolist() == whole.loc[name, "sales"].iloc[42:56].tolist()


def test_scores_by_hand() -> None:
    sales = retail.Sales.of(stores(seed=3, n_series=2, n_days=70), 14)
    actual = sales.future["sales"].to_numpy().reshape(2, 14)
    perfect = sales.scores((actual, actual, actual))
    assert perfect == {"wape": 0.0, "owa": 0.0, "coverage": 1.0}
    first = actual[:, :7]  # a shorter horizon is scored on the first days
    off = sales.scores((first * 1.1, first * 1.2, first * 1.3))
    closed = float((first == 0.0).mean())
    assert off["wape"] == pytest.approx(0.1, abs=1e-4)
    assert off["coverage"] == pytest.approx(closed, abs=1e-3)
    assert sales.scores((first, None, None))["coverage"] is None


def test_bars_are_held_against_means_over_the_seeds() -> None:
    wapes = {"default": (0.2, 0.3), "preset generic": (0.2, 0.2), "AutoETS": (0.5, 0.5)}
    records = [
        {
            "panel": "stores", "horizon": 7, "seed": seed, "method": method,
            "wape": wape, "owa": 1.0, "coverage": 0.95,
        }
        for method, both in wapes.items()
        for seed, wape in enumerate(both)
    ]  # fmt: skip
    best, ets, least, most = retail.bars(records)
    assert best.value == pytest.approx(0.25 / 0.2)
    assert not best.passed
    assert ets.value == pytest.approx(0.5)
    assert all(bar.passed for bar in (ets, least, most))
    assert "stores, default" in retail.summary(records)


@pytest.mark.parametrize("make", [stores, articles])
def test_panels_have_weeks_promotions_and_holidays(make: object) -> None:
    one, again, other = make(1, 12), make(1, 12), make(2, 12)  # type: ignore[operator]
    assert one.equals(again)
    assert not one.equals(other)
    assert (one["sales"] >= 0.0).all()
    assert (one["sales"] == 0.0).any()
    lift = one.groupby("promo")["sales"].mean()
    assert lift[1.0] > 1.2 * lift[0.0]
    assert 0.0 < one["holiday"].mean() < 0.03
    weekday = one["sales"].groupby(one.index.get_level_values("day").weekday).mean()
    assert weekday.max() > 1.2 * weekday.min()


def test_the_committed_result_is_whole() -> None:
    result = json.loads((RESULTS / "retail.json").read_text(encoding="utf-8"))
    assert {record["panel"] for record in result["results"]} == {"stores", "articles"}
    assert len({record["seed"] for record in result["results"]}) == 3
    assert np.isfinite([record["wape"] for record in result["results"]]).all()
