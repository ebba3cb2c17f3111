"""What can be wrong with a job, beside its data."""

from esrnn.errors import EsrnnError, InputError

__all__ = ["CallError", "Unfinished"]


class CallError(InputError):
    """A job was called in a way that can't be served, whatever the data are."""


class Unfinished(EsrnnError, RuntimeError):
    """A job was stopped before its end; the same call goes on from there."""
