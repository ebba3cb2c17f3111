"""A stack of dilated LSTM layers on the CPU, by compiled kernels with their own adjoint.

The numbers of `torch.nn.LSTM` to float32 rounding, for less time: sums of gates are products of
small matrices held in registers, gates and their adjoints are vectorised loops, weights gather
their gradients over all steps at once, and torch keeps no record of single steps
(``python -m benchmarks training-step``).

Where only some steps of the output are wanted, so are only some steps of each layer: every second
step of a layer with dilation 12 has the states of every second step alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn.kernels.lstm import LSTMBars, LSTMStates, LSTMWeights, lstm_adjoint, lstm_forward
from esrnn.kernels.products import padded

__all__ = [
    "StackRun",
    "StackSteps",
    "lstm_gradients",
    "lstm_weights",
    "run_adjoint",
    "run_layers",
    "run_lstm_stack",
    "widened",
]

Array = NDArray[np.floating[Any]]


class StackSteps(NamedTuple):
    """Which steps of a stack are run through.

    Attributes
    ----------
    layers : tuple of tuple of range
        Steps of each layer, block by block.
    outputs : tuple of range
        Steps of the output of each block.
    """

    layers: tuple[tuple[range, ...], ...]
    outputs: tuple[range, ...]

    @classmethod
    def leading_to(cls, wanted: range, dilations: Sequence[Sequence[int]]) -> StackSteps:
        """Choose the fewest steps.

        Parameters
        ----------
        wanted : range
            Steps of the last block's output, at least one.
        dilations : sequence of sequence of int
            Of the layers, block by block.

        Returns
        -------
        StackSteps

        Examples
        --------
        >>> steps = StackSteps.leading_to(range(3, 12, 4), [[1, 6], [12]])
        >>> steps.layers[0][1], steps.outputs[0], steps.layers[1][0]
        (range(1, 12, 2), range(3, 12, 4), range(3, 12, 4))
        """
        layers, outputs = [], []
        for block in reversed(dilations):
            outputs.append(wanted)
            own = []
            for dilation in reversed(block):
                wanted = _steps_before(wanted, dilation)
                own.append(wanted)
            layers.append(tuple(reversed(own)))
        return cls(tuple(reversed(layers)), tuple(reversed(outputs)))


def _steps_before(wanted: range, dilation: int) -> range:
    """Return the steps of a layer that its output at the wanted steps depends on."""
    if dilation > wanted[-1]:
        return wanted
    apart = gcd(wanted.step if len(wanted) > 1 else 0, dilation)
    return range(wanted.start % apart, wanted[-1] + 1, apart)


class _Layer(NamedTuple):
    """What a layer did in a forward pass."""

    x: Array
    weights: LSTMWeights
    together: int
    states: LSTMStates


class StackRun(NamedTuple):
    """A forward pass: its layers block by block, and all that its adjoint needs besides."""

    layers: list[list[_Layer]]
    steps: StackSteps
    n_steps: int
    kept: Sequence[Array] | None


def _take(x: Array, have: range, want: range) -> Array:
    """Return some of the steps of x, (T, B, n), which are at steps `have`."""
    if have == want:
        return x
    apart = max(want.step // have.step, 1)  # a single step has no next one
    first = (want.start - have.start) // have.step
    return x[first : first + apart * (len(want) - 1) + 1 : apart]


def _spread(bar: Array, have: range, want: range) -> Array:
    """Return the adjoint of `_take`, contiguous."""
    if have == want:
        return np.ascontiguousarray(bar)
    out = np.zeros((len(have), *bar.shape[1:]), bar.dtype)
    _take(out, have, want)[:] = bar
    return out


def widened(x: Array, width: int) -> Array:
    """Return x, contiguous, with zeros added to its last axis.

    Parameters
    ----------
    x : ndarray
    width : int
        Of the last axis then.

    Returns
    -------
    ndarray
    """
    if x.shape[-1] == width:
        return np.ascontiguousarray(x)
    out = np.zeros((*x.shape[:-1], width), x.dtype)
    out[..., : x.shape[-1]] = x
    return out


def _run_layer(x: Array, weights: LSTMWeights, dilation: int) -> _Layer:
    n_steps, n_series, width = x.shape
    rows = x.reshape(n_steps * n_series, width)
    states = LSTMStates.empty(rows.shape[0], weights.recurrent.shape[1], x.dtype)
    together = min(dilation, n_steps) * n_series
    lstm_forward(rows, weights, together, states)
    return _Layer(rows, weights, together, states)


def run_layers(
    x: Array,
    weights: list[LSTMWeights],
    dilations: Sequence[Sequence[int]],
    steps: StackSteps,
    kept: Sequence[Array] | None,
) -> tuple[Array, StackRun]:
    """Run layers as `run_lstm_stack` does, without torch.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    weights : list of LSTMWeights
    dilations : sequence of sequence of int
    steps : StackSteps
    kept : sequence of ndarray of shape (T', B, H padded), optional

    Returns
    -------
    out : ndarray of shape (T', B, H padded)
        At the wanted steps.
    run : StackRun
        What was done.
    """
    have, left = range(x.shape[0]), iter(weights)
    run = StackRun([], steps, x.shape[0], kept)
    for b, (block, wanted) in enumerate(zip(dilations, steps.outputs, strict=True)):
        out, at, done = x, have, []
        for dilation, own in zip(block, steps.layers[b], strict=True):
            out = _take(out, at, own)
            out = widened(out, padded(out.shape[-1]))
            done.append(_run_layer(out, next(left), max(dilation // own.step, 1)))
            at = own
            out = done[-1].states.hidden.reshape(len(own), x.shape[1], -1)
        run.layers.append(done)
        out = _take(out, at, wanted)
        if kept is not None:
            out = out * kept[b]
        x = out if b == 0 else _take(x, have, wanted) + out
        have = wanted
    return x, run


def run_adjoint(bar: Array, run: StackRun, with_x: bool) -> tuple[Array | None, list[LSTMBars]]:
    """Return the adjoints of inputs and weights.

    Parameters
    ----------
    bar : ndarray of shape (T', B, H padded)
        Of the outputs.
    run : StackRun
    with_x : bool
        Whether that of the inputs is wanted.

    Returns
    -------
    x_bar : ndarray of shape (T, B, I padded), or None
    bars : list of LSTMBars
        One for each layer.
    """
    bars: list[LSTMBars] = []
    n_series = bar.shape[1]
    for b in reversed(range(len(run.layers))):
        wanted = run.steps.outputs[b]
        passed, inner = bar, bar if run.kept is None else bar * run.kept[b]
        for k in reversed(range(len(run.layers[b]))):
            layer, own = run.layers[b][k], run.steps.layers[b][k]
            inner = _spread(inner, own, wanted).reshape(layer.states.hidden.shape)
            units = layer.weights.recurrent.shape[1]
            back = LSTMBars.zeros(layer.x, units, with_x or b > 0 or k > 0)
            lstm_adjoint(layer.x, layer.weights, layer.together, layer.states, inner, back)
            bars.append(back)
            inner, wanted = back.x.reshape(-1, n_series, layer.x.shape[1]), own
        bar = inner
        if b > 0:  # the block's input also passes by it
            _take(bar, wanted, run.steps.outputs[b])[:] += passed
    bars.reverse()
    if not with_x:
        return None, bars
    return _spread(bar, range(run.n_steps), run.steps.layers[0][0]), bars


class _LSTMStack(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, dilations: Sequence[Sequence[int]], steps: StackSteps,
        kept: Sequence[Array] | None, *parameters: Tensor,
    ) -> Tensor:  # fmt: skip
        with np.errstate(all="ignore"):  # what is not finite is for the caller to notice
            out, ctx.run = run_layers(
                x.numpy(), lstm_weights(_arrays(parameters)), dilations, steps, kept
            )
        ctx.save_for_backward(x, *parameters)  # so that torch notices what is changed in between
        return _narrowed(out, parameters)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, bar: Tensor) -> tuple[Tensor | None, ...]:
        x, *parameters = ctx.saved_tensors
        n_units = parameters[1].shape[1]
        with_x = ctx.needs_input_grad[0]
        with np.errstate(all="ignore"):
            x_bar, bars = run_adjoint(widened(bar.numpy(), padded(n_units)), ctx.run, with_x)
        gradients = lstm_gradients(bars, _arrays(parameters))
        x_back = None if x_bar is None else torch.from_numpy(x_bar[..., : x.shape[-1]])
        return (x_back, None, None, None, *map(torch.from_numpy, gradients))


def _arrays(parameters: Sequence[Tensor]) -> list[Array]:
    return [np.ascontiguousarray(p.detach().numpy()) for p in parameters]


def lstm_weights(parameters: Sequence[Array]) -> list[LSTMWeights]:
    """Return the weights of each layer; torch's two biases are added up.

    Parameters
    ----------
    parameters : sequence of ndarray
        Of all layers, as `run_lstm_stack` takes them.

    Returns
    -------
    list of LSTMWeights
    """
    return [
        LSTMWeights(inputs, recurrent, bias + other)
        for inputs, recurrent, bias, other in zip(
            *(parameters[k::4] for k in range(4)), strict=True
        )
    ]


def lstm_gradients(bars: Sequence[LSTMBars], parameters: Sequence[Array]) -> list[Array]:
    """Return the gradients of parameters from the adjoints of layers.

    Parameters
    ----------
    bars : sequence of LSTMBars
    parameters : sequence of ndarray
        As for `lstm_weights`.

    Returns
    -------
    list of ndarray
        Of the parameters' shapes.
    """
    gradients: list[Array] = []
    for layer, inputs in zip(bars, parameters[::4], strict=True):
        n_inputs, n_units = inputs.shape[1], inputs.shape[0] // 4
        bias = layer.bias[:, :n_units].reshape(-1)
        gradients += [
            layer.inputs[:, :n_units, :n_inputs].reshape(-1, n_inputs),
            layer.recurrent[:, :n_units, :n_units].reshape(-1, n_units),
            bias,
            bias.copy(),
        ]
    return gradients


def _narrowed(out: Array, parameters: Sequence[Tensor]) -> Tensor:
    """Return the units that are there."""
    return torch.from_numpy(np.ascontiguousarray(out[..., : parameters[1].shape[1]]))


def run_lstm_stack(
    x: Tensor,
    parameters: Sequence[Tensor],
    dilations: Sequence[Sequence[int]],
    wanted: range,
    kept: Sequence[Tensor] | None = None,
) -> Tensor:
    """Run blocks of dilated LSTM layers, each after the first added to its input.

    Parameters
    ----------
    x : Tensor of shape (T, B, I), float32 or float64, on the CPU
    parameters : sequence of Tensor
        Of all layers, from the inputs upwards: weights of inputs, (4 * H, I), recurrent weights,
        (4 * H, H), and two biases, (4 * H,), as those of `torch.nn.LSTM`.
    dilations : sequence of sequence of int
        Of the layers, block by block.
    wanted : range
        Steps of the output, at least one.
    kept : sequence of Tensor, optional
        What each block's output is multiplied by, of its shape (`StackSteps.outputs`).

    Returns
    -------
    Tensor of shape (len(wanted), B, H)

    Examples
    --------
    >>> lstm = torch.nn.LSTM(3, 5)
    >>> x = torch.ones(9, 2, 3)
    >>> out = run_lstm_stack(x, list(lstm.parameters()), [[1]], range(9))
    >>> bool(torch.allclose(out, lstm(x)[0], atol=1e-6))
    True
    """
    steps = StackSteps.leading_to(wanted, dilations)
    masks = None
    if kept is not None:
        width = padded(parameters[1].shape[1])
        masks = [widened(mask.numpy(), width) for mask in kept]
    if not torch.is_grad_enabled():
        with np.errstate(all="ignore"):
            out, _ = run_layers(
                x.numpy(), lstm_weights(_arrays(parameters)), dilations, steps, masks
            )
        return _narrowed(out, parameters)
    result: Tensor = _LSTMStack.apply(x, dilations, steps, masks, *parameters)  # type: ignore[no-untyped-call]
    return result
