"""``python -m esrnn``: ``warm`` compiles all kernels, ``example`` shows a forecast.

After ``warm`` no first fit has to wait for a compilation. The commands of ``esrnn``, such as
``forecast``, can be called in this way, too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

__all__ = ["main"]

_N_EXAMPLES, _HORIZON, _SHOWN = 100, 48, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the command line.

    Returns
    -------
    int
        0, or 1 if compiled kernels can't be kept; or that of a command of ``esrnn``.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in _jobs():
        from esrnn.cli import main as run_command

        return run_command(arguments)
    parser = argparse.ArgumentParser(
        prog="python -m esrnn",
        description="Prepare esrnn for use, or see it at work.",
        epilog=f"Commands for files: {', '.join(_jobs())}, as of the command esrnn.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser(
        "warm",
        help="compile all kernels and keep them, in $NUMBA_CACHE_DIR where it is set",
        description="Compile all kernels and keep them, in $NUMBA_CACHE_DIR where it is set.",
    )
    commands.add_parser(
        "example",
        help="forecast hourly series of M4 by networks that come with the package",
        description="Forecast hourly series of M4 by networks that come with the package.",
    )
    chosen = parser.parse_args(arguments).command
    return _example() if chosen == "example" else _warm()


def _jobs() -> list[str]:
    """Return the names of the commands of ``esrnn``."""
    from esrnn.cli.main import cli

    return sorted(cli.commands)


def _warm() -> int:
    """Train and forecast a small panel with everything that a model can have."""
    import numpy as np  # here, so that a question for help is answered at once

    from esrnn.components import smoothed_components
    from esrnn.config import preset_config
    from esrnn.ensemble import TrainingOptions, fit_ensemble
    from esrnn.kernels.jit import FOLDER, compiled
    from esrnn.panel import Covariates, Panel

    if FOLDER is None:
        print("no folder can be written to: set NUMBA_CACHE_DIR to one", file=sys.stderr)
        return 1
    began = time.perf_counter()
    length, horizon = 24, 2
    panel = Panel.from_arrays([[10.0 + k + t % 4 for t in range(length)] for k in range(6)])
    known = np.tile(np.arange(length + horizon, dtype=np.float32) % 3, 6)[:, None]
    starts = np.arange(7) * (length + horizon)
    covariates = Covariates(np.zeros((6, 0), dtype=np.float32), known, starts, horizon)
    config = preset_config("quarterly", horizon, n_members=1, n_epochs=1, hidden_size=4)
    config = replace(config, network=replace(config.network, n_future=1))
    options = TrainingOptions(n_jobs=1, device="cpu")
    ensemble = fit_ensemble(panel, config, covariates=covariates, seed=0, options=options)
    ensemble.forecast(panel, covariates=covariates)
    smoothed_components(ensemble, panel, covariates)
    names = sorted(compiled())
    seconds = time.perf_counter() - began
    print(f"{len(names)} kernels compiled in {seconds:.0f} s" if names else "nothing to compile")
    print(f"kept in {FOLDER}")
    return 0


def _example() -> int:
    """Forecast two days of a hundred series, and print the first hours of one."""
    from esrnn.datasets import load_m4
    from esrnn.forecaster import fit_panel
    from esrnn.frames import long_to_panel

    began = time.process_time()
    train, _ = load_m4("hourly", layout="long")
    ids = train["unique_id"].unique()[:_N_EXAMPLES]
    some = long_to_panel(train[train["unique_id"].isin(ids)])
    print(f"{some.n_series} hourly series of M4, forecast by networks that come with the package:")
    days = {"horizon": _HORIZON, "seasonal_periods": (24, 168), "strategy": "zero_shot"}
    frame = fit_panel(some, settings=days).forecast_frame(coverages=(0.95,))
    print(frame.head(_SHOWN).round(0).to_string(index=False))
    seconds = time.process_time() - began
    print(
        f"... and so on for {_HORIZON} hours, with 95% intervals: {seconds:.1f} s of CPU time,"
        " nothing was trained.\nThe networks have seen these histories, so this is no score."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
