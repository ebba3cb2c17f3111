"""The estimator `ESRNN` in sktime's interface.

`estimator` holds the class; `descriptions`, `forecasts`, `updates` and `faults` some methods of it.
`horizon` turns sktime's forecasting horizons into steps ahead; `saving` and `loading` write and
read model directories.
"""

from esrnn.estimator.estimator import ESRNN
from esrnn.estimator.loading import load_model

__all__ = ["ESRNN", "load_model"]
