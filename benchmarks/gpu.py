"""Training on a GPU: ``bash benchmarks/gpu.sh DIR``, or ``python -m benchmarks.gpu --out DIR``.

Panels have M4's numbers of series and lengths, and made-up values; their per-series fits are made
up, too, since only training is timed. Nothing is held back for calibration. First a step on the GPU
is checked against the CPU's, then come

- the card's limits: a large copy, and matrix products of float32 and bfloat16;
- epochs of the presets for M4's groups, for 1, 8 and 32 members side by side, from the upload of an
  epoch's plan to its losses on the host, the next plan drawn meanwhile. The first epochs, which
  compile kernels and capture graphs, are timed apart;
- steps of one member on one core of the same machine's CPU, as it trains there by default;
- a whole fit of M4 Hourly, whose data come with the package, by its preset: seconds and OWA;
- where the time of a step goes, by torch's profiler, from steps that are not graphs.

A step's floor is counted from its operations and from the bytes that it must read and write: each
input, activation and weight once for every pass that needs it.

Imports nothing of sktime, so that it runs where only torch, numba and numba-cuda are installed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.gpu_panels import M4_LENGTHS, floor_of, make_job
from benchmarks.report import Bar, Result, describe, provenance, table
from esrnn.config import override, preset_config
from esrnn.datasets import load_m4
from esrnn.ensemble import TrainingOptions, fit_ensemble
from esrnn.metrics import naive2, owa, seasonal_scale
from esrnn.panel import Panel
from esrnn.runtime import default_modes, single_threaded
from esrnn.training import Job
from esrnn.training.initial import initial_model
from esrnn.training.loop import Clock
from esrnn.training.problem import TrainingProblem
from esrnn.training.stacked import StackedTraining, own_stream
from esrnn.training.state import TrainingState

__all__ = ["main"]

_EPOCH_BAR_S, _MEMBERS_BAR = 2.0, 4.0


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes
    ----------
    share : float
        Of M4's numbers of series.
    members : tuple of int
    repeats : int
        Epochs that count, after two that don't.
    cpu_steps : int
        Steps of one member on the CPU.
    matrix : int
        Rows of the matrices that are multiplied.
    copied : int
        Numbers that are copied.
    """

    share: float = 1.0
    members: tuple[int, ...] = (1, 8, 32)
    repeats: int = 3
    cpu_steps: int = 12
    matrix: int = 8192
    copied: int = 2**29


_QUICK = Sizes(0.002, (2,), 1, 1, 64, 2**12)


def begin(job: Job, n_members: int, device: str) -> StackedTraining:
    """Return the training of some members of one job, before its first step."""
    rngs = [np.random.default_rng(job.seed + k) for k in range(n_members)]
    problem = TrainingProblem(job, rngs[0])
    return StackedTraining([problem] * n_members, rngs, device, Clock())


def wait(device: str) -> None:
    """Wait until the device has done all that it was given."""
    if device != "cpu":
        torch.cuda.synchronize()


def seconds_of(run: Callable[[], object], device: str) -> float:
    """Return the wall time of a call, until the device is done."""
    wait(device)
    start = time.perf_counter()
    run()
    wait(device)
    return time.perf_counter() - start


def check_step(device: str) -> None:
    """Refuse figures if a step of some members is not the CPU's."""
    job = make_job("monthly", 0.002, 1)
    results = []
    for where in ("cpu", device):
        with own_stream(where):
            training = begin(job, 2, where)
            training.run_epoch(1)
            results.append((training.state.losses.cpu(), training.state.norms.cpu()))
    for here, there in zip(*results, strict=True):
        if not torch.allclose(here, there, rtol=1e-2):
            raise SystemExit(f"error: no figures, since an epoch's losses differ: {here} {there}")


def card_limits(device: str, sizes: Sizes) -> Result:
    """Measure what the device moves and multiplies at most."""
    out: Result = {"copy_bytes_per_s": _copied(device, sizes.copied)}
    n = sizes.matrix
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a, b = (torch.empty(n, n, device=device).normal_().to(dtype) for _ in range(2))
        a @ b
        product_s = median(seconds_of(partial(torch.mm, a, b), device) for _ in range(5))
        out[f"{name}_flop_per_s"] = 2.0 * n**3 / product_s
    return out


def _copied(device: str, n: int) -> float:
    """Return the bytes that a copy of so many numbers reads and writes in a second."""
    source = torch.empty(n, device=device).normal_()
    target = torch.empty_like(source)
    return 8.0 * n / median(seconds_of(lambda: target.copy_(source), device) for _ in range(5))


