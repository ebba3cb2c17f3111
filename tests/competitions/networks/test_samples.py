"""Samples of many sizes: which series they hold, and what is held out."""

from pathlib import Path

import numpy as np
import pytest

from competitions.networks import load_corpus
from competitions.networks.corpus import load_kept
from competitions.networks.samples import draw_samples
from esrnn.panel import Panel
from tests.competitions.networks.data import write_series


def _panel(n_series: int, length: int = 40) -> Panel:
    rng = np.random.default_rng(1)
    return Panel.from_arrays(list(10.0 + rng.random((n_series, length))))


@pytest.mark.parametrize(
    ("n_series", "sizes"),
    [
        (0, []),
        (7, [7]),
        (50, [1] * 8 + [10] * 4 + [50]),
        (99, [1] * 8 + [10] * 4 + [50] * 3),
        (100, [1] * 8 + [10] * 4 + [50] * 3 + [100]),
        (230, [1] * 8 + [10] * 4 + [50] * 3 + [200] * 2),
    ],
)
def test_a_panel_has_as_many_samples_as_its_size_allows(n_series: int, sizes: list[int]) -> None:
    panel = _panel(max(n_series, 1), 40 if n_series else 5)
    samples = list(draw_samples("weekly", {"m4": panel}, 1))
    assert [sample.size for sample in samples] == sizes
    assert [sample.held.train.n_series for sample in samples] == sizes
    assert {sample.task for sample in samples} <= {"m4-weekly"}
    again = draw_samples("weekly", {"m4": panel}, 1)
    assert [one.held.train.ids for one in again] == [one.held.train.ids for one in samples]
    assert len({one.held.train.ids for one in samples[:8]}) == len(samples[:8])


@pytest.mark.parametrize("fold", [1, 2])
def test_the_last_horizon_is_held_out(fold: int) -> None:
    panel = _panel(3, 50)
    (sample,) = draw_samples("weekly", {"open": panel}, fold)
    end = 50 - 13 * (fold - 1)
    for i in range(3):
        np.testing.assert_array_equal(sample.held.train.series(i), panel.series(i)[: end - 13])
        np.testing.assert_array_equal(sample.held.actual[i], panel.series(i)[end - 13 : end])


def test_series_without_a_measure_are_not_drawn() -> None:
    good, constant, flat, unseen, holes = _panel(5, 50).values.reshape(5, 50).copy()
    constant[:37] = 1.0
    flat[36:] = flat[36]  # Naive2 makes no error
    unseen[40:] = np.nan
    holes[[20, 45]] = np.nan
    panel = Panel.from_arrays([good, constant, flat, unseen, holes, good[:20]], ids=list("abcdef"))
    (sample,) = draw_samples("weekly", {"open": panel}, 1)
    assert sample.held.train.ids == ("a", "e")


def test_daily_measures_know_the_week_but_for_m4() -> None:
    samples = draw_samples("daily", {"m4": _panel(3), "tsa": _panel(3)}, 1)
    assert [sample.held.seasonal_period for sample in samples] == [1, 7]


def test_what_is_kept_was_not_seen_by_networks_of_a_rehearsal(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = load_kept("weekly", data_dir)
    assert {source: panel.ids for source, panel in kept.items()} == {
        "ansett": ("ansett-a",), "m4": ("W2",)
    }  # fmt: skip
    seen = load_corpus("weekly", data_dir, rehearsal=True).panel.ids
    assert set(seen).isdisjoint(one for panel in kept.values() for one in panel.ids)


@pytest.mark.parametrize("column", ["donor", "target"])
def test_series_with_a_like_are_not_kept(
    column: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from competitions.leaks import load_leaks

    leaks = load_leaks().head(1).assign(**{"group": "weekly", column: "W2"})
    monkeypatch.setattr("competitions.networks.corpus.load_leaks", lambda: leaks)
    assert list(load_kept("weekly", data_dir)) == ["ansett"]


def test_all_of_m3_is_kept(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("train", "test"):
        series = {one: np.arange(1.0, 30.0) for one in ("Y4", "Y1")}
        write_series(data_dir / "m4" / f"yearly_{name}.parquet", series)
    write_series(data_dir / "open" / "yearly.parquet", {"gdp-a": np.arange(20.0)})
    train = {name: np.arange(1.0, 20.0) for name in ("N0001", "N0003")}
    write_series(data_dir / "m3" / "yearly_train.parquet", train)

    def load(group: str, *_: object, **__: object) -> tuple[object, object]:
        import pandas as pd

        return pd.read_parquet(data_dir / "m3" / f"{group}_train.parquet"), None

    monkeypatch.setattr("competitions.networks.corpus.load_m3", load)
    kept = load_kept("yearly", data_dir)
    assert kept["m3"].ids == ("N0001",)  # N0035 is a copy of N0003
    assert kept["gdp"].ids == ("gdp-a",)
