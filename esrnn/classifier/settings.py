"""Settings of a `SeriesClassifier`, checked before torch does anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from esrnn.config.cells import CellOptions, make_cell_options
from esrnn.config.fields import Blocks, Count, Positive, ShareBelowOne, check_fields

__all__ = ["ClassifierConfig", "Scale"]

Scale = Literal["series", "panel"]


@dataclass(frozen=True)
class ClassifierConfig:
    """What the networks are made of and how they are trained.

    Attributes
    ----------
    scale : {"series", "panel"}
    cell : str
    options : CellOptions
        Of the cell.
    dilations : tuple of tuple of int
    hidden_size, n_members, n_epochs : int
    batch_size : int, optional
    dropout, validation : float
    learning_rate : float
    patience : int
    max_steps : int, optional

    Notes
    -----
    `esrnn.SeriesClassifier` says what they mean.
    """

    scale: Scale
    cell: str
    dilations: Blocks
    hidden_size: Count
    dropout: ShareBelowOne
    n_members: Count
    n_epochs: Count
    batch_size: Count | None
    learning_rate: Positive
    validation: ShareBelowOne
    patience: Count
    max_steps: Count | None
    options: CellOptions = field(default_factory=lambda: make_cell_options("lstm"))

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)
