"""Whether a panel's series can be served in the forms that they were fitted in."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from esrnn._typing import BoolArray
from esrnn.errors import InputError
from esrnn.panel import Panel
from esrnn.smoothing import require_first_values

__all__ = ["require_forms"]


def require_forms(panel: Panel, ids: tuple[Hashable, ...], additive: BoolArray) -> None:
    """Check that a panel's series can still be served in the forms that they were fitted in.

    Parameters
    ----------
    panel : Panel
        The series of the training panel, in the same order.
    ids : tuple
        Of the training panel.
    additive : ndarray of shape (N,), bool
        The forms there.

    Raises
    ------
    InputError
        If the series are others, one starts with a missing value, or a multiplicative one has a
        zero or a negative value.
    """
    if panel.ids != ids:
        strange = [name for name, own in zip(panel.ids, ids, strict=False) if name != own]
        first = f", first {strange[0]!r} out of place" if strange else ""
        raise InputError(
            f"the model holds parameters of {len(ids)} series; got a panel of "
            f"{panel.n_series}{first}; forecast the series it was trained on, in that order"
        )
    require_first_values(panel)
    panel.refuse(
        (panel.values <= 0.0) & ~np.repeat(additive, panel.lengths),
        "series that were positive in fit are multiplicative and must stay > 0 until they are "
        "fitted again",
        "Fit again (update with update_params=True), or fit with seasonality='additive'.",
    )
