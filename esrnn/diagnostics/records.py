"""What an inspection finds: arrays, and numbers that follow from them.

Steps are counted back from a forecast: element 0 along an axis of W origins belongs to each
series' last origin, element k to the one k steps before it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from esrnn._typing import FloatArray, IntArray

__all__ = [
    "ACTIVITY_LEVELS",
    "GateDiagnostics",
    "LayerDiagnostics",
    "NetworkDiagnostics",
    "reach",
]

ACTIVITY_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_FAINT = 0.01
# A unit's outputs lie in (-1, 1). Small ones can matter where all are small.
_STILL, _STILL_BESIDE_OTHERS = 1e-3, 0.02


@dataclass(frozen=True, eq=False)
class GateDiagnostics:
    """One gate of a layer: its activations over all units and series, and its weights.

    Attributes
    ----------
    name : str
        ``"input"``, ``"forget"``, ``"candidate"`` and ``"output"`` of an LSTM, ``"reset"``,
        ``"update"`` and ``"candidate"`` of a GRU; other cells have some of them or others.
    limits : tuple of float
        (0, 1), or (-1, 1) for a candidate.
    mean : ndarray of shape (W,), float64
    quantiles : ndarray of shape (W, 5), float64
        At `ACTIVITY_LEVELS`.
    low, high : ndarray of shape (W,), float64
        Share that lies within a twentieth of the lower or the upper limit: for a gate below 0.05,
        shut, or above 0.95, open.
    low_share, high_share : float
        The same over all steps.
    inputs : ndarray of shape (hidden_size, n_inputs), float64
        Weights of the inputs.
    recurrent : ndarray of shape (hidden_size, hidden_size), float64, or None
        None for a gate that hears nothing of the state.
    bias : ndarray of shape (hidden_size,), float64
        Of torch's cells the sum of the two that they have.
    """

    name: str
    limits: tuple[float, float]
    mean: FloatArray
    quantiles: FloatArray
    low: FloatArray
    high: FloatArray
    low_share: float
    high_share: float
    inputs: FloatArray
    recurrent: FloatArray | None
    bias: FloatArray

    @property
    def spectral_radius(self) -> float:
        """Largest absolute eigenvalue of the recurrent weights; 0 without any, as those below."""
        return 0.0 if self.recurrent is None else _spectral_radius(self.recurrent)

    @property
    def spectral_norm(self) -> float:
        """Largest singular value of the recurrent weights."""
        return 0.0 if self.recurrent is None else float(np.linalg.norm(self.recurrent, 2))

    @property
    def input_norm(self) -> float:
        """Frobenius norm of the weights of the inputs."""
        return float(np.linalg.norm(self.inputs))

    @property
    def recurrent_norm(self) -> float:
        """Frobenius norm of the recurrent weights."""
        return 0.0 if self.recurrent is None else float(np.linalg.norm(self.recurrent))

    @property
    def input_std(self) -> float:
        """Standard deviation of the weights of the inputs."""
        return float(self.inputs.std())

    @property
    def recurrent_std(self) -> float:
        """Standard deviation of the recurrent weights."""
        return 0.0 if self.recurrent is None else float(self.recurrent.std())


@dataclass(frozen=True, eq=False)
class LayerDiagnostics:
    """One layer.

    Attributes
    ----------
    name : str
        ``"layer 1"`` is the one that sees the inputs.
    block : int
        Residual block that it belongs to, from 1.
    dilation : int
        Origins from one step of its recurrence to the next; of a convolution, from one weight to
        the next.
    gates : tuple of GateDiagnostics
        Empty for a cell without gates.
    gradient : ndarray of shape (W,), float64
        Norm, over the layer's units, of the gradient of a series' median forecast, summed over the
        horizon, with respect to the layer's hidden output so many steps back; mean over the series
        that reach so far. All ways to the forecast count: through this layer's recurrence and
        through the layers above. The output of a layer that is no recurrence enters no later step
        of its own.
    unit_std : ndarray of shape (hidden_size,), float64
        Standard deviation of each unit's output over series and steps.
    unit_saturation : ndarray of shape (hidden_size,), float64
        Share of series and steps at which a unit's output is beyond 0.95 in absolute value; 0 for
        cells whose outputs have no bounds.
    is_recurrent : bool
        Whether the output of one step enters the next one.
    """

    name: str
    block: int
    dilation: int
    gates: tuple[GateDiagnostics, ...]
    gradient: FloatArray
    unit_std: FloatArray
    unit_saturation: FloatArray
    is_recurrent: bool = True

    @property
    def hidden_size(self) -> int:
        """Number of units."""
        return int(self.unit_std.size)

    @property
    def reach(self) -> int:
        """Steps back beyond which the gradient stays below a hundredth of its peak."""
        return reach(self.gradient)

    @property
    def dead_share(self) -> float:
        """Share of units whose output hardly moves.

        Its standard deviation is below 0.001, or below a fiftieth of that of the liveliest unit.
        """
        still = max(_STILL, _STILL_BESIDE_OTHERS * float(self.unit_std.max()))
        return float((self.unit_std < still).mean())

    @property
    def saturated_share(self) -> float:
        """Share of units whose output is beyond 0.95, either way, more than half of the time."""
        return float((self.unit_saturation > 0.5).mean())


@dataclass(frozen=True, eq=False)
class NetworkDiagnostics:
    """One member's network at work on a sample of series.

    Attributes
    ----------
    member : int
    cell : str
        Class of the layers' cells, such as ``"LSTM"``.
    series : tuple
        Names of the series that it was run on.
    additive : bool
        Their form.
    season : int
        The longest seasonal period, or the horizon where there is none: how far back a network
        should be able to look.
    n_series_at : ndarray of shape (W,), int64
        How many of the series have an origin so many steps back.
    layers : tuple of LayerDiagnostics
        From the inputs upwards.
    input_gradient : ndarray of shape (W,), float64
        As `LayerDiagnostics.gradient`, with respect to the stack's inputs: a window and the
        static covariates of the series.
    """

    member: int
    cell: str
    series: tuple[Hashable, ...]
    additive: bool
    season: int
    n_series_at: IntArray
    layers: tuple[LayerDiagnostics, ...]
    input_gradient: FloatArray

    @property
    def n_origins(self) -> int:
        """Origins W that the network ran through, of the longest series."""
        return int(self.n_series_at.size)


def _spectral_radius(matrix: FloatArray) -> float:
    """Return the largest absolute eigenvalue."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def reach(gradient: FloatArray) -> int:
    """Return the last step back at which a gradient is at least a hundredth of its peak.

    Parameters
    ----------
    gradient : ndarray of shape (W,), float64
        Norms, of the last origin first.

    Returns
    -------
    int
        0 where the gradient is 0 throughout.

    Examples
    --------
    >>> reach(np.array([1.0, 0.0, 0.5, 0.0, 0.02, 0.0, 0.001]))
    4
    """
    peak = float(gradient.max())
    if not peak > 0.0:
        return 0
    return int(np.flatnonzero(gradient >= _FAINT * peak)[-1])
