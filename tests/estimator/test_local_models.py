"""`ESRNN` with forecasts of each series by itself beside those of the networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from esrnn import ESRNN, load_model
from esrnn.errors import InputTypeError
from esrnn.local_models import forecast_locally
from tests.estimator.frames import months, panel_of, small, wave

PANEL = panel_of({"b": wave(40), "a": wave(34, 7.0, seed=1)}, months(40))
LEVELS = [0.025, 0.5, 0.975]


def mixed(weight: float = 0.25, **parameters: object) -> ESRNN:
    own = {"horizon": 3, "n_epochs": 2, "local_models": {"theta": weight}}
    return small(**{**own, **parameters})


def test_forecasts_are_mixed_and_saved(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plain = small(horizon=3, n_epochs=2).fit(PANEL).predict().to_numpy().reshape(2, 3)
    forecaster = mixed(verbose=1).fit(PANEL)
    assert "1 members, theta 0.25, " in capfd.readouterr().out
    local = forecast_locally(forecaster._fitted.framed.panel, 3, "theta", 12).mean
    expected = 0.75 * plain + 0.25 * local
    assert_allclose(forecaster.predict().to_numpy().ravel(), expected.ravel(), rtol=1e-6)
    quantiles = forecaster.predict_quantiles(alpha=LEVELS)
    assert (np.diff(quantiles.to_numpy(), axis=1) > 0.0).all()
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.get_params()["local_models"] == {"theta": 0.25}
    pd.testing.assert_frame_equal(
        loaded.predict_quantiles(alpha=LEVELS), quantiles, check_exact=True
    )


def test_they_follow_updates_and_new_series() -> None:
    cut = PANEL.index.get_level_values(1) < months(40)[30]
    forecaster = mixed(0.9).pretrain(PANEL[cut]).fit(PANEL[cut])
    before = forecaster.predict(fh=[1, 5])
    after = forecaster.update(PANEL[~cut], update_params=False).predict(fh=[1, 5])
    assert np.isfinite(before.to_numpy()).all()
    local = forecast_locally(forecaster._fitted.framed.panel, 3, "theta", 12).mean
    first = after.to_numpy().reshape(2, 2)[:, 0]
    assert (np.abs(first / local[:, 0] - 1.0) < 0.1).all()


def test_they_know_effects_of_columns() -> None:
    """Theta sees no columns, but series without their effects."""
    t = np.arange(46)
    promo = (t % 7 == 3).astype(float)
    y = panel_of({k: (100.0 + k) * np.exp(promo[:40]) for k in range(4)}, months(40))
    index = pd.MultiIndex.from_product([range(4), months(46)], names=y.index.names)
    X = pd.DataFrame({"promo": np.tile(promo, 4)}, index=index)
    forecaster = mixed(0.99, horizon=6, seasonal_periods=()).fit(y, X=X.loc[y.index])
    forecast = forecaster.predict(fh=range(1, 7), X=X).to_numpy().reshape(4, 6)
    raised = forecast[:, promo[40:] == 1.0] / forecast[:, promo[40:] == 0.0].mean()
    assert promo[40:].sum() == 1.0
    assert (raised > 2.0).all()


def test_what_is_no_dict_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"weights by name, such as .* Pass a dict"):
        mixed(local_models=["theta"]).fit(PANEL)
