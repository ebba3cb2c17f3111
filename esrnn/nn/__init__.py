"""The network: layers, dilated stack, quantile head, effects of covariates.

Plain torch modules over time-major tensors (W, B, features); nothing here knows of smoothing,
series or losses. `layers` is where a new kind of layer goes, `stack` puts layers into residual
blocks, `heads` turns hidden states into quantiles, `future_covariates` adds the effect of future
covariates to them, `network` is the whole.
"""

from esrnn.nn.network import DilatedNetwork

__all__ = ["DilatedNetwork"]
