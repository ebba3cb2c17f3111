"""Figures as SVG that can stand in a page of HTML: no outside references, colours as variables."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from esrnn.plotting.style import FAINT, INK, SOFT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["inline_svg", "variables"]

# What stands for a colour on a dark page, in place of the light page's.
_DARK = {
    INK: "#e4e4e0",
    SOFT: "#a2a8ae",
    FAINT: "#4a4f55",
    "#1a6faf": "#6fb1ec",
    "#d97d0d": "#eba552",
    "#14866d": "#58c2a7",
    "#8250a8": "#bd93dd",
    "#b0385b": "#e7809e",
    "#7a6a2f": "#c4b26c",
    "#3fa7c4": "#6cc6df",
    "#9c9c9c": "#8d949b",
}
_COLOR = re.compile("|".join(_DARK))


def variables(*, dark: bool) -> str:
    """Return the style sheet's declarations of all colours that `inline_svg` refers to.

    Parameters
    ----------
    dark : bool
        For a dark page, or for a light one.

    Returns
    -------
    str

    Examples
    --------
    >>> variables(dark=False)[:23]
    '--c333333: #333333; --c'
    """
    return " ".join(f"{_name(c)}: {_DARK[c] if dark else c};" for c in _DARK)


def inline_svg(figure: Figure, prefix: str, label: str) -> str:
    """Draw a figure as an SVG element.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn without its background.
    prefix : str
        Put before all names in it, which have to differ from those of other figures on the page.
    label : str
        What it shows, for those who cannot see it.

    Returns
    -------
    str
        Text stays text; the colours of pictures are variables (`variables`).
    """
    from html import escape

    import matplotlib

    figure.patch.set_visible(False)
    stream = io.StringIO()
    # No date and no random names: equal figures give equal pages.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "esrnn"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    box = re.search(r'viewBox="([^"]*)"', text)
    body = text[text.index(">") + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = body.replace("xlink:href", "href")
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    body = _COLOR.sub(lambda match: f"var({_name(match.group())})", body)
    attributes = f'viewBox="{box.group(1) if box else ""}" role="img" aria-label="{escape(label)}"'
    return f"<svg {attributes}>{body.strip()}"


def _name(color: str) -> str:
    return f"--c{color[1:]}"
