r"""How the errors of the steps of a horizon go together.

Quantiles say how far off each step may be, not whether all steps of a horizon are off together. For
sums over a lead time that decides. Errors of past horizons are ranked at each step and turned into
normal scores, whose correlations make a Gaussian copula. Where few horizons are known, they are
mixed with those of a random walk, :math:`\sqrt{i / j}` for steps :math:`i \le j`.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.forms import to_form

__all__ = ["error_correlation", "standardised_errors", "uniform_paths"]

# The normal distribution function, to 1e-6 between these points.
_NORMAL = np.linspace(-6.0, 6.0, 4001)
_PROBABILITIES = np.array([NormalDist().cdf(value) for value in _NORMAL])
_USUAL_HORIZONS = 20.0  # that count as much as the random walk


def standardised_errors(
    actual: FloatArray, quantiles: FloatArray, additive: BoolArray
) -> FloatArray:
    """Return errors in units of the distance between the outermost quantiles.

    Parameters
    ----------
    actual : ndarray of shape (K, H), float64
        NaN where missing.
    quantiles : ndarray of shape (Q, K, H), float64
    additive : ndarray of shape (K,), bool
        Errors are of logarithms where this is False.

    Returns
    -------
    ndarray of shape (K, H), float64
        NaN where missing, or where the quantiles are all the same.
    """
    y, q = (to_form(values, additive[:, None]) for values in (actual, quantiles))
    width = q[-1] - q[0]
    error = y - q[q.shape[0] // 2]
    errors: FloatArray = np.divide(error, width, out=np.full(y.shape, np.nan), where=width > 0.0)
    return errors


def error_correlation(errors: FloatArray | None, horizon: int) -> FloatArray:
    """Return the correlations of normal scores of the errors at the steps of a horizon.

    Parameters
    ----------
    errors : ndarray of shape (K, H), float64, or None
        `standardised_errors` of K past horizons; None where none is known.
    horizon : int
        Steps ahead. Those after H are forecast from the end of the first H: their errors are the
        last error of the block before, and errors of their own, as `esrnn.quantiles.recursive`
        takes them.

    Returns
    -------
    ndarray of shape (horizon, horizon), float64
        Positive semi-definite, with ones on the diagonal.

    Examples
    --------
    >>> error_correlation(None, 3).round(2)
    array([[1.  , 0.71, 0.58],
           [0.71, 1.  , 0.82],
           [0.58, 0.82, 1.  ]])
    """
    if errors is None:
        return _random_walk(horizon)
    block = errors.shape[1]
    own, n = _rank_correlation(errors)
    share = n / (n + _USUAL_HORIZONS)
    within = _nearest(share * own + (1.0 - share) * _random_walk(block))
    return within[:horizon, :horizon] if horizon <= block else _in_blocks(within, horizon)


def uniform_paths(
    correlation: FloatArray, n_paths: int, n_series: int, rng: np.random.Generator
) -> FloatArray:
    """Draw paths of probabilities, uniform at each step.

    Parameters
    ----------
    correlation : ndarray of shape (H, H), float64
    n_paths, n_series : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_paths, n_series, H), float64
        In (0, 1).
    """
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = rng.standard_normal((n_paths, n_series, correlation.shape[0])) @ root.T
    probabilities: FloatArray = np.interp(normal, _NORMAL, _PROBABILITIES)
    return probabilities


def _rank_correlation(errors: FloatArray) -> tuple[FloatArray, float]:
    """Return correlations of normal scores, and how many horizons each is of at least."""
    scores = np.zeros(errors.shape)
    seen = ~np.isnan(errors)
    for k, (step, own) in enumerate(zip(errors.T, seen.T, strict=True)):
        ranks = (_average_ranks(step[own]) - 0.5) / max(own.sum(), 1)
        scores[own, k] = [NormalDist().inv_cdf(rank) for rank in ranks]
    sizes = np.sqrt((scores**2).T @ seen * (seen.T @ scores**2))
    products = scores.T @ scores
    found: FloatArray = np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0.0)
    n = (seen.astype(np.float64).T @ seen).min()
    return found, float(n)


def _average_ranks(values: FloatArray) -> FloatArray:
    """Return ranks from 1, equal values sharing theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: FloatArray = (last - (counts - 1) / 2.0)[place]
    return ranks


def _random_walk(horizon: int) -> FloatArray:
    """Return the correlations of the steps of a random walk."""
    steps = np.arange(1.0, horizon + 1.0)
    walk: FloatArray = np.sqrt(np.minimum.outer(steps, steps) / np.maximum.outer(steps, steps))
    return walk


def _nearest(matrix: FloatArray) -> FloatArray:
    """Return the matrix without negative eigenvalues, with ones on the diagonal."""
    np.fill_diagonal(matrix, 1.0)
    values, vectors = np.linalg.eigh(matrix)
    positive = (vectors * np.maximum(values, 1e-9)) @ vectors.T
    size = np.sqrt(np.diag(positive))
    nearest: FloatArray = positive / np.outer(size, size)
    return nearest


def _in_blocks(within: FloatArray, horizon: int) -> FloatArray:
    """Continue correlations over further blocks, each of which begins at the end of the last."""
    block = within.shape[0]
    n_blocks = -(-horizon // block)
    steps = np.arange(n_blocks * block)
    mix = np.zeros((steps.size, steps.size))
    mix[steps, steps] = np.sqrt(1.0 + steps % block)
    for end in range(block - 1, (n_blocks - 1) * block, block):
        mix[end + 1 :, end] = np.sqrt(block)
    whole = mix @ np.kron(np.eye(n_blocks), within) @ mix.T
    size = np.sqrt(np.diag(whole))
    continued: FloatArray = whole / np.outer(size, size)
    return continued[:horizon, :horizon]
