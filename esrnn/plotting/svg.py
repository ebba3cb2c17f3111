"""Figures as SVG for a page of HTML: no outside references, colours for light and dark pages.

Colours become variables of the style sheet ``templates/page.css``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from esrnn.plotting.style import FAINT, INK, SOFT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLORS", "inline_svg"]

# The variable of the style sheet for each colour of the package's pictures.
COLORS: Mapping[str, str] = MappingProxyType(
    {
        INK: "ink",
        SOFT: "soft",
        FAINT: "axis",
        "#1a6faf": "blue",
        "#d97d0d": "orange",
        "#14866d": "green",
        "#8250a8": "purple",
        "#b0385b": "red",
        "#7a6a2f": "olive",
        "#3fa7c4": "cyan",
        "#9c9c9c": "grey",
    }
)


def inline_svg(
    figure: Figure,
    prefix: str,
    label: str,
    *,
    colors: Mapping[str, str] = COLORS,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Draw a figure as an SVG element.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn without its background.
    prefix : str
        Put before all ids in it, which must differ from those of other figures on the page.
    label : str
        What it shows, for those who cannot see it.
    colors : mapping of str to str
        The style sheet's variable for each colour, such as ``{"#1a6faf": "blue"}``.
    titles : mapping of str to str, optional
        Texts that show when the pointer rests on an artist, by the artist's gid.

    Returns
    -------
    str
        Text stays text, and is escaped.
    """
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
    for gid, title in (titles or {}).items():
        body = body.replace(f'id="{gid}">', f'id="{gid}"><title>{escape(title)}</title>', 1)
    body = body.replace("xlink:href", "href")
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    known = re.compile("|".join(colors))
    body = known.sub(lambda match: f"var(--{colors[match.group()]})", body)
    attributes = f'viewBox="{box.group(1) if box else ""}" role="img" aria-label="{escape(label)}"'
    return f"<svg {attributes}>{body.strip()}"
