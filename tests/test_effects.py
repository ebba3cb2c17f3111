"""Linear effects of known columns: found, shrunk, taken out and put back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import SmoothingConfig
from esrnn.effects import Effects, estimate_effects
from esrnn.kernels.innovations import innovations
from esrnn.panel import Covariates, Panel
from esrnn.smoothing import fit_smoothing

H = 3


def example(
    betas: list[float], n: int = 80, signed: bool = False, seed: int = 0
) -> tuple[Panel, Covariates, np.ndarray]:
    """Return series on random walks, lifted by a column of their own."""
    rng = np.random.default_rng(seed)
    columns, series = [], []
    for beta in betas:
        x = rng.normal(size=n + H)
        walk = np.cumsum(0.02 * rng.normal(size=n)) + 0.01 * rng.normal(size=n)
        series.append(10.0 * (walk + beta * x[:n]) if signed else 50 * np.exp(walk + beta * x[:n]))
        columns.append(x)
    known = np.concatenate(columns).astype(np.float32)[:, None]
    indptr = np.arange(len(betas) + 1) * (n + H)
    static = np.empty((len(betas), 0), dtype=np.float32)
    return Panel.from_arrays(series), Covariates(static, known, indptr, H), np.array(betas)


@pytest.mark.parametrize("signed", [False, True])
def test_every_series_gets_its_own_effect(signed: bool) -> None:
    panel, covariates, betas = example([0.3, 0.1, -0.2, 0.0, 0.25, 0.05] * 2, signed=signed)
    additive = np.full(12, signed)
    effects = estimate_effects(panel, covariates, SmoothingConfig(), additive)
    assert_allclose(
        effects.coefficients[:, 0], (10.0 if signed else 1.0) * betas, atol=0.3 if signed else 0.03
    )


def test_series_that_say_little_look_like_the_panel() -> None:
    long, covariates, _ = example([0.3, 0.28, 0.32, 0.3, 0.29, 0.31] * 3)
    learnt = estimate_effects(long, covariates, SmoothingConfig(), np.zeros(18, dtype=np.bool_))
    assert learnt.prior.mean[0, 0] == pytest.approx(0.3, abs=0.02)
    short, known, _ = example([0.0], n=3, seed=5)
    new = estimate_effects(
        short, known, SmoothingConfig(), np.zeros(1, dtype=np.bool_), learnt.prior
    )
    assert new.coefficients[0, 0] > 0.2
    alone = estimate_effects(short, known, SmoothingConfig(), np.zeros(1, dtype=np.bool_))
    assert abs(alone.coefficients[0, 0]) < 0.2


def test_a_form_that_was_not_there_has_a_vague_prior() -> None:
    positive, covariates, _ = example([0.3] * 6)
    learnt = estimate_effects(positive, covariates, SmoothingConfig(), np.zeros(6, dtype=np.bool_))
    signed, known, _ = example([0.3] * 2, signed=True, seed=3)
    new = estimate_effects(
        signed, known, SmoothingConfig(), np.ones(2, dtype=np.bool_), learnt.prior
    )
    assert_allclose(new.coefficients[:, 0], 3.0, atol=0.3)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("learnt_signed", [False, True])
def test_with_priors_given_a_series_has_the_same_effects_in_any_company(
    signed: bool, learnt_signed: bool
) -> None:
    config = SmoothingConfig((4,))
    panel, covariates, _ = example([0.3, 0.1, -0.2, 0.2, 0.0, 0.4], signed=learnt_signed)
    forms = np.full(6, learnt_signed)
    learnt = estimate_effects(panel, covariates, config, forms).prior
    smoothing_prior = fit_smoothing(panel, config, forms).prior
    new, known, _ = example([0.9, -0.5, 0.1, 0.0, 0.3, 0.2], n=15, signed=signed, seed=4)

    def coefficients(which: list[int]) -> np.ndarray:
        some = np.array(which)
        return estimate_effects(
            new.subset(some), known.subset(some), config, np.full(some.size, signed), learnt,
            smoothing_prior,
        ).coefficients  # fmt: skip

    together = coefficients([0, 1, 2, 3, 4, 5])
    assert np.isfinite(together).all()
    for which in ([3], [5, 0], [4, 3, 2, 1, 0]):
        assert_array_equal(coefficients(which), together[which])


def test_a_column_without_effect_gets_none() -> None:
    panel, covariates, _ = example([0.0] * 12)
    effects = estimate_effects(panel, covariates, SmoothingConfig(), np.zeros(12, dtype=np.bool_))
    assert np.abs(effects.coefficients).max() < 0.02


@pytest.mark.parametrize(
    "series", [[3.0], [5.0, 5.0, 5.0, 5.0], [1.0, np.nan, np.nan, 2.0], [1e30, 1e-30, 1e30, 1.0]]
)
@pytest.mark.parametrize("form", [False, True])
def test_hostile_series_give_finite_effects(series: list[float], form: bool) -> None:
    x = np.random.default_rng(0).normal(size=(len(series) + H, 2)).astype(np.float32)
    x[:, 1] = 0.0  # a column that says nothing
    static = np.empty((1, 0), dtype=np.float32)
    known = Covariates(static, x, np.array([0, len(series) + H]), H)
    effects = estimate_effects(
        Panel.from_arrays([series]), known, SmoothingConfig(), np.array([form])
    )
    assert np.isfinite(effects.coefficients).all()
    assert np.isfinite(effects.ahead(known, np.array([[1, 2, 3]]))).all()


@given(seed=st.integers(0, 50), signed=st.booleans())
def test_what_is_taken_out_is_put_back(seed: int, signed: bool) -> None:
    panel, covariates, betas = example([0.4, -0.3], n=12, signed=signed, seed=seed)
    additive = np.full(2, signed)
    prior = estimate_effects(panel, covariates, SmoothingConfig(), additive).prior
    effects = Effects(betas[:, None], additive, prior)
    # Hold the last horizon back: what is restored there is what was removed.
    clean = effects.remove(panel, covariates)
    ends = covariates.cut(panel.lengths - H)
    last = clean.last(H).values.reshape(2, H)
    assert_allclose(effects.restore(last, ends), panel.last(H).values.reshape(2, H))


def test_nothing_at_an_origin_depends_on_later_columns() -> None:
    panel, covariates, _ = example([0.4, -0.3])
    effects = estimate_effects(panel, covariates, SmoothingConfig(), np.zeros(2, dtype=np.bool_))
    later = np.array(covariates.future)
    later[79 + H] += 5.0  # the last step after the first series
    changed = Covariates(covariates.static, later, covariates.indptr, H)
    assert_allclose(effects.remove(panel, changed).values, effects.remove(panel, covariates).values)
    before, after = (effects.ahead(c, np.array([[1, 2, 3]] * 2)) for c in (covariates, changed))
    assert_allclose(after[:, :2], before[:, :2])
    assert after[0, 2] != before[0, 2]


def test_innovations_are_the_errors_of_smoothing_the_column() -> None:
    rng = np.random.default_rng(0)
    y, x = np.array([1.0, 2.0, np.nan, 3.0, 4.0]), rng.normal(size=(5, 2)).astype(np.float32)
    out = innovations(y, np.array([0, 5]), x, np.array([0]), np.array([0.3]))
    state = x[0].astype(float)
    for t in range(5):
        assert_allclose(out[t], x[t] - state)
        if np.isfinite(y[t]):
            state = state + 0.3 * (x[t] - state)
