"""What an ensemble teaches, and what a network learns from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.ensemble.teaching import Lessons, teach
from esrnn.errors import InputError
from esrnn.panel import Panel
from tests.ensemble.test_ensemble import tiny
from tests.hybrids import HERE, random_panel

H = 4
PANEL = random_panel(0, [30, 41, 25, 60, 33, 48])
ENDS = PANEL.indptr[1:] - 1


def trained(panel: Panel = PANEL, **overrides: object) -> Ensemble:
    return fit_ensemble(panel, tiny(**overrides), seed=3, options=HERE)


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    """Say that all will be twice as high as an ensemble forecasts."""
    taught = teach(trained(kinds=()), PANEL)
    return replace(taught, quantiles=2.0 * taught.quantiles)


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"kinds": ((), (("cell", "linear"),))},
        {"combination": "median", "n_members": 3},
    ],
    ids=["two members", "kinds", "median"],
)
def test_the_last_lesson_is_the_forecast(overrides: dict[str, object]) -> None:
    """Before it is calibrated."""
    ensemble = trained(**overrides)
    lessons = teach(ensemble, PANEL)
    assert np.isfinite(lessons.quantiles).all()
    assert (np.diff(lessons.quantiles, axis=0) >= 0.0).all()
    forecast = ensemble.combined_quantiles(ensemble.quantiles_by_member(PANEL), PANEL)
    assert_allclose(lessons.quantiles[:, ENDS], forecast, rtol=1e-4)
    assert_allclose(teach(ensemble, PANEL, horizon=2).quantiles, lessons.quantiles[..., :2], 1e-5)


def test_local_models_have_no_part() -> None:
    ensemble = trained()
    alone = replace(ensemble.config.ensemble, local_models=(("theta", 0.4),))
    mixed = replace(ensemble, config=replace(ensemble.config, ensemble=alone))
    assert_array_equal(teach(mixed, PANEL).quantiles, teach(ensemble, PANEL).quantiles)


def test_a_network_learns_what_it_is_taught(lessons: Lessons) -> None:
    settings = tiny(n_members=1, n_epochs=60, learning_rate=1e-2, dropout=0.0)
    found = fit_ensemble(PANEL, settings, lessons=lessons, seed=0, options=HERE)
    assert len(found.members) == 1
    apart = np.log(found.quantiles_by_member(PANEL)[0] / lessons.quantiles[:, ENDS])
    assert np.abs(apart).mean() < 0.15  # what happened is at log 2
    assert np.isfinite(found.forecast(PANEL)).all()


def test_intervals_are_calibrated_as_the_teachers() -> None:
    panel = random_panel(1, [30] * 60)
    ensemble = trained(panel, calibration=1.0)
    own = fit_ensemble(panel, tiny(n_members=1), lessons=teach(ensemble, panel), options=HERE)
    assert_array_equal(own.interval_factors(), ensemble.interval_factors())
    assert (own.interval_factors() != 1.0).any()
    assert own.short_histories == ensemble.short_histories
    assert not own.members[0].holdout.series.size


def test_what_is_held_back_is_not_taught(lessons: Lessons) -> None:
    """Lessons about the last horizon change nothing where it is held back."""
    settings = tiny(n_members=1, patience=5, calibration=0.0)
    about = np.concatenate([np.arange(n) for n in PANEL.lengths])[:, None] + np.arange(1, H + 1)
    late = about >= np.repeat(PANEL.lengths, PANEL.lengths)[:, None] - H
    other = replace(lessons, quantiles=np.where(late, 3.0, 1.0) * lessons.quantiles)
    one, two = (
        fit_ensemble(PANEL, settings, lessons=own, seed=0, options=HERE).forecast(PANEL)
        for own in (lessons, other)
    )
    assert_array_equal(one, two)
    settings = tiny(n_members=1, calibration=0.0)
    one, two = (
        fit_ensemble(PANEL, settings, lessons=own, seed=0, options=HERE).forecast(PANEL)
        for own in (lessons, other)
    )
    assert (one != two).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantile_levels": (0.1, 0.5, 0.9)}, r"learns the quantile levels \(0.1, 0.5, 0.9\)"),
        ({"quantiles": np.ones((3, PANEL.values.size, 2))}, "at most 2 steps ahead"),
        ({"additive": np.ones(6, dtype=np.bool_)}, "'series 0'.*teacher's seasonality"),
    ],
)
def test_lessons_that_do_not_fit_are_refused(
    lessons: Lessons, change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        fit_ensemble(PANEL, tiny(), lessons=replace(lessons, **change), seed=0, options=HERE)
