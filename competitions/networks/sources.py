"""Where the series of the corpus are from, on what terms, and which of them are used."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

M4 = "m4"  # the source of M4's series; ids of all others begin with the name of their source
SOURCES = Path(__file__).with_name("sources.csv")


@dataclass(frozen=True)
class Source:
    """A source of series; its fields are the columns of ``sources.csv``."""

    source: str  # its name; ids of the open panels begin with it and a hyphen
    publisher: str  # for attribution
    repository: str  # where the copy was taken from, with the commit
    licence: str  # of the repository and of the original source
    use: str  # "all": trained on; "backtests": trained on, but not in a rehearsal; "no": left out
    reason: str  # why a source is left out


@cache
def load_sources() -> Mapping[str, Source]:
    """Return all sources by their names.

    Examples
    --------
    >>> load_sources()["stmf"].licence
    'CC-BY-4.0 (HMD), repository MIT'
    """
    with SOURCES.open(encoding="utf-8", newline="") as file:
        rows = [Source(**row) for row in csv.DictReader(file)]
    return MappingProxyType({row.source: row for row in rows})
