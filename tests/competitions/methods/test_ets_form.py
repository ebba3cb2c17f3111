"""The forms of exponential smoothing and their starting points."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from competitions.methods.ets_form import Form, start_point
from esrnn.errors import InputError

ALL = [
    Form(),
    Form(trend=True),
    Form(trend=True, damped=True),
    Form(season="A", period=4),
    Form("M", trend=True, damped=True, season="M", period=4),
]
SEASON = np.array([1.0, 2.0, 4.0, 3.0])


def test_names() -> None:
    assert [form.name for form in ALL] == ["ANN", "AAN", "AAdN", "ANA", "MAdM"]


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_a_point_holds_statsmodels_parameters_in_their_order(form: Form) -> None:
    y = np.tile(SEASON, 8)
    model = ETSModel(
        y,
        error={"A": "add", "M": "mul"}[form.error],
        trend="add" if form.trend else None,
        damped_trend=form.damped,
        seasonal={"N": None, "A": "add", "M": "mul"}[form.season],
        seasonal_periods=form.period if form.season != "N" else None,
    )
    point = start_point(y, form, 0.2)
    assert len(point) == form.n_coefficients + form.n_states
    named = dict(zip(model.param_names, form.complete(point), strict=True))
    alpha, beta, gamma, phi = form.coefficients(point)
    assert named["smoothing_level"] == alpha
    assert named.get("smoothing_trend", 0.0) == beta
    assert named.get("smoothing_seasonal", 0.0) == gamma
    assert named.get("damping_trend", 1.0) == phi
    if form.season != "N":
        # statsmodels counts backwards from the first observation, which has the index of a 1
        latest_first = [named[f"initial_seasonal.{k}"] for k in range(4)]
        expected = SEASON[::-1] / 2.5 if form.season == "M" else SEASON[::-1] - 2.5
        assert_allclose(latest_first, expected, atol=1e-12)
        assert_allclose(named["initial_level"], 2.5)


def test_coefficients_start_where_r_has_them() -> None:
    y = np.random.default_rng(0).uniform(5, 6, 48)
    damped = start_point(y, Form(trend=True, damped=True), 0.5)
    assert_allclose(damped[:3], [0.5, 0.05009, 0.9782], rtol=1e-6)
    seasonal = start_point(y, Form(trend=True, season="A", period=4), 0.2)
    assert_allclose(seasonal[:3], [0.05009, 0.005099, 0.0475905], rtol=1e-6)


def test_states_start_from_the_first_ten_observations() -> None:
    y = np.concatenate([3 + 2 * np.arange(1.0, 11.0), np.full(20, -50.0)])
    assert start_point(y, Form(), 0.5)[-1] == 14.0
    assert_allclose(start_point(y, Form(trend=True), 0.5)[-2:], [3.0, 2.0])
    # A line through zero at the first observation would make its relative error infinite.
    level, slope = start_point(np.arange(20.0), Form(trend=True), 0.5)[-2:]
    assert level + slope != 0


def test_bounds() -> None:
    form = Form("M", trend=True, damped=True, season="M", period=4)
    good = form.complete(start_point(np.tile(SEASON, 8), form, 0.2))
    assert form.allows(good)
    for place, value in (
        (0, 0.99995),  # alpha above
        (0, 0.001),  # alpha below beta
        (1, 0.0),  # beta below
        (2, 0.97),  # gamma above 1 - alpha
        (3, 0.79),  # phi below
        (3, 0.99),  # phi above
        (-1, -0.1),  # an index below zero
    ):
        bad = good.copy()
        bad[place] = value
        assert not form.allows(bad), (place, value)


@pytest.mark.parametrize("period", [2, 4, 12, 24])
@pytest.mark.parametrize("trend", [False, True])
def test_past_observations_must_lose_their_influence(period: int, trend: bool) -> None:
    """A form is stable if the eigenvalues of what an error-free step does are within the circle."""
    form = Form(trend=trend, damped=trend, season="A", period=period)
    rng = np.random.default_rng(period)
    n_allowed = 0
    for _ in range(60):
        alpha = rng.uniform(0.01, 0.99)
        beta, phi = rng.uniform(1e-4, alpha), rng.uniform(0.8, 0.98)
        gamma = rng.uniform(1e-4, 1 - alpha)
        point = np.array([alpha, *[beta] * trend, gamma, *[phi] * trend, 5.0, *[3.0] * trend])
        point = np.concatenate([point, np.zeros(period)])
        # States: level, slope, m indices; one step forecasts their sum and corrects them by it.
        step = np.zeros((period + 2, period + 2))
        step[0, :2], step[1, 1], step[2, -1] = (1, phi * trend), phi * trend, 1
        step[3:, 2:-1] = np.eye(period - 1)
        seen = np.concatenate([[1, phi * trend], np.zeros(period - 1), [1]])
        # R has beta where a damped trend's polynomial would have beta phi.
        gains = np.concatenate([[alpha, beta / phi * trend, gamma], np.zeros(period - 1)])
        sizes = np.sort(np.abs(np.linalg.eigvals(step - np.outer(gains, seen))))
        # One is 1: the level can be shifted against all indices without any effect.
        assert sizes[np.abs(sizes - 1).argmin()] == pytest.approx(1)
        others = np.delete(sizes, np.abs(sizes - 1).argmin())
        assert form.allows(point) == (others.max() < 1)
        n_allowed += form.allows(point)
    assert (n_allowed == 60) == (not trend or period < 12)
    assert n_allowed > 0


def test_indices_are_centred() -> None:
    for season, total in (("A", 0.0), ("M", 4.0)):
        form = Form("M", season=season, period=4)  # type: ignore[arg-type]
        full = form.complete(np.array([0.1, 0.1, 5.0, 0.2, 0.3, 0.4]))
        assert full[-4:].sum() == pytest.approx(total)


@pytest.mark.parametrize(
    ("components", "message"),
    [
        ({"damped": True}, "needs a trend"),
        ({"season": "A"}, "needs a period"),
        ({"period": 4}, "needs a period"),
        ({"season": "M", "period": 4}, "needs a multiplicative error"),
    ],
)
def test_what_does_not_go_together_is_refused(components: dict, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(InputError, match=message):
        Form(**components)
