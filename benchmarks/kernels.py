"""Steps per second of the smoothing kernels, forward and adjoint.

One step is one observation of one series. What is timed:

kernel
    the compiled kernel over all series, into buffers that are already there;
with allocation
    `esrnn.kernels.smoothing.smooth` and `smooth_adjoint` as they are called elsewhere: new output
    arrays each time, whose pages the system has to provide, and the kernel;
copy
    moving as many bytes as the kernel has to read and write, each once: the memory's limit;
lanes
    the same recursion vectorised across series that lie side by side (`kernel_baselines.Lanes`);
torch loop
    a Python loop over time, batched over all series, and autograd (`kernel_baselines.smooth_loop`).

Steps are those of the series; what padding costs the last two, a ninth of what they compute for
the hourly series, counts against them. Adjoints are refilled before each run of the adjoint
kernel, off the clock, since it changes them.

Figures on several threads need an idle machine: all wait for the last one, and where another
process holds a core they wait for the system's scheduler, milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.kernel_baselines import Lanes, Padded, parallel_copy
from benchmarks.kernel_checks import check_kernels, random_bars
from benchmarks.kernel_compile_time import cold_start
from benchmarks.made_up_panels import CASES, FloatArray, SmoothingTask, make_task
from benchmarks.report import Bar, Result, Say, describe, provenance, table
from benchmarks.timing import Contender, Timing, take_turns, thread_counts, threads
from esrnn.kernels import smoothing as kernel

__all__ = ["KernelSettings", "run"]

FORWARD_BAR = 150.0  # million steps/s, forward, on two threads
_PASSES = ("forward", "adjoint", "both")


@dataclass(frozen=True)
class KernelSettings:
    """How much is timed.

    Attributes
    ----------
    share : float
        Share of the full number of series.
    repeats, torch_repeats : int
    cold : bool
        Whether to measure compilation, which takes two fresh processes.
    seed : int
    """

    share: float = 1.0
    repeats: int = 21
    torch_repeats: int = 3
    cold: bool = True
    seed: int = 0


def run(settings: KernelSettings, say: Say) -> Result:
    """Check the kernels, then time them.

    Parameters
    ----------
    settings : KernelSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/kernels.json``.

    Raises
    ------
    GateError
        If a kernel is wrong; nothing has been timed then.
    """
    about = provenance("kernels", {**asdict(settings), "threads": thread_counts()})
    say(describe(about))
    tasks = [make_task(name, settings.share, settings.seed) for name in CASES]
    for task in tasks:
        check_kernels(task, settings.seed)
    say("kernels equal the reference, their adjoint equals autograd's, on a sample of each panel")
    cold = cold_start() if settings.cold else None
    if cold:
        say("\n" + _cold_table(cold))
    results: list[Result] = []
    for task in tasks:
        for n_threads in thread_counts():
            with threads(n_threads):
                timings = take_turns(_contenders(task, settings), settings.repeats)
            say(f"\n{task.title()}; {n_threads} thread{'s' if n_threads > 1 else ''}")
            say(_speed_table(task, timings))
            results += [_record(task, n_threads, timing) for timing in timings.values()]
    bars = _bars(results)
    say("\n" + "\n".join(bar.line() for bar in bars))
    return {
        **about,
        "cold": cold,
        "results": results,
        "bars": [bar.record() for bar in bars],
    }


def _contenders(task: SmoothingTask, settings: KernelSettings) -> list[Contender]:
    """Build what takes turns; names are "pass, what"."""
    smoothed = kernel.smooth(*task.arguments())
    bars = random_bars(smoothed, settings.seed)
    padded = Padded.of(task)
    padded_bars = padded.bars(bars)
    forward_bytes, adjoint_bytes = _bytes_moved(task)

    def call_adjoint() -> None:
        kernel.smooth_adjoint(*task.arguments()[:3], task.additive, smoothed, bars)

    def call_both() -> None:
        out = kernel.smooth(*task.arguments())
        kernel.smooth_adjoint(*task.arguments()[:3], task.additive, out, bars)

    contenders = [
        Contender("forward, kernel", _bare_forward(task)),
        Contender("forward, with allocation", lambda: kernel.smooth(*task.arguments())),
        Contender("forward, copy", _copy(forward_bytes)),
        _bare_adjoint(task, smoothed, bars),
        Contender("adjoint, with allocation", call_adjoint),
        Contender("adjoint, copy", _copy(adjoint_bytes)),
        Contender("both, with allocation", call_both),
    ]
    if all(task.periods):
        contenders.insert(2, Contender("forward, lanes", Lanes(task).run))
    slow = settings.torch_repeats
    return [
        *contenders,
        Contender("forward, torch loop", padded.forward, max_repeats=slow),
        Contender(
            "both, torch loop", lambda: padded.forward_backward(padded_bars), max_repeats=slow
        ),
    ]


# What checks nothing and allocates nothing: exactly what is to be timed here.
def _bare_forward(task: SmoothingTask) -> Callable[[], None]:
    level, s, u = kernel.smooth(*task.arguments())
    n_s, n_u = task.periods
    inputs = (task.values, task.indptr, task.coefficients, task.additive)

    def forward() -> None:
        kernel.smooth_panel(*inputs, n_s, n_u, level, s, u)

    return forward


def _bare_adjoint(
    task: SmoothingTask, smoothed: tuple[FloatArray, ...], bars: tuple[FloatArray, ...]
) -> Contender:
    level_bar, s_bar, u_bar = (bar.copy() for bar in bars)
    level, s, u = smoothed
    coefficients_bar = np.empty_like(task.coefficients)
    inputs = (task.values, task.indptr, task.coefficients, task.additive)
    n_s, n_u = task.periods

    def refill() -> None:
        np.copyto(s_bar, bars[1])
        np.copyto(u_bar, bars[2])

    def adjoint() -> None:
        kernel.smooth_panel_adjoint(
            *inputs, n_s, n_u, level, s, u, level_bar, s_bar, u_bar, coefficients_bar
        )

    return Contender("adjoint, kernel", adjoint, prepare=refill)


def _bytes_moved(task: SmoothingTask) -> tuple[int, int]:
    """Return the bytes that forward and adjoint read and write if each moves once."""
    n, parameters = task.values.size, task.coefficients.size
    factors = sum(n + task.lengths.size * period for period in task.periods if period)
    forward = 2 * n + factors + parameters  # values in, level out; factors in, then out
    # In: values, levels, factors, adjoints of levels. In and out: adjoints of factors.
    adjoint = 3 * n + 3 * factors + 2 * parameters
    return 8 * forward, 8 * adjoint


def _copy(moved: int) -> Callable[[], None]:
    source = np.ones(moved // 16)  # half of the bytes are read, half are written
    target = np.zeros_like(source)
    return lambda: parallel_copy(source, target)


def _record(task: SmoothingTask, n_threads: int, timing: Timing) -> Result:
    which, what = timing.name.split(", ")
    return {
        "case": task.name,
        "n_series": task.lengths.size,
        "n_steps": task.values.size,
        "threads": n_threads,
        "pass": which,
        "what": what,
        **timing.summary(),
        "msteps_per_s": _rate(task, timing),
    }


def _rate(task: SmoothingTask, timing: Timing) -> float:
    """Return million steps per second."""
    return task.values.size / timing.median_ms / 1e3


def _speed_table(task: SmoothingTask, timings: dict[str, Timing]) -> str:
    rows = []
    for which in _PASSES:
        loop = timings.get(f"{which}, torch loop")
        for name, timing in timings.items():
            if name.startswith(which):
                times = f"{loop.median_ms / timing.median_ms:.1f}" if loop else ""
                rows.append(
                    [name, f"{timing.median_ms:.3f}", timing.spread,
                     f"{_rate(task, timing):.1f}", times]
                )  # fmt: skip
    return table(["pass, what", "median ms", "min..max", "M steps/s", "x torch loop"], rows)


def _cold_table(cold: dict[str, dict[str, float]]) -> str:
    what = {"compile": "compiling (empty cache)", "load": "loading from the cache"}
    rows = [[what[name], *(f"{s:.2f}" for s in seconds.values())] for name, seconds in cold.items()]
    header = ["fresh process", "import s", "first forward s", "first adjoint s"]
    return table(header, rows)


def _bars(results: list[Result]) -> list[Bar]:
    """Hold the forward pass on two threads to its bar, in each case, bare and as called."""
    return [
        Bar(
            f"{r['case']}, forward on two threads, {r['what']}, million steps/s",
            r["msteps_per_s"],
            FORWARD_BAR,
            at_least=True,
        )
        for r in results
        if r["threads"] == 2
        and r["pass"] == "forward"
        and r["what"] in ("kernel", "with allocation")
    ]
