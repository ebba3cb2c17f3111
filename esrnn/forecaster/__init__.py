"""The estimator `ESRNN`, and how it reads its arguments.

`estimator` holds the class, `settings` turns its parameters and the data's frequency into a config,
`horizon` a forecasting horizon into steps ahead. Everything else is done below.
"""

from esrnn.forecaster.estimator import ESRNN

__all__ = ["ESRNN"]
