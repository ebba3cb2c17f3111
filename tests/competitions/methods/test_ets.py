"""ETS with automatic choice: candidates, R's accuracy series by series, hard series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.ets import by_statsforecast, by_statsmodels, candidates, run_ets
from competitions.methods.ets_fit import R_OF_TODAY, fit_ets
from competitions.methods.parts import Parts
from competitions.task import load_data, load_task
from esrnn.errors import InputError
from esrnn.metrics import naive2, smape
from tests.competitions.tasks import small_task

from .hard_series import HARD

SEASON = np.array([1.0, 2.0, 4.0, 3.0])
NAMES = {"ANN", "AAN", "AAdN", "MNN", "MAN", "MAdN"}
ADDITIVE = {"ANA", "AAA", "AAdA"}
MULTIPLICATIVE = {"MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM"}


def test_candidates_are_those_of_r() -> None:
    def names(y: np.ndarray, period: int) -> set[str]:
        found = [form.name for form in candidates(y, period)]
        assert len(found) == len(set(found))
        return set(found)

    y = np.arange(1.0, 50.0)
    assert names(y, 1) == NAMES
    assert names(y, 4) == NAMES | ADDITIVE | MULTIPLICATIVE
    assert names(y, 24) == names(y, 4)
    assert names(y, 25) == NAMES  # R forgoes seasons of more than 24 steps
    assert names(y - 1, 4) == {"ANN", "AAN", "AAdN"} | ADDITIVE


def test_the_form_with_the_least_criterion_is_taken() -> None:
    rng = np.random.default_rng(3)
    y = (50 + np.arange(40)) * np.tile(SEASON, 10) * rng.uniform(0.99, 1.01, 40)
    fits = [fit for form in candidates(y, 4) if (fit := fit_ets(y, form, R_OF_TODAY))]
    best = min(fits, key=lambda fit: fit.aicc)
    assert best.form.name.startswith("MA")
    assert best.form.season == "M"
    found = by_statsmodels(y, 8, 4, (95,))
    assert_array_equal(found.y_hat, best.forecast(8))
    assert_array_equal(found.bounds[95], best.bounds(8, (95,))[95])
    assert_allclose(found.y_hat, (90 + np.arange(8)) * np.tile(SEASON, 2), rtol=0.02)
    assert not found.fallback


@pytest.mark.parametrize("forecast", [by_statsmodels, by_statsforecast])
@pytest.mark.parametrize("name", HARD)
def test_hard_series_get_finite_forecasts(name: str, forecast) -> None:  # type: ignore[no-untyped-def]
    if forecast is by_statsforecast:
        pytest.importorskip("statsforecast")
    for period in (1, 4):
        found = forecast(HARD[name].copy(), 6, period, (80, 95))
        assert np.isfinite(found.y_hat).all()
        assert set(found.bounds) == {80, 95}
        for lower, upper in found.bounds.values():
            assert np.isfinite([lower, upper]).all()
            assert (lower <= upper).all()


def test_what_no_candidate_fits_gets_naive2_and_says_so() -> None:
    for n in (1, 2, 3):
        y = np.array([7.0, 9.0, 8.0])[:n]
        found = by_statsmodels(y, 2, 4, (95,))
        assert found.fallback == (n > 1)  # a single value is a constant
        assert_array_equal(found.y_hat, naive2(y, 2, 4))
    assert not by_statsmodels(np.array([7.0, 9.0, 8.0, 9.0, 7.0]), 2, 4, (95,)).fallback
    assert not by_statsmodels(np.full(9, 5.0), 2, 4, ()).fallback


def test_it_runs_on_a_task() -> None:
    result = run_ets(small_task(), Settings(n_jobs=1, quiet=True), Parts(None))
    assert result.n_fallbacks == 2
    assert result.forecasts["y_hat"].tolist() == [4.0, 4.0, 12.0, 12.0]
    assert result.forecasts[["lo-95", "hi-95"]].notna().to_numpy().all()


def test_an_engine_that_is_not_installed_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "statsforecast", None)  # as if it were not installed
    with pytest.raises(InputError, match="statsforecast, which is not installed"):
        run_ets(small_task(), Settings(n_jobs=1, engine="statsforecast"), Parts(None))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "n_series", "n_alike"),
    # With multiplicative seasonality statsmodels' recursion is a little different from R's.
    [("yearly", 100, 100), ("quarterly", 12, 9)],
)
def test_each_series_has_the_accuracy_that_it_has_by_r(
    group: str, n_series: int, n_alike: int, competition_data_dir: Path
) -> None:
    data = load_data(load_task(f"m4-{group}-1000"), competition_data_dir)
    table = pd.read_parquet(competition_data_dir / "m4" / "r_accuracy.parquet")
    by_r = table[table["method"] == "ets"].set_index(["group", "unique_id"])["smape"][group]
    y_hat = np.stack(
        [
            by_statsmodels(
                data.values[a:b].copy(), data.task.horizon, data.task.seasonal_period, ()
            ).y_hat
            for a, b in zip(data.indptr[:n_series], data.indptr[1 : n_series + 1], strict=True)
        ]
    )
    ours = smape(data.actual[:n_series], y_hat, per_series=True)
    theirs = by_r[data.ids[:n_series]].to_numpy()
    assert (np.abs(ours - theirs) < 1e-3).sum() >= n_alike
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.02)