def time_epochs(group: str, n_members: int, device: str, sizes: Sizes) -> Result:
    """Time epochs of one group's preset."""
    job = make_job(group, sizes.share, 0)
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    with single_threaded(), default_modes(), own_stream(device):
        start = time.perf_counter()
        training = begin(job, n_members, device)
        setup_s = time.perf_counter() - start
        first_s = [seconds_of(partial(training.run_epoch, k), device) for k in (1, 2)]
        times = [
            seconds_of(partial(training.run_epoch, 3 + k), device) for k in range(sizes.repeats)
        ]
        plan = training._plan()
        n_windows = int(np.median(plan.n_windows))
    flop, moved = floor_of(job.config, n_windows, n_members)
    peak = torch.cuda.max_memory_allocated() if device != "cpu" else 0
    return {
        "group": group,
        "members": n_members,
        "series": int(job.panel.n_series),
        "steps": plan.n_steps,
        "graphs": training.n_graphs,
        "setup_s": setup_s,
        "first_epochs_s": first_s,
        "epoch_s": median(times),
        "epochs_s": times,
        "step_ms": 1e3 * median(times) / plan.n_steps,
        "matrix_flop_per_step": flop,
        "bytes_per_step": moved,
        "peak_bytes": peak,
        "loss": float(training._histories[0].losses[-1]),
    }


def time_cpu_steps(group: str, sizes: Sizes) -> Result:
    """Time steps of one member on one core, as `esrnn.training.train_member` makes them."""
    job = make_job(group, min(sizes.share, 0.05), 0)
    with single_threaded(), default_modes():
        rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
        problem = TrainingProblem(job, rng)
        state = TrainingState(problem, initial_model(job, generator), rng, generator)
        state.model.train()
        batches = problem.draw_batches(rng)
        batches = (batches * math.ceil((sizes.cpu_steps + 2) / len(batches)))[: sizes.cpu_steps + 2]
        times = [seconds_of(partial(state.step, b, 0.5, "epoch 1"), "cpu") for b in batches]
    n_steps = math.ceil(M4_LENGTHS[group][0] / job.config.training.batch_size)
    step_s = median(times[2:])
    return {"group": group, "step_ms": 1e3 * step_s, "epoch_s": step_s * n_steps}


