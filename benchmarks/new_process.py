"""Work done in a process of its own, so that nothing that ran before is counted or helps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.kernel_checks import GateError
from benchmarks.report import Result

__all__ = ["ONE_THREAD", "fresh_process", "require_same_sums", "run_process"]

_ROOT = Path(__file__).resolve().parent.parent
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
ONE_THREAD = dict.fromkeys(_THREADS, "1")
_ROUNDING = 1e-9  # of sums in another order


def fresh_process(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    all_cores: bool = False,
) -> Result:
    """Run Python in a new process and return what its last line says.

    Parameters
    ----------
    arguments : sequence of str
        Of the interpreter, such as ``["-m", "benchmarks.sktime_esrnn_season"]``. The process runs
        in the repository's root.
    environment : mapping of str to str, optional
        Variables to set beside those of this process.
    all_cores : bool
        Without the variables that limit threads, as they are left after an installation.

    Returns
    -------
    dict
        The last line of the output, which must be JSON.

    Raises
    ------
    GateError
        If the process fails; with the end of what it wrote about it.

    Examples
    --------
    >>> fresh_process(["-c", "print('begun'); print('{}')"])
    {}
    """
    if all_cores:
        environment = {**dict.fromkeys(_THREADS, ""), **(environment or {})}
    result: Result = json.loads(run_process(arguments, environment).splitlines()[-1])
    return result


def run_process(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    folder: Path = _ROOT,
) -> str:
    """Run Python in a new process and return what it prints.

    Parameters
    ----------
    arguments : sequence of str
    environment : mapping of str to str, optional
        Variables to set beside those of this process; empty ones are taken away.
    folder : Path
        Where the process runs; by default the repository's root.

    Returns
    -------
    str

    Raises
    ------
    GateError
        As `fresh_process`.
    """
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={name: value for name, value in variables.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        end = " | ".join(done.stderr.strip().splitlines()[-3:])
        what = " ".join(arguments[:3])
        raise GateError(f"python {what} ended with exit status {done.returncode}: {end}")
    return done.stdout


def require_same_sums(sums: Sequence[float], what: str) -> None:
    """Refuse figures of versions that forecast different things.

    Parameters
    ----------
    sums : sequence of float
        The sum of the forecasts in each process.
    what : str
        What was forecast after, for the message.

    Raises
    ------
    GateError
        If two sums differ by more than rounding in another order.
    """
    if max(sums) - min(sums) > _ROUNDING * max(map(abs, sums)):
        raise GateError(f"forecasts after {what} differ: their sums are {sorted(set(sums))}")
