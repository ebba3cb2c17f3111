"""ETS with automatic choice: candidates, the choice, its intervals, hard series."""

import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from competitions.methods import Checkpoints, Settings
from competitions.methods.ets import by_statsmodels, candidates, run_ets
from esrnn.errors import InputError
from esrnn.metrics import naive2
from tests.competitions.tasks import small_task

from .hard_series import HARD

SEASON = np.array([1.0, 2.0, 4.0, 3.0])
NAMES = {"ANN", "AAN", "AAdN", "MNN", "MAN", "MAdN"}
ADDITIVE = {"ANA", "AAA", "AAdA"}
MULTIPLICATIVE = {"MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM"}


def test_candidates_are_those_of_r() -> None:
    def names(y: np.ndarray, period: int) -> set[str]:
        found = [ETSModel(np.tile(y, 2), **form).short_name for form in candidates(y, period)]
        assert len(found) == len(set(found))
        return set(found)

    y = np.arange(1.0, 50.0)
    assert names(y, 1) == NAMES
    assert names(y, 4) == NAMES | ADDITIVE | MULTIPLICATIVE
    assert names(y, 24) == names(y, 4)
    assert names(y, 25) == NAMES  # R forgoes seasons of more than 24 steps
    assert names(y - 1, 4) == {"ANN", "AAN", "AAdN"} | ADDITIVE


def test_a_multiplicative_season_with_a_trend_is_recognised() -> None:
    rng = np.random.default_rng(3)
    y = (50 + np.arange(40)) * np.tile(SEASON, 10) * rng.uniform(0.99, 1.01, 40)
    found = _quiet(y, 8, 4, (95,))
    assert_allclose(found.y_hat, (90 + np.arange(8)) * np.tile(SEASON, 2), rtol=0.03)
    lower, upper = found.bounds[95]
    assert ((lower < found.y_hat) & (found.y_hat < upper)).all()
    assert not found.fallback


def test_the_form_with_the_least_criterion_is_taken() -> None:
    y = 20 + np.random.default_rng(8).normal(0, 1, 60)
    fits = [ETSModel(y, **form).fit(disp=False) for form in candidates(y, 1)]
    best = min(fits, key=lambda fit: fit.aicc)
    assert_allclose(_quiet(y, 3, 1, ()).y_hat, best.forecast(3))


def test_simulated_intervals_repeat_themselves() -> None:
    y = 20 * np.random.default_rng(8).lognormal(0.02 * np.arange(30), 0.1)
    one, other = (_quiet(y, 3, 1, (95,)).bounds[95] for _ in range(2))
    assert_array_equal(one, other)


def _quiet(y: np.ndarray, horizon: int, period: int, levels: tuple[int, ...]):  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return by_statsmodels(y, horizon, period, levels)


@pytest.mark.parametrize(
    ("name", "period"), [*((name, 1) for name in HARD), ("negative", 4), ("five values", 4)]
)
def test_hard_series_get_finite_forecasts(name: str, period: int) -> None:
    found = _quiet(HARD[name].copy(), 6, period, (80, 95))
    assert np.isfinite(found.y_hat).all()
    assert set(found.bounds) == {80, 95}
    for lower, upper in found.bounds.values():
        assert np.isfinite([lower, upper]).all()
        assert (lower <= upper).all()


def test_what_no_candidate_fits_gets_naive2_and_says_so() -> None:
    for n in (1, 2, 3):
        y = np.array([7.0, 9.0, 8.0])[:n]
        found = _quiet(y, 2, 4, (95,))
        assert found.fallback == (n > 1)  # a single value is a constant
        assert_array_equal(found.y_hat, naive2(y, 2, 4))
    assert not _quiet(np.full(9, 5.0), 2, 4, ()).fallback


def test_it_runs_on_a_task() -> None:
    settings = Settings(n_jobs=1, quiet=True, engine="statsmodels")
    result = run_ets(small_task(), settings, Checkpoints(None))
    assert result.n_fallbacks == 2
    assert result.forecasts["y_hat"].tolist() == [4.0, 4.0, 12.0, 12.0]
    assert result.forecasts[["lo-95", "hi-95"]].notna().to_numpy().all()


def test_an_engine_that_is_not_installed_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "statsforecast", None)  # as if it were not installed
    with pytest.raises(InputError, match="statsforecast, which is not installed"):
        run_ets(small_task(), Settings(n_jobs=1), Checkpoints(None))
