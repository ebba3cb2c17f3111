"""Members and ensembles as arrays, and back, bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from esrnn._typing import Arrays
from esrnn.config import ModelConfig, preset_config
from esrnn.ensemble import (
    Ensemble,
    ensemble_arrays,
    ensemble_from_arrays,
    fit_ensemble,
    series_arrays,
)
from esrnn.errors import InputError
from esrnn.panel import Covariates, Panel
from esrnn.training import Job, Member, Start
from tests.hybrids import HERE, random_panel

LENGTHS = [30, 41, 25, 60, 33, 48]
HORIZON = 4


def covariates_of(panel: Panel) -> Covariates:
    """Return a future covariate."""
    lengths = panel.lengths + HORIZON
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    known = np.random.default_rng(0).normal(size=(indptr[-1], 1)).astype(np.float32)
    return Covariates(np.empty((len(panel), 0), np.float32), known, indptr, HORIZON)


def settings() -> ModelConfig:
    """Return settings of three members, two of which smooth alike."""
    few = {"n_members": 3, "n_epochs": 2, "hidden_size": 4, "kinds": ()}
    config = preset_config("quarterly", HORIZON, quantile_levels=(0.2, 0.5, 0.8), **few)
    training = replace(config.training, calibration=0.6)
    ensemble = replace(config.ensemble, seasonal_periods=((4,), ()))
    return replace(config, ensemble=ensemble, training=training)


@pytest.fixture(scope="module", params=["positive", "signed", "covariates"])
def trained(request: pytest.FixtureRequest) -> tuple[Ensemble, Panel, Covariates | None]:
    panel = random_panel(0, LENGTHS * 2, signed=request.param == "signed")
    config, covariates = settings(), None
    if request.param == "covariates":
        covariates = covariates_of(panel)
        config = replace(config, network=replace(config.network, n_future=1))
    ensemble = fit_ensemble(panel, config, covariates=covariates, seed=1, options=HERE)
    return ensemble, panel, covariates


def assert_same_arrays(one: Arrays, two: Arrays) -> None:
    assert one.keys() == two.keys()
    for name, array in one.items():
        assert_array_equal(two[name], array, err_msg=name, strict=True)


def test_a_member_comes_back(trained: tuple[Ensemble, Panel, Covariates | None]) -> None:
    member = trained[0].members[1]
    arrays = member.arrays()
    back = Member.from_arrays({k: a.copy() for k, a in arrays.items()}, {"config": member.config})
    assert back.config == member.config
    assert back.history == member.history
    assert back.network.first_origin == member.network.first_origin
    assert back.network.additive_scale == member.network.additive_scale
    assert_same_arrays(arrays, back.arrays())
    assert type(back.network.first_origin) is int
    assert back.smoothing.prior.noise_ratios == member.smoothing.prior.noise_ratios


def test_an_ensemble_comes_back(trained: tuple[Ensemble, Panel, Covariates | None]) -> None:
    ensemble, panel, covariates = trained
    shared, series = ensemble_arrays(ensemble), series_arrays(ensemble)
    assert all(array.shape[0] == panel.n_series for array in series.values())
    back = ensemble_from_arrays(ensemble.config, shared, ensemble.ids, series)
    assert_same_arrays(shared, ensemble_arrays(back))
    assert_same_arrays(series, series_arrays(back))
    for one, two in zip(ensemble.members, back.members, strict=True):
        assert_same_arrays(one.arrays(), two.arrays())
    for horizon in (HORIZON, 3):
        assert_array_equal(
            back.forecast(panel, covariates=covariates, horizon=horizon),
            ensemble.forecast(panel, covariates=covariates, horizon=horizon),
        )
    assert_array_equal(back.interval_factors(), ensemble.interval_factors())
    assert back.level_axis()(0.7) == ensemble.level_axis()(0.7)


def test_members_that_smooth_alike_share_a_fit(
    trained: tuple[Ensemble, Panel, Covariates | None],
) -> None:
    series = series_arrays(trained[0])
    assert {name for name in series if name.endswith("sigma")} == {"fits.0.sigma", "fits.1.sigma"}
    assert {name for name in series if name.endswith("rows")} == {
        f"members.{k}.rows" for k in range(3)
    }


def test_without_its_series_it_serves_new_ones(
    trained: tuple[Ensemble, Panel, Covariates | None],
) -> None:
    ensemble, panel, _ = trained
    back = ensemble_from_arrays(ensemble.config, ensemble_arrays(ensemble))
    light = ensemble.subset(np.empty(0, dtype=np.int64))
    assert_same_arrays(ensemble_arrays(light), ensemble_arrays(back))
    assert_same_arrays(series_arrays(light), series_arrays(back))
    new = panel.subset([3, 1])
    covariates = None if ensemble.effects is None else covariates_of(new)
    one, two = (e.for_new_series(new, covariates) for e in (ensemble, back))
    assert_array_equal(
        one.forecast(new, covariates=covariates), two.forecast(new, covariates=covariates)
    )


def test_a_missing_array_is_named(trained: tuple[Ensemble, Panel, Covariates | None]) -> None:
    ensemble = trained[0]
    arrays = ensemble_arrays(ensemble)
    del arrays["members.1.network.first_origin"]
    with pytest.raises(InputError, match="arrays of Network must hold 'first_origin'"):
        ensemble_from_arrays(ensemble.config, arrays)


def test_some_series_in_another_order(
    trained: tuple[Ensemble, Panel, Covariates | None],
) -> None:
    ensemble, panel, covariates = trained
    places = np.array([7, 0, 3])
    some = ensemble.subset(places)
    assert some.ids == tuple(panel.ids[k] for k in places)
    for name, array in series_arrays(ensemble).items():
        assert_array_equal(series_arrays(some)[name], array[places], err_msg=name)
    few = panel.subset(places)
    known = None if covariates is None else covariates.subset(places)
    assert_array_equal(
        some.forecast(few, covariates=known),
        ensemble.forecast(panel, covariates=covariates)[:, places],
    )
    assert_array_equal(some.interval_factors(), ensemble.interval_factors())


def test_a_training_that_goes_on_is_sent_networks_without_their_series(
    trained: tuple[Ensemble, Panel, Covariates | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ensemble, panel, covariates = trained
    starts: list[Start | None] = []

    def send(jobs: Sequence[Job], *_: object) -> Iterator[tuple[int, Member, float]]:
        starts.extend(job.start for job in jobs)
        yield from ((job.number, ensemble.members[job.number], 0.0) for job in jobs)

    monkeypatch.setattr("esrnn.ensemble.fitting.train_all", send)
    fit_ensemble(panel, ensemble.config, covariates=covariates, start=ensemble, options=HERE)
    for start, member in zip(starts, ensemble.members, strict=True):
        assert start is not None
        assert start.network is member.network
        assert start.holdout.series.size == 0
        assert_array_equal(start.holdout.scores, member.holdout.scores)
        assert {field.name for field in fields(start)} == {"network", "holdout"}