def time_fit(device: str, sizes: Sizes) -> Result:
    """Time the fit of M4 Hourly by its preset, and score its forecasts."""
    train, test = load_m4("hourly", layout="long")
    by_id = dict(tuple(train.groupby("unique_id", sort=False)["y"]))
    names = list(by_id)[: max(int(len(by_id) * sizes.share), 4)]
    panel = Panel.from_arrays([by_id[name].to_numpy() for name in names], names)
    config = preset_config("hourly", horizon=48)
    if sizes.share < 1.0:
        config = override(config, n_members=1, n_epochs=1)
    options = TrainingOptions(device=device, n_jobs=1)
    few = panel.subset(np.arange(4))  # kernels are compiled here
    fit_ensemble(few, override(config, n_epochs=1), seed=1, options=options)
    start = time.perf_counter()
    ensemble = fit_ensemble(panel, config, seed=1, options=options)
    fit_s = time.perf_counter() - start
    start = time.perf_counter()
    forecast = ensemble.forecast(panel, device=device)
    forecast_s = time.perf_counter() - start
    later = dict(tuple(test.groupby("unique_id", sort=False)["y"]))
    actual = np.array([later[name].to_numpy() for name in names])
    middle = forecast[forecast.shape[0] // 2]
    history = (panel.values, panel.indptr)
    scale = seasonal_scale(history[0], 24, indptr=history[1])
    benchmark = naive2(history[0], 48, 24, indptr=history[1])
    score = owa(actual, middle, benchmark=benchmark, scale=scale)
    return {"group": "hourly", "members": config.ensemble.n_members, "fit_s": fit_s,
            "forecast_s": forecast_s, "owa": float(score)}  # fmt: skip


def profile_step(group: str, n_members: int, sizes: Sizes) -> Result:
    """Return how long each kernel of a step takes on the GPU, the longest first."""
    from torch.profiler import ProfilerActivity, profile

    job = make_job(group, min(sizes.share, 0.05), 0)
    with single_threaded(), default_modes(), own_stream("cuda"):
        training = begin(job, n_members, "cuda")
        plan = training._plan()
        training._upload(plan, 1)
        for k in range(2):
            training.state.step(plan.n_windows[k])
        torch.cuda.synchronize()
        with profile(activities=[ProfilerActivity.CUDA]) as profiler:
            training.state.step(plan.n_windows[2])
            torch.cuda.synchronize()
    kernels = [e for e in profiler.key_averages() if e.self_device_time_total > 0]
    kernels.sort(key=lambda e: -e.self_device_time_total)
    return {
        "group": group,
        "members": n_members,
        "n_windows": plan.n_windows[2],
        "kernels": sum(e.count for e in kernels),
        "kernel_us": sum(e.self_device_time_total for e in kernels),
        "longest": [
            {"name": e.key[:90], "count": e.count, "us": e.self_device_time_total}
            for e in kernels[:14]
        ],
    }


def bars_of(epochs: list[Result]) -> list[Bar]:
    """Return the bars: all groups' epoch, and 32 members beside one."""
    by = {(e["group"], e["members"]): e["epoch_s"] for e in epochs}
    groups, numbers = {g for g, _ in by}, sorted({n for _, n in by})
    totals = {n: sum(by[g, n] for g in groups) for n in numbers}
    most = numbers[-1]
    return [
        Bar("one epoch over all of M4's lengths, one member, s", totals[1], _EPOCH_BAR_S, False),
        Bar(f"{most} members beside one, times", totals[most] / totals[1], _MEMBERS_BAR, False),
    ]


def epoch_table(result: Result) -> str:
    """Lay out the epochs, one row for each group and number of members."""
    limits, cpu = result["limits"], {row["group"]: row for row in result["cpu"]}
    rows = []
    for e in result["epochs"]:
        floor_ms = 1e3 * max(
            e["matrix_flop_per_step"] / limits["float32_flop_per_s"],
            e["bytes_per_step"] / limits["copy_bytes_per_s"],
        )
        on_cpu = cpu.get(e["group"])
        faster = f"{on_cpu['epoch_s'] * e['members'] / e['epoch_s']:.0f}" if on_cpu else ""
        rows.append(
            [
                e["group"], str(e["members"]), str(e["steps"]), f"{e['epoch_s']:.3f}",
                f"{e['step_ms']:.3f}", f"{100 * floor_ms / e['step_ms']:.1f}%", faster,
                f"{e['peak_bytes'] / 2**20:.0f}",
            ]
        )  # fmt: skip
    header = ["group", "members", "steps", "epoch s", "step ms", "of limit", "x one core", "MiB"]
    return table(header, rows)


def measure(device: str, sizes: Sizes, result: Result, write: Callable[[], None]) -> None:
    """Fill in the result, written after each part."""

    def say(line: str) -> None:
        print(line, flush=True)

    parts: list[tuple[str, Callable[[], Any]]] = [
        ("limits", partial(card_limits, device, sizes)),
        *(
            ("epochs", partial(time_epochs, g, n, device, sizes))
            for n in sizes.members for g in M4_LENGTHS
        ),
        *(("cpu", partial(time_cpu_steps, g, sizes)) for g in M4_LENGTHS),
        ("fits", partial(time_fit, device, sizes)),
    ]  # fmt: skip
    if device != "cpu":
        parts += [
            ("profiles", partial(profile_step, g, n, sizes))
            for g, n in (("monthly", 1), ("monthly", 32), ("hourly", 1), ("hourly", 32))
        ]
    for name, run in parts:
        part = run()
        if name == "limits":
            result[name] = part
        else:
            result.setdefault(name, []).append(part)
        say(f"{name}: {json.dumps(part)}"[:400])
        write()
    result["bars"] = []
    if not result["is_dry_run"]:  # of tiny panels they would say nothing
        result["bars"] = [bar.record() for bar in bars_of(result["epochs"])]
    write()


def main() -> int:
    """Measure and write DIR/gpu.json and DIR/gpu.txt."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--members", type=int, nargs="+", metavar="M", help="side by side")
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sizes = _QUICK if arguments.quick or device == "cpu" else Sizes()
    if arguments.members:
        sizes = replace(sizes, members=tuple(arguments.members))
    about = provenance("gpu", {"seed": 0})
    card = torch.cuda.get_device_name() if device != "cpu" else None
    result: Result = {**about, "card": card, "is_dry_run": sizes.share < 1.0}
    print(describe(about), f"card: {card or 'none: a dry run on the CPU'}", sep="\n", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)

    def write() -> None:
        text = json.dumps(result, indent=1)
        (arguments.out / "gpu.json").write_text(text + "\n", encoding="utf-8")

    check_step(device)
    measure(device, sizes, result, write)
    lines = [f"card: {card or 'none: a dry run on the CPU, tiny sizes'}", epoch_table(result)]
    lines += [Bar(**{k: v for k, v in b.items() if k != "passed"}).line() for b in result["bars"]]
    (arguments.out / "gpu.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
