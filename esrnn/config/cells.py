"""The cells that a network can be made of, by name, and the options of each.

Options are a frozen dataclass for each kind of cell, so that a wrong name or value is refused when
settings are made, before torch is loaded. `esrnn.nn.layers` makes the layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from esrnn.config.fields import Count, ShareBelowOne, check_fields
from esrnn.errors import InputError

__all__ = [
    "CELL_OPTIONS",
    "AttentiveOptions",
    "BatchNormOptions",
    "CellOptions",
    "RecurrentOptions",
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


# What `ESRNN(cell=...)` takes, and what each cell can be told.
CELL_OPTIONS: MappingProxyType[str, type[CellOptions]] = MappingProxyType(
    {
        "lstm": RecurrentOptions,
        "gru": RecurrentOptions,
        "residual_lstm": RecurrentOptions,
        "attentive_lstm": AttentiveOptions,
        "layer_norm_lstm": RecurrentOptions,
        "batch_norm_lstm": BatchNormOptions,
    }
)


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
