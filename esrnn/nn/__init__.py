"""The recurrent network: cells, dilated stack, quantile head, effects of covariates.

Plain torch modules over time-major tensors (W, B, features); nothing here knows of smoothing,
series or losses. `cells` is where a new cell goes, `stack` puts dilated cells into residual
blocks, `heads` turns hidden states into quantiles, `effects` is what is known in advance adding
to them, `network` is the whole.
"""

from esrnn.nn.network import DilatedNetwork

__all__ = ["DilatedNetwork"]
