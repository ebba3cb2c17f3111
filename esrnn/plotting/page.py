"""One page of HTML that loads nothing: words, tables and pictures as SVG, in light and dark.

The template, its style sheet and the script that sorts tables lie in ``templates``. Jinja2 escapes
all text; pictures made by `esrnn.plotting.svg.inline_svg` are put in as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Block", "render_page"]

Block: TypeAlias = Mapping[str, Any]


def render_page(
    title: str,
    sections: Sequence[Block],
    *,
    facts: Sequence[str] = (),
    summary: Sequence[Block] = (),
    contents: Sequence[tuple[str, str]] = (),
) -> str:
    """Return a page of sections.

    Parameters
    ----------
    title : str
    sections : sequence of mapping
        Each with ``name`` (unique on the page), ``title``, ``blocks``, and, if there is more to
        show, ``small`` (beside the title) and ``look`` (a class of the style sheet). A block has a
        ``kind``; ``templates/page.html`` lists the kinds and what each holds.
    facts : sequence of str
        Short lines below the title.
    summary : sequence of mapping
        Blocks above the first section.
    contents : sequence of (name, text)
        Links to sections.

    Returns
    -------
    str
        The HTML. It needs no other file.

    Raises
    ------
    ImportError
        If jinja2 is not installed.

    Examples
    --------
    >>> text = {"kind": "text", "text": "2 < 3"}
    >>> page = render_page("Sums", [{"name": "one", "title": "One", "blocks": [text]}])
    >>> "<p>2 &lt; 3</p>" in page
    True
    """
    environment = _environment()
    text = environment.get_template("page.html").render(
        title=title,
        sections=sections,
        facts=facts,
        summary=summary,
        contents=contents,
        style=_file("page.css"),
        script=_file("sort.js") if _is_sortable(sections) else "",
    )
    return text + "\n"


def _is_sortable(blocks: Sequence[Block]) -> bool:
    """Return whether any of the blocks, or of those inside them, is a table that can be sorted."""
    return any(b.get("sortable") or _is_sortable(b.get("blocks", ())) for b in blocks)


@cache
def _environment() -> Environment:
    """Return what renders the template, with all text escaped."""
    try:
        from jinja2 import Environment, PackageLoader
    except ImportError as error:
        raise ImportError(
            "pages need jinja2; install it with pip install 'esrnn-forecast[plots]'"
        ) from error
    return Environment(loader=PackageLoader("esrnn.plotting"), autoescape=True)


def _file(name: str) -> str:
    """Return a style sheet or a script of the package, which the page holds as it is."""
    from importlib.resources import files

    return files("esrnn.plotting").joinpath("templates", name).read_text(encoding="utf-8")
