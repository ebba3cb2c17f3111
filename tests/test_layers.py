"""The layers: a module of `esrnn` imports only from modules below it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Lowest first. A module that is not listed fails: give it its place here.
LAYERS = (
    "_typing",
    "errors",
    "_folders",
    "_arrays",
    "_checks",
    "config",
    "panel",
    "frames",
    "files",
    "datasets",
    "metrics",
    "forms",
    "seasons",
    "kernels",
    "smoothing",
    "effects",
    "local_models",
    "runtime",
    "ops",
    "nn",
    "model",
    "quantiles",
    "training",
    "ensemble",
    "components",
    "diagnostics",
    "store",
    "networks",
    "forecaster",
    "evaluation",
    "estimator",
    "classifier",
    "plotting",
    "reports",
    "adapters",
    "jobs",
    "cli",
)
# The same of `competitions`; `commands` and `__main__` are its front.
COMPETITIONS_LAYERS = (
    "source_commit",
    "task",
    "leaks",
    "published",
    "scoring",
    "methods",
    "backtest",
    "runs",
    "networks",
    "studies",
    "store",
    "report",
    "announcement",
    "commands",
    "__main__",
)
# The package's front (`esrnn/__init__.py`, `esrnn/__main__.py`) may import anything.
FRONT = "esrnn"
# The lowest layer that may import each of the heavy packages, lazily or not.
LOWEST_LAYER_OF = {
    "numba": "kernels",
    "torch": "runtime",
    "safetensors": "store",
    "sktime": "estimator",
    "matplotlib": "plotting",
    "fev": "adapters",
    "datasets": "adapters",
}
HEAVY = ("torch", "sktime", "numba", "matplotlib", "statsmodels")
# Modules whose import loads none of them, in the order of their layers.
LIGHT = (
    "", ".errors", ".config", ".panel", ".datasets", ".metrics", ".quantiles", ".forecaster",
    ".store", ".files", ".evaluation",
)  # fmt: skip
INTERNAL_TO_COMPETITIONS = ("kernels", "ops", "nn")


def _package_of(path: Path, root: Path) -> str:
    """Name the package a file's relative imports start from."""
    return ".".join(path.relative_to(root).with_suffix("").parts[:-1])


def imported_names(path: Path, root: Path) -> set[str]:
    """Collect the dotted names a file imports, anywhere in it, as `module` or `module.name`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parents = _package_of(path, root).split(".")
                base = parents[: len(parents) - node.level + 1]
                module = ".".join([*base, *([module] if module else [])])
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def layer_of(path: Path, root: Path) -> str:
    """Name the layer of a file of `esrnn`; `FRONT` for the package's own front."""
    first = path.relative_to(root / "esrnn").parts[0]
    layer = first.removesuffix(".py")
    return FRONT if layer in ("__init__", "__main__") else layer


def violations(path: Path, root: Path) -> list[str]:
    """List the imports of a file of `esrnn` that its layer does not allow."""
    layer = layer_of(path, root)
    if layer == FRONT:
        return []
    if layer not in LAYERS:
        return [f"layer {layer!r} is not in LAYERS"]
    rank = LAYERS.index(layer)
    bad = []
    for name in sorted(imported_names(path, root)):
        package, _, rest = name.partition(".")
        if package == "esrnn":
            target = rest.partition(".")[0]
            allowed = target == "__version__" or (target in LAYERS and LAYERS.index(target) <= rank)
        else:
            lowest = LOWEST_LAYER_OF.get(package)
            allowed = lowest is None or LAYERS.index(lowest) <= rank
        if not allowed:
            bad.append(name)
    return bad


def _python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _in_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_documented_table_lists_the_layers_in_this_order() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.split("## Layers")[1].split("## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| \S", table, flags=re.MULTILINE)
    present = {layer_of(path, ROOT) for path in _python_files("esrnn")}
    assert documented == [layer for layer in LAYERS if layer in present]


@pytest.mark.parametrize("path", _python_files("esrnn"), ids=_in_root)
def test_imports_only_from_below(path: Path) -> None:
    assert violations(path, ROOT) == []


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("panel.py", "import esrnn.metrics", ["esrnn.metrics"]),
        ("panel.py", "from esrnn import forecaster", ["esrnn.forecaster"]),
        ("panel.py", "from esrnn import ESRNN", ["esrnn.ESRNN"]),
        ("panel.py", "def f():\n    from .frames import x", ["esrnn.frames.x"]),
        (
            "kernels/smoothing.py",
            "from ..ops.smoothing import smooth",
            ["esrnn.ops.smoothing.smooth"],
        ),
        ("kernels/smoothing.py", "from .. import nn", ["esrnn.nn"]),
        ("kernels/smoothing.py", "import torch.nn as nn", ["torch.nn"]),
        ("kernels/smoothing.py", "from . import reference\nfrom ..panel import Panel", []),
        ("ops/smoothing.py", "import torch\nfrom esrnn.kernels.smoothing import forward", []),
        ("store.py", "from esrnn import __version__", []),
        ("odds.py", "", ["layer 'odds' is not in LAYERS"]),
        ("__init__.py", "from esrnn.cli import main", []),
    ],
)
def test_the_walker_sees_what_it_should(
    tmp_path: Path, file: str, source: str, expected: list[str]
) -> None:
    path = tmp_path / "esrnn" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    assert violations(path, tmp_path) == expected


