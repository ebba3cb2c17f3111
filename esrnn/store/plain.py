"""Plain data as JSON text: numbers, text, lists and dictionaries."""

from __future__ import annotations

import json

from esrnn.errors import ModelFileError

__all__ = ["bytes_to_json", "json_to_bytes"]


def json_to_bytes(data: object) -> bytes:
    """Write plain data as the bytes of a JSON file.

    Parameters
    ----------
    data : dict, list, tuple, str, int, float, bool or None
        Nested in any way; keys of dictionaries are text. Floats come back bit for bit.

    Returns
    -------
    bytes
        UTF-8 text with sorted keys and a final line break.

    Raises
    ------
    ValueError, TypeError
        If something is in it that JSON does not have, such as NaN or an array.

    Examples
    --------
    >>> json_to_bytes({"b": (1, 2), "a": 0.1}).decode().split()
    ['{', '"a":', '0.1,', '"b":', '[', '1,', '2', ']', '}']
    """
    text = json.dumps(data, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    return (text + "\n").encode("utf-8")


def bytes_to_json(data: bytes, name: str) -> object:
    """Read a JSON file.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for the message.

    Returns
    -------
    dict, list, str, int, float, bool or None

    Raises
    ------
    ModelFileError
        If the bytes are no JSON text.

    Examples
    --------
    >>> bytes_to_json(b"[1, 2.5]", "config.json")
    [1, 2.5]
    """
    try:
        parsed: object = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{name} must hold JSON text; got something else ({error}). The file was changed or"
            " damaged: copy the model directory again, or save the model anew."
        ) from None
    return parsed
