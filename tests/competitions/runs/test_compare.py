"""Runs compared by series: what is a seed, what is not, and the picture."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from competitions.__main__ import main
from competitions.runs.compare import compare_runs, draw_ranks, save_ranks
from esrnn.errors import InputError
from tests.competitions.made_up_runs import MadeUp, write_made_up, write_real


def _edit(run: Path, **entries: Any) -> Path:
    path = run / "scores.json"
    scores = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**scores, **entries}), encoding="utf-8")
    return run


def test_seeds_are_averaged_series_by_series(tmp_path: Path) -> None:
    runs = [write_made_up(tmp_path, MadeUp(seed=seed)) for seed in (0, 1, 2)]
    other = write_made_up(tmp_path, MadeUp(method="naive2", seed=5))
    found = compare_runs([*runs, other])
    assert found.names == ("ESRNN", "Naive2")
    each = [pd.read_parquet(run / "series.parquet")["mase"] for run in runs]
    assert found.errors[0] == pytest.approx(sum(each) / 3)
    assert compare_runs([runs[0], other], "smape").errors[0] == pytest.approx(5 * each[0])


def test_other_settings_are_another_method(tmp_path: Path) -> None:
    runs = [
        write_made_up(tmp_path / str(k), MadeUp(seed=k, n_members=members))
        for k, members in enumerate((None, 1, 3))
    ]
    assert compare_runs(runs).names == ("ESRNN", "ESRNN, 1 member", "ESRNN, 3 members")


def test_networks_of_other_settings_are_no_seeds(tmp_path: Path) -> None:
    runs = [write_made_up(tmp_path, MadeUp(seed=seed)) for seed in (0, 1)]
    naive = write_made_up(tmp_path, MadeUp(method="naive2"))
    old, new = {"network": {"stretch": 2, "n_known": 0}}, {"network": {"n_future": 0, "new": 1}}
    _edit(runs[0], model=old)
    compare_runs([_edit(runs[1], model=new), runs[0], naive])
    _edit(runs[1], model={"network": {"stretch": 3}})
    with pytest.raises(InputError, match="had different settings"):
        compare_runs([*runs, naive])


@pytest.mark.parametrize(
    ("second", "measure", "said"),
    [
        (MadeUp("m4-hourly", "naive2"), "mase", "must be of the same series"),
        (MadeUp(method="naive2", intervals=False), "msis", "has no msis"),
        (MadeUp(seed=0), "mase", "have the same seed"),
    ],
)
def test_what_cannot_be_compared(second: MadeUp, measure: str, said: str, tmp_path: Path) -> None:
    runs = [write_made_up(tmp_path / "a", MadeUp()), write_made_up(tmp_path / "b", second)]
    with pytest.raises(InputError, match=said):
        compare_runs(runs, measure)
    with pytest.raises(InputError, match="holds no finished run"):
        compare_runs([tmp_path])


def test_sets_are_compared_over_all_of_their_series(tmp_path: Path) -> None:
    for method in ("esrnn-zero-shot", "naive2"):
        for task in ("m4-weekly", "m4-hourly"):
            run = write_made_up(tmp_path / method, MadeUp(task, method))
            run.rename(tmp_path / method / task)
        (tmp_path / method / "scores.json").write_text('{"task": "m4"}', encoding="utf-8")
    found = compare_runs([tmp_path / "esrnn-zero-shot", tmp_path / "naive2"])
    assert found.names == ("ESRNN, zero shot (knows M4)", "Naive2")
    assert found.errors.shape == (2, 359 + 414)


def test_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [
        write_real(tmp_path, method, share=share)
        for method, share in (("naive2", 1.0), ("snaive", 0.0), ("esrnn", 0.5))
    ]
    comparison = compare_runs(runs)
    (ax,) = draw_ranks(comparison).axes
    ranks = [float(label.get_text().split()[-1]) for label in ax.get_yticklabels()]
    assert ranks == sorted(ranks)
    assert ax.get_yticklabels()[0].get_text().startswith("ESRNN")
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the best is at the top
    for name in ("one.svg", "two.svg"):
        save_ranks(comparison, tmp_path / "deep" / name)
    one, two = ((tmp_path / "deep" / name).read_bytes() for name in ("one.svg", "two.svg"))
    assert one == two
    folders = [str(run) for run in runs]
    assert main(["compare", *folders, "--picture", str(tmp_path / "ranks.png")]) == 0
    assert "Wilcoxon's signed-rank test of Naive2" in capsys.readouterr().out
    assert (tmp_path / "ranks.png").stat().st_size > 5000
