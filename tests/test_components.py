import numpy as np
import pytest

from esrnn.components import smoothed_components
from esrnn.config import preset_config
from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.errors import InputError
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.reference import smooth_reference
from esrnn.panel import Panel
from tests.hybrids import HERE, random_panel

PERIODS = (3, 6)


@pytest.fixture(scope="module")
def panel() -> Panel:
    positive = random_panel(0, [30, 24], missing=0.1)
    signed = random_panel(1, [20], signed=True)
    return Panel.concat([positive, Panel.from_arrays([signed.series(0)], ["signed"])])


@pytest.fixture(scope="module")
def ensemble(panel: Panel) -> Ensemble:
    few = {"n_members": 2, "n_epochs": 1, "hidden_size": 4}
    config = preset_config("monthly", 2, seasonal_periods=PERIODS, **few)
    return fit_ensemble(panel, config, seed=0, options=HERE)


def test_smoothing_with_the_members_mean_parameters(panel: Panel, ensemble: Ensemble) -> None:
    components = smoothed_components(ensemble, panel)
    rows = (ensemble.members[0].smoothing.rows + ensemble.members[1].smoothing.rows) / 2.0
    fit = ensemble.smoothing
    coefficients, s_init, u_init = natural_parameters(rows, fit.unit, fit.additive, PERIODS)
    assert components.additive.tolist() == [False, False, True]
    for i in range(panel.n_series):
        y = panel.series(i)
        expected = smooth_reference(
            y.tolist(), coefficients[i], s_init[i], u_init[i], additive=bool(fit.additive[i])
        )
        one = components.series(i)
        assert one.additive.tolist() == [fit.additive[i]]
        assert one.indptr.tolist() == [0, y.size]
        np.testing.assert_allclose(one.level, expected[0], rtol=1e-10)
        np.testing.assert_allclose(one.coefficients[0], coefficients[i])
        for k, (flat, following, whole) in enumerate(
            zip(one.factors, one.next_season, expected[1:], strict=True)
        ):
            np.testing.assert_allclose(flat, whole, rtol=1e-10)
            np.testing.assert_array_equal(following[0], flat[y.size :])
            np.testing.assert_array_equal(components.next_season[k][i], following[0])
        assert [part.shape for part in one.next_season] == [(1, period) for period in PERIODS]


def test_series_may_have_grown(panel: Panel, ensemble: Ensemble) -> None:
    short = smoothed_components(ensemble, panel.drop_last(3))
    whole = smoothed_components(ensemble, panel)
    for i in range(panel.n_series):
        np.testing.assert_array_equal(short.series(i).level, whole.series(i).level[:-3])


def test_without_a_seasonality_there_is_a_level(panel: Panel) -> None:
    few = {"n_members": 1, "n_epochs": 1, "hidden_size": 4}
    config = preset_config("generic", 2, seasonal_periods=(), **few)
    ensemble = fit_ensemble(panel, config, seed=0, options=HERE)
    one = smoothed_components(ensemble, panel).series(0)
    assert one.factors == one.next_season == one.periods == ()
    assert np.isfinite(one.level).all()


def test_other_series_are_refused(panel: Panel, ensemble: Ensemble) -> None:
    with pytest.raises(InputError, match="holds parameters of 3 series; got a panel of 2"):
        smoothed_components(ensemble, panel.subset([0, 1]))
