"""What goes wrong when data are looked for and fetched."""

from esrnn.errors import EsrnnError

__all__ = ["CorruptDownloadError", "DatasetNotFoundError", "FetchError"]


class DatasetNotFoundError(EsrnnError, FileNotFoundError):
    """A competition's file is in none of the places where it is looked for, nor to be had."""


class CorruptDownloadError(EsrnnError, ValueError):
    """A downloaded file is not the one that was published; nothing of it has been kept."""


class FetchError(EsrnnError):
    """A file could not be fetched or kept; the message is the reason."""
