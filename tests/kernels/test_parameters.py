"""What a row of parameters stands for, by hand."""

import numpy as np
from numpy.testing import assert_allclose

from esrnn.kernels.parameters import natural_parameters


def test_natural_parameters_by_hand() -> None:
    rows = np.array([[0.0, 0.0, np.log(3.0), 0.5, -0.5, 2.0], [0.0, 0.0, 0.0, 0.5, -0.5, 2.0]])
    coefficients, s, u = natural_parameters(
        rows, np.array([1.0, 10.0]), np.array([False, True]), (2, 1)
    )
    assert_allclose(coefficients, [[0.5, 0.5, 0.75], [0.5, 0.5, 0.5]])
    assert_allclose(s, [np.exp([0.5, -0.5]), [5.0, -5.0]])
    assert_allclose(u, [[np.exp(2.0)], [20.0]])


def test_factors_that_would_overflow_stay_finite() -> None:
    rows = np.array([[0.0, 0.0, 0.0, 1e4]])
    _, s, _ = natural_parameters(rows, np.ones(1), np.array([False]), (1,))
    assert np.isfinite(s).all()
