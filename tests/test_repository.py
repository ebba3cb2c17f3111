"""What holds for the repository as a whole: sizes, versions, pins."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import esrnn
from tests.test_layers import imported_names

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_BODY_LINES = 60
CODE = ("esrnn", "competitions", "benchmarks", "tests")


def _python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def long_functions(source: str, limit: int) -> list[str]:
    """Name the functions whose body, docstring left out, spans more than `limit` lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = 1 if ast.get_docstring(node) is not None and len(node.body) > 1 else 0
        start, end = node.body[first].lineno, node.end_lineno or 0
        if end - start + 1 > limit:
            found.append(f"{node.name}: {end - start + 1} lines")
    return found


def test_files_are_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in _python_files(*CODE)
    }
    assert {name: n for name, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_functions_are_short() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): long_functions(
            path.read_text(encoding="utf-8"), MAX_BODY_LINES
        )
        for path in _python_files("esrnn")
    }
    assert {name: functions for name, functions in found.items() if functions} == {}


@pytest.mark.parametrize(("n_lines", "expected"), [(3, []), (4, ["f: 4 lines"])])
def test_a_long_function_is_found(n_lines: int, expected: list[str]) -> None:
    source = 'def f():\n    """Say.\n\n    More.\n    """\n' + "    x = 1\n" * n_lines
    assert long_functions(source, 3) == expected


def test_citation_names_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, flags=re.MULTILINE) == [esrnn.__version__]
    assert re.search(r"^date-released: \d{4}-\d\d-\d\d$", citation, flags=re.MULTILINE)


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def _requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return sorted({line for group in (project["dependencies"], *extras.values()) for line in group})


@pytest.mark.parametrize("line", _requirements())
def test_every_requirement_is_pinned(line: str) -> None:
    requirement = Requirement(line)
    pinned = _pins().get(canonicalize_name(requirement.name))
    assert pinned is not None
    assert requirement.specifier.contains(pinned)


OPTIONAL = ("plots", "fev", "dask", "distributions")


def test_nobody_is_made_to_install_what_is_not_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    required, optional = (
        {canonicalize_name(Requirement(line).name) for line in lines}
        for lines in (
            project["dependencies"],
            [line for name in OPTIONAL for line in extras[name]],
        )
    )
    ours, both = {"esrnn", "competitions"}, set()
    for folder in ours:  # both are installed
        names = {name for path in _python_files(folder) for name in imported_names(path, ROOT)}
        packages = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - ours
        if folder == "esrnn":
            assert packages - required - optional == set()
        both |= packages
    assert required - both == set()


def test_makefile_installs_the_pinned_torch() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"torch==([\d.]+\d)", makefile) == [_pins()["torch"]]
