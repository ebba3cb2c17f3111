"""Run the Python code in the documentation, and write down what it prints and draws.

    python docs/pages.py docs/tutorial.md docs/howto/*.md

runs each page in an empty folder with a copy of `docs/data`, puts what its blocks print into the
page, and the pictures it saves into `docs/images`. `tests/test_docs.py` runs all pages and holds
what they show against what they print. A block of Python may be followed by a block of text, which
is then what it prints.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent
_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Another machine adds in another order, and training carries that on.
_RELATIVE, _ABSOLUTE = 0.1, 0.05


@dataclass(frozen=True)
class Block:
    """A block of Python in a page.

    Attributes
    ----------
    code : str
        Preceded by empty lines up to its place, so that a traceback names lines of the page.
    shown : str or None
        What the page says that it prints.
    span : tuple of int
        Where that stands in the page.
    """

    code: str
    shown: str | None
    span: tuple[int, int]


def blocks_of(text: str) -> list[Block]:
    """Return a page's blocks of Python."""
    return [
        Block(
            "\n" * text.count("\n", 0, match.start(1)) + match.group(1),
            match.group(2),
            match.span(2),
        )
        for match in _BLOCK.finditer(text)
    ]


def run_page(page: Path) -> tuple[dict[str, object], list[str]]:
    """Run a page's blocks one after another in one namespace, as a reader would.

    Returns
    -------
    namespace : dict
        What is left behind.
    printed : list of str
        By each block.
    """
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = []
    for block in blocks_of(page.read_text(encoding="utf-8")):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block.code, str(page), "exec"), namespace)
        printed.append("\n".join(line.rstrip() for line in out.getvalue().splitlines()))
    return namespace, printed


def says_the_same(shown: str, printed: str) -> bool:
    """Compare word by word, with numbers that may differ a little."""
    one, other = shown.split(), printed.split()
    if [_NUMBER.sub("#", word) for word in one] != [_NUMBER.sub("#", word) for word in other]:
        return False
    pairs = zip(_NUMBER.findall(" ".join(one)), _NUMBER.findall(" ".join(other)), strict=True)
    return all(abs(float(a) - float(b)) <= _ABSOLUTE + _RELATIVE * abs(float(a)) for a, b in pairs)


def provide_data(folder: Path) -> None:
    """Copy the data that pages read into a folder."""
    for table in (DOCS / "data").glob("*.csv"):
        shutil.copy(table, folder)


def refresh(page: Path) -> list[str]:
    """Run a page and write down what it prints and draws; return the names of the pictures."""
    text, home = page.read_text(encoding="utf-8"), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        provide_data(Path(folder))
        os.chdir(folder)
        try:
            _, printed = run_page(page)
        finally:
            os.chdir(home)
        pictures = sorted(Path(folder).glob("*.png"))
        for picture in pictures:
            shutil.copy(picture, DOCS / "images")
    for block, out in reversed(list(zip(blocks_of(text), printed, strict=True))):
        if block.shown is not None:
            text = text[: block.span[0]] + out + "\n" + text[block.span[1] :]
    page.write_text(text, encoding="utf-8")
    return [picture.name for picture in pictures]


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name in sys.argv[1:]:
        print(name, *refresh(Path(name).resolve()))
