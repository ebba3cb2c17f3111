"""The estimator `ESRNN` in sktime's interface.

`estimator` holds the class, `horizon` turns sktime's forecasting horizons into steps ahead.
"""

from esrnn.estimator.estimator import ESRNN

__all__ = ["ESRNN"]
