"""Where a linear network starts: the ridge regression of what came on the window before it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from esrnn._typing import FloatArray, IntArray
from esrnn.model import HybridModel
from esrnn.nn.layers.dense import LinearLayer
from esrnn.ops.layout import training_range
from esrnn.panel.flat import batches_by_length
from esrnn.training.problem import TrainingProblem

__all__ = ["start_from_ridge"]

_BATCH = 64
_PENALTY = 0.01  # share of each input's sum of squares
_SMALL = 1e-4  # relative to the level: smaller inputs may be rounding errors


def start_from_ridge(problem: TrainingProblem, model: HybridModel) -> None:
    """Set a linear network's median to the ridge regression over all origins of all series.

    Nothing is drawn. A panel without an origin whose whole horizon was observed leaves the network
    as it is.

    Parameters
    ----------
    problem : TrainingProblem
        What is held back from training is not seen here either.
    model : HybridModel
        Its network's cell is ``"linear"``; changed in place.

    Notes
    -----
    Window X and normalised targets Y, both as the network has them, with a penalty of 0.01 of each
    input's sum of squares, and at least that of inputs of 0.0001. The map from X to Y is split
    between the layer and the median's head by its singular value decomposition. If the layer has
    fewer units than the map has rank, the largest singular values stay.
    """
    solved = _solve(*_moments(problem, model))
    if solved is None:
        return
    weights, intercept = solved  # (H, I), (H,)
    ((layer,),) = model.network.stack.layers()
    if not isinstance(layer, LinearLayer):
        raise TypeError(f"the network must be linear; got a layer of {type(layer).__name__}")
    left, values, right = np.linalg.svd(weights, full_matrices=False)
    n = min(values.size, layer.map.out_features)
    middle = model.network.head.linears[len(model.network.head.linears) // 2]
    head = middle.get_parameter("weight")
    with torch.no_grad():
        layer.map.weight[:n] = torch.from_numpy(right[:n])
        layer.map.bias[:n] = 0.0
        head.zero_()
        head[:, :n] = torch.from_numpy(left[:, :n] * values[:n])
        middle.get_parameter("bias").copy_(torch.from_numpy(intercept))


def _moments(problem: TrainingProblem, model: HybridModel) -> tuple[FloatArray, FloatArray]:
    """Return X'X and X'Y, the last column of X being 1, over all origins with a whole horizon."""
    layout, data = model.layout, problem.data
    size = layout.input_window + 1
    square, product = np.zeros((size, size)), np.zeros((size, layout.horizon))
    rows = torch.from_numpy(problem.job.fit.rows)
    with torch.no_grad():
        for batch, starts in _stretches(problem, model):
            windows, targets = model.windows_and_targets(
                data.subset(batch),
                rows[torch.from_numpy(batch)],
                training_range(data.lengths[batch], layout, starts),
            )
            y = windows.normalise(targets.actual)
            x = windows.inputs[windows.scored, torch.arange(batch.size)]
            x = torch.cat([x, torch.ones_like(x[..., :1])], dim=2)
            known = targets.observed.all(dim=2) & y.isfinite().all(dim=2)
            if windows.gain is not None:
                known &= windows.gain[..., 0] > 0.0
            x, y = x[known].double(), y[known].double()
            square += (x.T @ x).numpy()
            product += (x.T @ y).numpy()
    return square, product


def _stretches(problem: TrainingProblem, model: HybridModel) -> Iterator[tuple[IntArray, IntArray]]:
    """Return batches of series and where their training windows start, until all are covered."""
    layout, data = model.layout, problem.data
    for batch in batches_by_length(data.lengths, data.additive, _BATCH):
        batch = batch[data.lengths[batch] > 1]
        first, starts = (
            of(data.lengths[batch]) for of in (layout.first_starts, layout.last_starts)
        )
        while batch.size:
            yield batch, starts
            more = starts > first
            batch, first = batch[more], first[more]
            starts = np.maximum(starts[more] - (layout.training_window or 0), first)


def _solve(square: FloatArray, product: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return weights (H, I) and intercepts (H,); None if there is nothing to learn from."""
    n, sums = square[-1, -1], square.diagonal()[:-1]
    if n == 0.0:
        return None
    penalty = _PENALTY * sums + n * _SMALL**2
    # In units of each input's own size, which may be tiny beside the constant.
    size = np.sqrt(np.append(sums + penalty, n))
    whole = (square + np.diag(np.append(penalty, 0.0))) / np.outer(size, size)
    solution = np.linalg.solve(whole, product / size[:, None]) / size[:, None]
    return solution[:-1].T.astype(np.float64), solution[-1].astype(np.float64)
