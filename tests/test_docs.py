"""The Python code in the README and in the pages of the documentation runs as it is printed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```python\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
# A name that the last block of a page leaves behind.
LEFT_BEHIND = {
    "README.md": "intervals",
    "docs/method.md": "config",
    "docs/quickstart.md": "covered",
    "docs/smoothing.md": "from_adjoint",
}


def code_blocks(text: str) -> list[str]:
    """Give a page's Python blocks, each preceded by blank lines up to its place in the page."""
    return [
        "\n" * text.count("\n", 0, match.start(1)) + match.group(1)
        for match in FENCE.finditer(text)
    ]


def run_page(path: Path) -> dict[str, object]:
    """Run a page's blocks one after another in one namespace, as a reader would."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in code_blocks(path.read_text(encoding="utf-8")):
        # Line numbers in a traceback are those of the page.
        exec(compile(block, str(path), "exec"), namespace)
    return namespace


@pytest.mark.parametrize("page", LEFT_BEHIND)
def test_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what a page writes does not land in the checkout
    assert LEFT_BEHIND[page] in run_page(ROOT / page)


def test_every_page_with_code_is_run() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    with_code = [page for page in pages if code_blocks(page.read_text(encoding="utf-8"))]
    assert {page.relative_to(ROOT).as_posix() for page in with_code} == set(LEFT_BEHIND)


def test_blocks_keep_their_line_numbers() -> None:
    text = "# Title\n\n```python\nx = 1\n```\n\n```console\n$ ls\n```\n\n```python\ny = x\n```\n"
    first, second = code_blocks(text)
    assert first.splitlines()[3:] == ["x = 1"]
    assert second.splitlines()[11:] == ["y = x"]


def test_a_failing_block_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\nx = undefined\n```\n", encoding="utf-8")
    with pytest.raises(NameError):
        run_page(page)
