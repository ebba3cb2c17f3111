"""Errors of finding and downloading data."""

from esrnn.errors import EsrnnError

__all__ = ["CorruptDownloadError", "DatasetNotFoundError", "FetchError"]


class DatasetNotFoundError(EsrnnError, FileNotFoundError):
    """A competition's file was neither found nor downloaded."""


class CorruptDownloadError(EsrnnError, ValueError):
    """A downloaded file is not the published one; it was not saved."""


class FetchError(EsrnnError):
    """A file could not be downloaded or saved; the message is the reason."""
