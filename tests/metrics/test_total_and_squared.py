"""Bias, weighted quantile loss and RMSSE against plain loops."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from esrnn.errors import InputError
from esrnn.metrics import bias, pinball, rmsse, seasonal_scale, weighted_quantile_loss

RNG = np.random.default_rng(0)
Y = np.where(RNG.random((5, 7)) < 0.2, np.nan, RNG.normal(2.0, 3.0, (5, 7)))
Y_HAT = RNG.normal(2.0, 3.0, (5, 7))
LEVELS = [0.1, 0.5, 0.9]
QUANTILES = np.sort(RNG.normal(2.0, 3.0, (5, 7, 3)), axis=2)


def test_they_are_loops() -> None:
    error = size = loss = 0.0
    for row, forecast, quantiles in zip(Y, Y_HAT, QUANTILES, strict=True):
        for y, y_hat, some in zip(row, forecast, quantiles, strict=True):
            if np.isnan(y):
                continue
            error, size = error + y_hat - y, size + abs(y)
            for q, level in zip(some, LEVELS, strict=True):
                loss += 2.0 * (level * (y - q) if y > q else (1.0 - level) * (q - y)) / 3
    assert bias(Y, Y_HAT) == pytest.approx(error / size)
    assert weighted_quantile_loss(Y, QUANTILES, quantile_level=LEVELS) == pytest.approx(loss / size)


def test_each_series_is_a_panel_of_its_own() -> None:
    many = bias(Y, Y_HAT, per_series=True)
    assert_allclose(many, [bias(y, y_hat) for y, y_hat in zip(Y, Y_HAT, strict=True)])
    losses = weighted_quantile_loss(Y, QUANTILES, quantile_level=LEVELS, per_series=True)
    pairs = zip(Y, QUANTILES, strict=True)
    assert_allclose(losses, [weighted_quantile_loss(y, q, quantile_level=LEVELS) for y, q in pairs])
    sizes = np.nanmean(np.abs(Y), axis=1)
    pinballs = pinball(Y, QUANTILES, quantile_level=LEVELS, per_series=True)
    assert_allclose(losses, 2.0 * pinballs / sizes)


def test_the_median_alone_gives_wape() -> None:
    seen = ~np.isnan(Y)
    wape = np.abs(Y - Y_HAT)[seen].sum() / np.abs(Y)[seen].sum()
    assert weighted_quantile_loss(Y, Y_HAT, quantile_level=0.5) == pytest.approx(wape)


def test_rmsse() -> None:
    history = RNG.normal(size=40)
    scale = seasonal_scale(history, 4, squared=True)
    assert scale[0] == pytest.approx(np.sqrt(np.mean((history[4:] - history[:-4]) ** 2)))
    y, y_hat = RNG.normal(size=6), RNG.normal(size=6)
    expected = np.sqrt(np.mean((y - y_hat) ** 2)) / scale[0]
    assert rmsse(y, y_hat, scale=scale) == pytest.approx(expected)
    assert np.isnan(rmsse(y, y_hat, scale=0.0, per_series=True)).all()
    gaps = np.append(y, np.nan)
    assert rmsse(gaps, np.append(y_hat, 9.0), scale=scale) == pytest.approx(expected)


def test_what_is_not_defined_and_what_is_refused() -> None:
    zeros = np.zeros((2, 3))
    assert np.isnan(bias(zeros, zeros, per_series=True)).all()
    for measure in (bias, lambda y, q: weighted_quantile_loss(y, q, quantile_level=0.5)):
        with pytest.raises(InputError, match="all observations are 0 or missing"):
            measure(zeros, zeros)
        with pytest.raises(InputError, match="finite"):
            measure(zeros, np.full((2, 3), np.nan))
    with pytest.raises(InputError, match="in \\(0, 1\\)"):
        weighted_quantile_loss(Y, Y_HAT, quantile_level=1.0)
    with pytest.raises(InputError, match="y_hat must have the shape"):
        weighted_quantile_loss(Y, Y_HAT, quantile_level=LEVELS)
