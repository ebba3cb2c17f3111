"""Text with tags, built so that it is balanced and that no name or number can break it.

A plain string that is put into an element is text and is escaped; what is markup already has the
type `Markup`. HTML and SVG are written alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TypeAlias

__all__ = ["Attributes", "Markup", "element", "join", "link", "raw"]

Attributes: TypeAlias = Mapping[str, "str | int | float | bool | None"]
_VOID = frozenset({"br", "hr", "meta"})


class Markup(str):
    """Text that is markup, to be put into other markup as it is."""

    __slots__ = ()


def raw(text: str) -> Markup:
    """Declare a text of our own, such as a style sheet, to be markup."""
    return Markup(text)


def element(name: str, attributes: Attributes | None = None, *children: str) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
        Such as ``"td"``.
    attributes : mapping of str to str, number, bool or None
        By name; None and False are left out, True is written without a value.
    *children : str
        What is in it: text, which is escaped, and `Markup`.

    Returns
    -------
    Markup
        The element with its end tag.

    Examples
    --------
    >>> print(element("td", {"class": "number", "title": None}, "a < b", element("br")))
    <td class="number">a &lt; b<br></td>
    """
    text = "".join(_attribute(key, value) for key, value in (attributes or {}).items())
    if name in _VOID:
        return Markup(f"<{name}{text}>")
    return Markup(f"<{name}{text}>{join(children)}</{name}>")


def join(children: Iterable[str], between: str = "") -> Markup:
    """Put texts and markup one after another.

    Examples
    --------
    >>> print(join(["a & b", element("br")], " "))
    a &amp; b <br>
    """
    return Markup(between.join(c if isinstance(c, Markup) else escape(c) for c in children))


def link(place: str, text: str) -> Markup:
    """Return a link to a place on the same page.

    Examples
    --------
    >>> print(link("notes", "Notes"))
    <a href="#notes">Notes</a>
    """
    return element("a", {"href": f"#{place}"}, text)


def _attribute(name: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
