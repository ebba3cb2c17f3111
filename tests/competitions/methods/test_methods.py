"""What holds for every method: forecasts of the right shape, made without the test part."""

import sys
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.scoring import check_forecasts
from competitions.task import Task, TaskData, values_sha256
from esrnn.errors import InputError
from esrnn.networks import shipped_names


def _quarterly() -> TaskData:
    """Three series of ten years, and two years more to be forecast."""
    random, index, values = np.random.default_rng(3), [], []
    for name in ("Q3", "Q1", "Q2"):
        index += [(name, step) for step in range(1, 49)]
        season = np.tile([90.0, 100.0, 120.0, 95.0], 12)
        values.append(season + np.arange(48.0) + random.normal(0.0, 3.0, 48))
    steps = pd.MultiIndex.from_tuples(index, names=["unique_id", "ds"])
    whole = pd.DataFrame({"y": np.concatenate(values)}, index=steps)
    is_test = whole.index.get_level_values("ds") > 40
    train, test = whole[~is_test], whole[is_test]
    task = Task(
        name="three",
        title="Three",
        competition="m4",
        group="quarterly",
        files={"train": "m4/quarterly_train.parquet", "test": "m4/quarterly_test.parquet"},
        horizon=8,
        seasonal_period=4,
        measures=("smape", "mase", "owa", "msis", "acd", "coverage"),
        levels=(95,),
        n_series=3,
        n_in_group=24000,
        n_truncated=0,
        ids=("Q3", "Q1", "Q2"),
        train_lengths=(),
        sha256=values_sha256(train, test),
    )
    return TaskData(task, train, test)


# AutoCES is called as statsforecast's other models are, and is compiled for most of a minute.
@pytest.mark.parametrize("method", [name for name in METHODS if name != "sf-autoces"])
def test_a_method_needs_no_test_part(method: str) -> None:
    entry = METHODS[method]
    if entry.needs is not None:
        pytest.importorskip(entry.needs)
    if method.startswith("esrnn-") and "quarterly" not in shipped_names():
        pytest.skip("no quarterly networks come with the package")
    data = _quarterly()
    unseen = TaskData(data.task, data.train, cast(pd.DataFrame, None))
    settings = Settings(n_jobs=1, n_members=1, n_epochs=1, quiet=True)
    result = entry.run(unseen, settings, Checkpoints(None))
    assert check_forecasts(data, result.forecasts) == []
    assert result.forecasts["unique_id"].unique().tolist() == data.ids
    assert result.n_fallbacks == 0


def test_data_without_a_season_of_no_group_get_the_yearly_networks() -> None:
    if "yearly" not in shipped_names():
        pytest.skip("no yearly networks come with the package")
    data, settings = _quarterly(), Settings(n_jobs=1, quiet=True)
    other, yearly = (
        TaskData(replace(data.task, group=group, seasonal_period=1), data.train, data.test)
        for group in ("other", "yearly")
    )
    method = METHODS["esrnn-zero-shot"].run
    found, expected = (method(one, settings, Checkpoints(None)) for one in (other, yearly))
    pd.testing.assert_frame_equal(found.forecasts, expected.forecasts)


@pytest.mark.parametrize("method", [name for name, entry in METHODS.items() if entry.needs])
def test_an_absent_library_is_asked_for(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = METHODS[method].needs
    monkeypatch.setitem(sys.modules, str(needs), None)
    monkeypatch.delitem(sys.modules, f"{needs}.models", raising=False)
    with pytest.raises(InputError, match=f"needs {needs}, .* pip install {needs}"):
        METHODS[method].run(_quarterly(), Settings(n_jobs=1, quiet=True), Checkpoints(None))
