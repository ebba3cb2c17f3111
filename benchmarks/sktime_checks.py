"""Time of sktime's own checks of `ESRNN`, every one of them, on one core.

``python -m benchmarks.sktime_checks`` runs them in this process and prints the outcome as JSON;
`run` starts it twice, each time in a fresh process on one core and one thread. The first finds
nothing compiled, as after an installation, the second what the first one left. With ``--cell gru``
the checks are those of an `ESRNN` whose layers are of that cell.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.kernel_checks import GateError
from benchmarks.report import Bar, Result, Say, describe, provenance, table

__all__ = ["SktimeChecksSettings", "check", "run"]

CPU_BAR = 120.0  # what two minutes of one core are, whoever else is at work on the machine
_ROOT = Path(__file__).resolve().parent.parent
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class SktimeChecksSettings:
    """What is run.

    Attributes
    ----------
    checks : tuple of str
        Names of sktime's tests, such as ``"test_clone"``; none stands for all of them.
    cold : bool
        Whether to begin with nothing compiled, and run twice; else once, with what is there.
    """

    checks: tuple[str, ...] = ()
    cold: bool = True


def run(settings: SktimeChecksSettings, say: Say) -> Result:
    """Run the checks with an empty cache of compiled kernels and with a full one.

    Parameters
    ----------
    settings : SktimeChecksSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/sktime-checks.json``.

    Raises
    ------
    GateError
        If a check failed, or there was none.
    """
    about = provenance("sktime-checks", asdict(settings))
    say(describe(about))
    if settings.cold:
        with tempfile.TemporaryDirectory() as cache:
            found = {
                name: _fresh_process(settings.checks, cache) for name in ("compiled", "loaded")
            }
    else:
        found = {"as found": _fresh_process(settings.checks)}
    results = [{"kernels": state, **result} for state, result in found.items()]
    for result in results:
        if result["failed"] or not result["cases"]:
            names = "; ".join(result["failed"][:5])
            raise GateError(f"of {result['cases']} checks {len(result['failed'])} fail: {names}")
    rows = [
        [f"kernels {r['kernels']}", f"{r['cases']}", *(f"{r[name]:.1f}" for name in _SECONDS)]
        for r in results
    ]
    say(table(["check_estimator(ESRNN)", "cases", "wall s", "cpu s", "import s"], rows))
    bar = Bar("all checks on one core, CPU s", results[0]["cpu_s"], CPU_BAR, at_least=False)
    say(bar.line())
    return {**about, "results": results, "bars": [bar.record()]}


_SECONDS = ("wall_s", "cpu_s", "import_s")


def check(checks: Sequence[str] = (), cell: str | None = None) -> Result:
    """Run sktime's checks on `ESRNN` in this process.

    Parameters
    ----------
    checks : sequence of str
        As in `SktimeChecksSettings`.
    cell : str, optional
        That of a small forecaster which is checked; by default the class is, with all of its sets
        of parameters for tests.

    Returns
    -------
    dict
        ``cases``, their number; ``failed``, what failed and how; ``wall_s`` and ``cpu_s`` of the
        checks, and ``import_s`` of what they need.
    """
    start = time.perf_counter()
    from sktime.utils.estimator_checks import check_estimator

    from esrnn import ESRNN

    imported, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sktime itself and of packages that it does without
        of_cell = None if cell is None else ESRNN(**{**ESRNN.get_test_params()[0], "cell": cell})
        found = check_estimator(of_cell or ESRNN, tests_to_run=list(checks) or None, verbose=False)
    return {
        "cases": len(found),
        "failed": [f"{name}: {outcome}" for name, outcome in found.items() if outcome != "PASSED"],
        "wall_s": time.perf_counter() - imported,
        "cpu_s": time.process_time() - cpu,
        "import_s": imported - start,
    }


def _fresh_process(checks: Sequence[str], cache: str | None = None) -> Result:
    environment = {**os.environ, **dict.fromkeys(_ONE_THREAD, "1")}
    if cache:
        environment["NUMBA_CACHE_DIR"] = cache
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sktime_checks", *checks],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sktime_checks")
    parser.add_argument("check", nargs="*", help="names of sktime's tests; default: all")
    parser.add_argument("--cell", help="what the network's layers are made of")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    arguments = parser.parse_args()
    print(json.dumps(check(arguments.check, arguments.cell)))


if __name__ == "__main__":
    _main()
