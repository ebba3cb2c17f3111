"""Files for tests, in memory."""

import fsspec
import pandas as pd

from esrnn.files import Columns, Source, Survey, read_partition, survey

__all__ = ["frames", "look", "put"]


def put(path: str, content: str | bytes) -> str:
    """Write a file to memory and return its URL."""
    url = f"memory://{path}"
    with fsspec.open(url, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    return url


def look(path: str, columns: Columns | None = None, **how: object) -> Survey:
    """Survey a source."""
    return survey(Source(path, **how), columns)  # type: ignore[arg-type]


def frames(found: Survey) -> dict[str, pd.DataFrame]:
    """Read all partitions, by name."""
    return {
        part.name: read_partition(found.source, part, found.columns).frame
        for part in found.partitions
    }
