"""SES, Holt, Damped and Comb: exact cases, M4's published accuracy, hard series."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.exponential import (
    comb,
    run_comb,
    run_form,
    run_theta,
    smooth,
)
from competitions.methods.exponential_fit import DAMPED, HOLT, SES
from competitions.store.read import RESULTS, read_result
from competitions.task import TaskData, load_data, load_task
from tests.competitions.tasks import small_task

from .hard_series import HARD

QUIET = Settings(n_jobs=1, quiet=True)
FORMS = {"SES": SES, "Holt": HOLT, "Damped": DAMPED}
RUN = {
    **{form.lower(): partial(run_form, form=form) for form in ("SES", "HOLT", "DAMPED")},
    "comb": run_comb,
    "theta": run_theta,
}


def _wandering(n: int = 80) -> np.ndarray:
    return 100 + np.cumsum(np.random.default_rng(2).normal(0.5, 1.0, n))


def test_ses_is_the_recursion_at_its_best_coefficient() -> None:
    y = 20 + np.random.default_rng(8).normal(0, 1, 60) + np.repeat([0.0, 3.0, 1.0], 20)

    def end(alpha: float) -> tuple[float, float]:
        """Give the squared errors and the last level, the first level being the best one."""
        effect = (1 - alpha) ** np.arange(60)  # of the first level on the forecasts
        level, fitted = 0.0, []
        for value in y:
            fitted.append(level)
            level += alpha * (value - level)
        errors = y - np.array(fitted)
        first = float(errors @ effect / (effect @ effect))
        rest = errors - first * effect
        return float(rest @ rest), level + first * (1 - alpha) ** 60

    expected = min(end(alpha) for alpha in np.linspace(0.01, 0.99, 981))[1]
    got = smooth(SES, y, 3, 1, ())
    assert_allclose(got.y_hat, np.full(3, expected), rtol=1e-3)


def test_a_straight_line_goes_on() -> None:
    y = 10 + 2 * np.arange(30.0)
    assert_allclose(smooth(HOLT, y, 3, 1, ()).y_hat, [70.0, 72.0, 74.0], rtol=1e-3)
    damped = smooth(DAMPED, y, 30, 1, ()).y_hat
    assert (np.diff(np.diff(damped)) < 0).all()
    assert ((damped > 68) & (damped < 10 + 2 * np.arange(30, 60))).all()


def test_comb_is_the_mean_and_has_no_intervals() -> None:
    y = _wandering()
    each = [smooth(form, y, 6, 1, ()).y_hat for form in FORMS.values()]
    got = comb(y, 6, 1, (95,))
    assert_array_equal(got.y_hat, np.mean(each, axis=0))
    assert got.bounds == {}
    assert not got.fallback


@pytest.mark.parametrize("name", HARD)
def test_hard_series_get_finite_forecasts(name: str) -> None:
    for form in FORMS.values():
        found = smooth(form, HARD[name].copy(), 6, 1, (80, 95))
        assert np.isfinite(found.y_hat).all()
        assert found.y_hat.shape == (6,)
        for lower, upper in found.bounds.values():
            assert np.isfinite([lower, upper]).all()
            assert (lower <= found.y_hat).all()
            assert (found.y_hat <= upper).all()
        assert set(found.bounds) == {80, 95}
    assert np.isfinite(comb(HARD[name].copy(), 6, 1, (95,)).y_hat).all()


def test_a_simpler_form_stands_in_where_a_series_is_short() -> None:
    y = np.array([3.0, 5.0, 4.0, 6.0, 5.0, 7.0, 8.0])
    for form, n_needed in ((SES, 4), (HOLT, 6), (DAMPED, 7)):
        assert not smooth(form, y[:n_needed], 2, 1, ()).fallback
        assert smooth(form, y[: n_needed - 1], 2, 1, ()).fallback
    by_ses = smooth(SES, y[:5], 2, 1, ()).y_hat
    assert_array_equal(smooth(DAMPED, y[:5], 2, 1, ()).y_hat, by_ses)
    assert_array_equal(smooth(SES, y[:3], 2, 1, ()).y_hat, [4.0, 4.0])
    assert comb(y[:5], 2, 1, ()).fallback
    assert not smooth(HOLT, np.full(2, 5.0), 2, 1, ()).fallback  # what Holt would say too


def test_methods_run_on_a_task(tmp_path: Path) -> None:
    data = small_task()
    for form in ("SES", "HOLT", "DAMPED"):
        result = run_form(data, QUIET, Checkpoints(tmp_path / form), form)
        assert result.fallbacks == ("b", "a")
        assert result.n_fallbacks == 2  # three and two observations
        assert result.forecasts["y_hat"].tolist() == [4.0, 4.0, 12.0, 12.0]
        assert result.forecasts[["lo-95", "hi-95"]].notna().to_numpy().all()
    combined = run_comb(data, QUIET, Checkpoints(None)).forecasts
    assert combined["lo-95"].isna().all()


# sMAPE, MASE and OWA of SES, Holt, Damped, Comb and Theta as M4 published them.
PUBLISHED = {
    "m4-hourly": [
        (18.094, 2.385, 0.9901),
        (29.249, 9.356, 2.7488),
        (19.265, 2.956, 1.1411),
        (22.053, 4.582, 1.5564),
        (18.138, 2.455, 1.0059),
    ],
    "m4-weekly": [
        (9.012, 2.685, 0.9753),
        (9.708, 2.420, 0.9656),
        (8.866, 2.404, 0.9167),
        (8.944, 2.432, 0.9260),
        (9.093, 2.637, 0.9711),
    ],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_committed_accuracy_is_the_published_one(name: str) -> None:
    for method, (smape, mase, owa) in zip(RUN, PUBLISHED[name], strict=True):
        scores = read_result(RESULTS / name / f"{method}-0").run.scores
        # The last digit of what was published is a rounded one, and OWA's fourth a ratio of such.
        assert scores.smape == pytest.approx(smape, abs=1.5e-3)
        assert scores.mase == pytest.approx(mase, abs=1.5e-3)
        assert scores.owa == pytest.approx(owa, abs=3e-4)


@pytest.mark.parametrize("method", RUN)
@pytest.mark.parametrize("name", PUBLISHED)
def test_committed_forecasts_come_out_again(
    method: str, name: str, request: pytest.FixtureRequest
) -> None:
    """Those of some series: all would take a minute."""
    # Hourly ships with the package, so this holds on every machine.
    folder = None if name == "m4-hourly" else request.getfixturevalue("competition_data_dir")
    data, kept = load_data(load_task(name), folder), read_result(RESULTS / name / f"{method}-0")
    ids = kept.sample.ids
    some = TaskData(data.task, data.train.loc[ids], data.test.loc[ids])
    found = RUN[method](some, QUIET, Checkpoints(None)).forecasts
    expected = kept.forecasts.set_index(["unique_id", "ds"])
    found = found.set_index(["unique_id", "ds"])[list(expected.columns)]
    pd.testing.assert_frame_equal(found, expected, rtol=1e-6)
