"""Commands in several processes at once, which `torchrun` has started."""

from __future__ import annotations

import os

import click

__all__ = ["is_first_process", "is_launched", "quieten_torch", "require_alone"]


def is_launched() -> bool:
    """Return whether this is one of several processes that `torchrun` has started."""
    return "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("WORLD_SIZE") != "1"


def is_first_process() -> bool:
    """Return whether this process speaks for all of them, or is alone."""
    return not is_launched() or os.environ.get("RANK") == "0"


def require_alone(command: str | None) -> None:
    """Refuse a command that such processes would do side by side.

    Parameters
    ----------
    command : str, optional
        Name of the command.

    Raises
    ------
    click.UsageError
        If there are several processes and the command is not ``fit``.
    """
    if is_launched() and command != "fit":
        raise click.UsageError(
            f"torchrun is for the training of esrnn fit; got {command}. Start it without torchrun;"
            " --workers or --scheduler let several processes forecast."
        )


def quieten_torch() -> None:
    """Keep torch's own log off the standard error; to be called before torch is loaded.

    Where processes don't find each other it has pages of C++ frames, between which nobody sees the
    line that says what to do.
    """
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
