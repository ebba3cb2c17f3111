"""The cells that a network can be made of, by name, and the options of each.

Options are a frozen dataclass for each kind of cell, so that a wrong name or value is refused when
settings are made, before torch is loaded. `esrnn.nn.layers` makes the layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal

from esrnn.config.fields import Count, Positive, ShareBelowOne, check_fields
from esrnn.errors import InputError

__all__ = [
    "CELL_OPTIONS",
    "AttentionOptions",
    "AttentiveOptions",
    "BatchNormOptions",
    "CellOptions",
    "ConvolutionOptions",
    "HeadsOptions",
    "IndRNNOptions",
    "LMUOptions",
    "RecurrentOptions",
    "SHAOptions",
    "UniversalTransformerOptions",
    "make_cell_options",
]


@dataclass(frozen=True)
class CellOptions:
    """Options of a cell; this class has none."""

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)


@dataclass(frozen=True)
class RecurrentOptions(CellOptions):
    """Options that all cells with a memory have.

    Attributes
    ----------
    recurrent_dropout : float
        In training, the share of units of which a step hears nothing from earlier steps. They are
        drawn once for each series and stay the same at all steps (Gal and Ghahramani 2016).
    """

    recurrent_dropout: ShareBelowOne = 0.0


@dataclass(frozen=True)
class AttentiveOptions(RecurrentOptions):
    """Options of ``"attentive_lstm"``.

    Attributes
    ----------
    attention_size : int, optional
        Units of the small network that weights the earlier states; by default as many as the cell
        has.
    """

    attention_size: Count | None = None


@dataclass(frozen=True)
class BatchNormOptions(RecurrentOptions):
    """Options of ``"batch_norm_lstm"``.

    Attributes
    ----------
    n_steps : int
        Steps that have means and variances of their own. Later ones use those of the last.
    momentum : float
        Share of a batch in the running means and variances.
    """

    n_steps: Count = 48
    momentum: ShareBelowOne = 0.1


@dataclass(frozen=True)
class IndRNNOptions(RecurrentOptions):
    """Options of ``"indrnn"``.

    Attributes
    ----------
    activation : {"relu", "linear"}
    """

    activation: Literal["relu", "linear"] = "relu"


@dataclass(frozen=True)
class LMUOptions(RecurrentOptions):
    """Options of ``"lmu"``.

    Attributes
    ----------
    order : int
        Legendre polynomials that a memory holds its past by.
    theta : float
        Steps that a memory holds.
    n_memories : int
        Memories side by side, each of one signal.
    """

    order: Count = 16
    theta: Positive = 48.0
    n_memories: Count = 4


@dataclass(frozen=True)
class HeadsOptions(RecurrentOptions):
    """Options of ``"slstm"``.

    Attributes
    ----------
    heads : int, optional
        Groups of units that work by themselves; a divisor of the number of units. By default 4, or
        2 or 1 where 4 is none.
    """

    heads: Count | None = None


@dataclass(frozen=True)
class AttentionOptions(HeadsOptions):
    """Options of ``"linear_attention"``.

    Attributes
    ----------
    heads : int, optional
        As for ``"slstm"``.
    expansion : int
        Units of the feed-forward part for each unit of the layer.
    """

    expansion: Count = 2


@dataclass(frozen=True)
class UniversalTransformerOptions(AttentionOptions):
    """Options of ``"universal_transformer"``.

    Attributes
    ----------
    heads, expansion : int
        As for ``"linear_attention"``.
    depth : int
        How often the layer is run, with the same weights.
    """

    depth: Count = 4


@dataclass(frozen=True)
class SHAOptions(RecurrentOptions):
    """Options of ``"sha_rnn"``.

    Attributes
    ----------
    expansion : int
        Units of the feed-forward part for each unit of the layer.
    """

    expansion: Count = 4


@dataclass(frozen=True)
class ConvolutionOptions(RecurrentOptions):
    """Options of ``"cnn"``.

    Attributes
    ----------
    kernel_size : int
        Steps that a layer reads: its own and, each a dilation further back, those before.
    """

    kernel_size: Count = 3


# What `ESRNN(cell=...)` takes, and what each cell can be told.
CELL_OPTIONS: MappingProxyType[str, type[CellOptions]] = MappingProxyType(
    {
        "lstm": RecurrentOptions,
        "gru": RecurrentOptions,
        "residual_lstm": RecurrentOptions,
        "attentive_lstm": AttentiveOptions,
        "layer_norm_lstm": RecurrentOptions,
        "batch_norm_lstm": BatchNormOptions,
        "indrnn": IndRNNOptions,
        "lmu": LMUOptions,
        "brc": RecurrentOptions,
        "nbrc": RecurrentOptions,
        "slstm": HeadsOptions,
        "minlstm": RecurrentOptions,
        "sha_rnn": SHAOptions,
        "linear_attention": AttentionOptions,
        "universal_transformer": UniversalTransformerOptions,
        "cnn": ConvolutionOptions,
        "mlp": CellOptions,
        "linear": CellOptions,
    }
)


# Cells whose outputs grow with their inputs without a bound. Far from what they have learnt from,
# their quantiles may be anything.
UNBOUNDED_CELLS = frozenset({"cnn", "indrnn", "linear", "minlstm", "mlp"})


def make_cell_options(cell: object, given: Iterable[tuple[str, Any]] = ()) -> CellOptions:
    """Return the options of a cell, with some of them given.

    Parameters
    ----------
    cell : str
        Key of `CELL_OPTIONS`.
    given : iterable of (str, object)
        Names and values; options that are left out take their defaults.

    Returns
    -------
    CellOptions
        Of the class that the cell has.

    Raises
    ------
    InputError
        If there is no such cell or option, or a value is out of its range.

    Examples
    --------
    >>> make_cell_options("gru", [("recurrent_dropout", 0.2)])
    RecurrentOptions(recurrent_dropout=0.2)
    """
    if not isinstance(cell, str) or cell not in CELL_OPTIONS:
        raise InputError(f"cell must be one of {sorted(CELL_OPTIONS)}; got {cell!r}")
    kind = CELL_OPTIONS[cell]
    known = sorted(field.name for field in fields(kind))
    own = dict(given)
    unknown = sorted(str(name) for name in own if name not in known)
    if unknown:
        has = f"has the options {known}" if known else "has no options"
        raise InputError(f"cell_options: the cell {cell!r} {has}; got {unknown}")
    return kind(**own)