def private_imports(path: Path, root: Path, internal: tuple[str, ...]) -> list[str]:
    """List what a file imports from `esrnn` that is not public, or is in an internal layer."""
    bad = []
    for name in sorted(imported_names(path, root)):
        parts = name.split(".")
        if parts[0] != "esrnn":
            continue
        private = any(part.startswith("_") and part != "__version__" for part in parts)
        if private or (len(parts) > 1 and parts[1] in internal):
            bad.append(name)
    return bad


@pytest.mark.parametrize("path", _python_files("competitions"), ids=_in_root)
def test_competitions_use_public_names(path: Path) -> None:
    # What a cell remembers is a question about layers, not about forecasts; and a program of 2018
    # is rebuilt from kernels, because its training is not the package's.
    is_below = path.name in ("long_memory.py", "smyl2018.py", "smyl2018_network.py")
    internal = () if is_below else INTERNAL_TO_COMPETITIONS
    assert private_imports(path, ROOT, internal) == []


def competitions_violations(path: Path, root: Path) -> list[str]:
    """List the imports of a file of `competitions` that its layer does not allow."""
    rank = COMPETITIONS_LAYERS.index(
        path.relative_to(root / "competitions").parts[0].removesuffix(".py")
    )
    targets = {name: name.split(".") for name in sorted(imported_names(path, root))}
    return [
        name
        for name, parts in targets.items()
        if parts[0] == "competitions" and COMPETITIONS_LAYERS.index(parts[1]) > rank
    ]


@pytest.mark.parametrize("path", _python_files("competitions")[1:], ids=_in_root)
def test_competitions_import_only_from_below(path: Path) -> None:
    assert competitions_violations(path, ROOT) == []


def test_an_upward_import_of_competitions_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "competitions" / "methods" / "naive.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from competitions.task import load_task\n"
        "def f():\n    from competitions.runs.runner import run\n",
        encoding="utf-8",
    )
    assert competitions_violations(path, tmp_path) == ["competitions.runs.runner.run"]


def test_the_layers_of_competitions_are_documented_in_this_order() -> None:
    text = (ROOT / "competitions" / "__init__.py").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \| \S", text, flags=re.MULTILINE)
    assert tuple(documented) == COMPETITIONS_LAYERS[:-1]


def test_no_module_of_competitions_imports_itself_by_others() -> None:
    """Follow all imports, those inside functions too, and find no circle."""
    files = _python_files("competitions")
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}
    imports = {
        name: {
            other
            for found in imported_names(path, ROOT)
            for other in (found, found.rpartition(".")[0], f"{found.rpartition('.')[0]}.__init__")
            if other in modules and other != name
        }
        for name, path in modules.items()
    }
    while imports:
        leaves = [name for name, others in imports.items() if not others & imports.keys()]
        assert leaves, f"a circle among {sorted(imports)}"
        for name in leaves:
            del imports[name]


@pytest.mark.parametrize("path", _python_files("benchmarks"), ids=_in_root)
def test_benchmarks_use_public_names(path: Path) -> None:
    assert private_imports(path, ROOT, ()) == []


def test_private_imports_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "competitions" / "run.py"
    path.parent.mkdir()
    path.write_text(
        "import esrnn._typing\n"
        "import esrnn.kernels.smoothing\n"
        "from esrnn import ESRNN, __version__, nn\n"
        "from esrnn.metrics import _scale, smape\n",
        encoding="utf-8",
    )
    found = private_imports(path, tmp_path, INTERNAL_TO_COMPETITIONS)
    assert found == ["esrnn._typing", "esrnn.kernels.smoothing", "esrnn.metrics._scale", "esrnn.nn"]


def test_light_imports_stay_light() -> None:
    """One process imports all of them, lowest first: the first heavy one is the one at fault."""
    code = (
        "import importlib, sys\n"
        f"for name in {LIGHT!r}:\n"
        "    importlib.import_module('esrnn' + name)\n"
        f"    print(name, *sorted(set({HEAVY!r}) & set(sys.modules)), sep=',')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == list(LIGHT)
