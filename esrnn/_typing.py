"""Array aliases used in annotations throughout the package.

Shapes are not part of the aliases; docstrings give them, with these letters: N series,
B batch, T time, W windows, H horizon, Q quantiles.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Arrays", "BoolArray", "Float32Array", "FloatArray", "IntArray"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Float32Array: TypeAlias = npt.NDArray[np.float32]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Arrays: TypeAlias = dict[str, npt.NDArray[Any]]  # arrays of any kind, by name
