"""Commands killed at random moments, begun again, and compared with undisturbed ones.

Each of `forecast`, `fit` and `predict` is a process of its own that gets SIGKILL. The earlier
output must be whole after it, and the second run must end with the bytes of an undisturbed one. The
three run side by side.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.jobs import JobsSettings, make_files
from benchmarks.kernel_checks import GateError
from benchmarks.report import Result, Say, describe, provenance

__all__ = ["KillSettings", "run"]

_ROOT = Path(__file__).resolve().parent.parent
_SMALL = ["--set", "strategy=train", "--set", "n_members=3", "--set", "n_epochs=2", "--quiet"]


@dataclass(frozen=True)
class KillSettings:
    """How much is run.

    Attributes
    ----------
    n_moments : int
        Of each command.
    n_series : int
    seed : int
        Of the moments.
    """

    n_moments: int = 20
    n_series: int = 60
    seed: int = 0


def run(settings: KillSettings, say: Say) -> Result:
    """Kill each command at some moments.

    Parameters
    ----------
    settings : KillSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        How many runs were killed before their end, of each command.

    Raises
    ------
    GateError
        If an output is not whole, or has other bytes than an undisturbed one.
    """
    about = provenance("kill-jobs", asdict(settings))
    say(describe(about))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(
            JobsSettings((settings.n_series,), 40, -(-settings.n_series // 6)), folder / "data"
        )
        data, model = str(folder / "data"), str(folder / "model")
        commands = {
            "fit": ["fit", data, "--horizon", "4", *_SMALL],
            "forecast": ["forecast", data, "--horizon", "4", *_SMALL],
            "predict": ["predict", model, data, "--quiet"],
        }
        _run([*commands["fit"], "--out", model])
        with ThreadPoolExecutor(len(commands)) as threads:
            runs = {
                command: threads.submit(_kill, words, folder / command, settings)
                for command, words in commands.items()
            }
            killed = {command: run.result() for command, run in runs.items()}
    for command, n_killed in killed.items():
        say(f"{command}: {n_killed} of {settings.n_moments} runs killed, all made whole")
    return {**about, "killed": killed}


def _kill(words: list[str], folder: Path, settings: KillSettings) -> int:
    """Kill one command at some moments; return how many runs had not ended by then."""
    undisturbed, target = folder / "undisturbed" / "out", folder / "killed" / "out"
    began = time.monotonic()
    _run([*words, "--out", str(undisturbed)])
    whole, wanted = time.monotonic() - began, _contents(undisturbed)
    draw, n_killed = random.Random(settings.seed), 0
    for n in range(settings.n_moments):
        shutil.rmtree(target.parent, ignore_errors=True)
        earlier = n % 2 == 1
        if earlier:
            shutil.copytree(undisturbed, target)
        process = subprocess.Popen(
            _command([*words, "--out", str(target)]), cwd=_ROOT, stdout=subprocess.DEVNULL
        )
        time.sleep(draw.uniform(0.0, whole))
        process.kill()
        n_killed += process.wait() != 0
        if _contents(target) not in ([wanted] if earlier else [{}, wanted]):
            raise GateError(f"{words[0]} left half an output")
        _run([*words, "--out", str(target)])
        if _contents(target) != wanted:
            raise GateError(f"{words[0]} ended with other bytes after it was killed")
    return n_killed


def _run(words: list[str]) -> None:
    done = subprocess.run(_command(words), cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GateError(f"{words[0]} ended with {done.returncode}: {done.stderr}")


def _command(words: list[str]) -> list[str]:
    return [sys.executable, "-m", "esrnn.cli", *words]


def _contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by name."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
