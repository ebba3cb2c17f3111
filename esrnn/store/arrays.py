"""Arrays as the bytes of a safetensors file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from esrnn.errors import ModelFileError

__all__ = ["arrays_to_bytes", "bytes_to_arrays"]

Arrays = dict[str, npt.NDArray[Any]]

_KINDS = "biuf"  # truth values, whole numbers, floats


def arrays_to_bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Write arrays as the bytes of a safetensors file.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Of numbers or truth values, of any shape and memory order.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        If an array holds something else.

    Notes
    -----
    safetensors 0.8.0 writes an array as it lies in memory, whatever its strides, so that a
    transpose would come back with values in wrong places. Arrays are made C-contiguous and
    little-endian first.

    Examples
    --------
    >>> table = np.arange(6.0).reshape(2, 3).T
    >>> bool((bytes_to_arrays(arrays_to_bytes({"x": table}), "x")["x"] == table).all())
    True
    """
    from safetensors.numpy import save  # here, since most processes neither save nor load

    laid_out: Arrays = {}
    for name, array in arrays.items():
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"array {name!r} must hold numbers or truth values; got {array.dtype}")
        native = array.astype(array.dtype.newbyteorder("<"), copy=False)
        # np.ascontiguousarray would turn an array of no axes into one of one axis.
        laid_out[name] = np.array(native, order="C", copy=None)
    return save(laid_out)


def bytes_to_arrays(data: bytes, name: str) -> Arrays:
    """Read the arrays of a safetensors file.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for the message.

    Returns
    -------
    dict of str to ndarray
        Writeable, C-contiguous copies.

    Raises
    ------
    ModelFileError
        If the bytes are no safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return {key: np.array(array, order="C") for key, array in load(data).items()}
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"{name} must be a safetensors file; it can't be read as one ({error}). Copy the model"
            " directory again, or save the model anew."
        ) from None
