"""The series that shipped networks are trained on: M4's training parts and the open panels.

Test parts and M3 are never in it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from competitions.leaks import donors, load_leaks
from competitions.networks.sources import M4, SOURCES, load_sources
from competitions.task.series import lay_out, read_series
from esrnn.datasets import DatasetNotFoundError, find_file, load_m3, load_m4
from esrnn.errors import InputError, Offenders
from esrnn.panel import Panel

# Share of M4's series that a rehearsal leaves to backtests.
_SHARES = {"weekly": 0.3, "hourly": 0.25}
_SHARE = 0.2
M3_GROUPS = ("yearly", "quarterly", "monthly")  # of M3's, those that there are networks for

LEAK = "holds a test part or is a copy of another series"
TERMS = "its terms don't clearly allow free use"
BACKTESTS = "kept for backtests"


@dataclass(frozen=True)
class Corpus:
    """The series that networks of a group are trained on."""

    # M4's series, then those of the open panels, each in the order of their ids; NaN where nothing
    # was observed, but for the first and last step of a series
    panel: Panel
    left_out: Mapping[str, int]  # numbers of series, by the reason


def load_corpus(
    group: str, data_dir: str | os.PathLike[str] | None = None, *, rehearsal: bool = False
) -> Corpus:
    """Put together the series that networks of a group are trained on.

    `data_dir` holds ``m4/`` and ``open/`` and is searched first, see `esrnn.datasets`; M4's group
    may be there in part. With `rehearsal`, the series that are `kept_for_backtests` are left out.
    Raises InputError if there is no such group, a file is not as it should be, or a source is not
    listed in ``sources.csv``, so that nobody has decided on its terms, and DatasetNotFoundError if
    a file is nowhere.
    """
    leaks = donors(group)
    parts, left_out = [], Counter[str]()
    for panel in (_m4(group, data_dir), _open_panel(group, data_dir)):
        reasons = [_why_not(group, str(one), leaks, rehearsal) for one in panel.ids]
        left_out.update(reason for reason in reasons if reason)
        kept = np.flatnonzero([not reason for reason in reasons])
        if kept.size:
            parts.append(panel.subset(kept))
    if not parts:
        raise InputError(f"no {group} series is left to train on; left out: {dict(left_out)}")
    return Corpus(Panel.concat(parts), dict(sorted(left_out.items())))


def kept_for_backtests(group: str, series: str) -> bool:
    """Return whether a rehearsal leaves a series of M4 or of an open panel out.

    For M4 it depends on a checksum of the id, for an open panel on its source.

    Examples
    --------
    >>> [kept_for_backtests("hourly", f"H{k}") for k in (1, 2, 3, 4)]
    [False, False, True, False]
    >>> kept_for_backtests("weekly", "ansett-MEL-SYD-Economy")
    True
    """
    source = source_of(series)
    if source == M4:
        return crc32(f"esrnn {series}".encode()) % 1000 / 1000 < _SHARES.get(group, _SHARE)
    return load_sources()[source].use == "backtests"


def load_kept(group: str, data_dir: str | os.PathLike[str] | None = None) -> dict[str, Panel]:
    """Return the series that networks of a rehearsal have not seen, by source.

    These are training parts of M4's and M3's series (``"m4"``, ``"m3"``), and the sources of the
    open panel that are `kept_for_backtests`. Series that the list of leaks names are not among
    them: the networks may have seen the other one of the pair. Errors are those of `load_corpus`.
    """
    leaks = load_leaks()
    named = set(leaks.loc[leaks["group"] == group, ["donor", "target"]].to_numpy().ravel())
    panels = {"": _open_panel(group, data_dir), M4: _m4(group, data_dir)}
    if group in M3_GROUPS:
        train, _ = load_m3(group, data_dir, layout="long")  # type: ignore[arg-type]
        panels["m3"] = lay_out(train, f"M3 {group}")
    rows: dict[tuple[str, str], list[int]] = {}
    for where, panel in panels.items():
        for i, name in enumerate(map(str, panel.ids)):
            if name not in named and (where == "m3" or kept_for_backtests(group, name)):
                rows.setdefault((where, where or source_of(name)), []).append(i)
    return {source: panels[where].subset(which) for (where, source), which in rows.items()}


def source_of(series: str) -> str:
    """Return the name of the source that a series is from.

    Examples
    --------
    >>> source_of("Y17"), source_of("stmf-AUT-f-D85p")
    ('m4', 'stmf')
    """
    source, hyphen, _ = series.partition("-")
    return source if hyphen else M4


def _why_not(group: str, series: str, leaks: frozenset[str], rehearsal: bool) -> str:
    """Say why a series is not trained on; nothing if it is."""
    if load_sources()[source_of(series)].use == "no":
        return TERMS
    if series in leaks:
        return LEAK
    return BACKTESTS if rehearsal and kept_for_backtests(group, series) else ""


def _m4(group: str, data_dir: str | os.PathLike[str] | None) -> Panel:
    """Read the training parts of M4's series, those without a test part too."""
    train, _ = load_m4(group, data_dir, layout="long")  # type: ignore[arg-type]
    panel = lay_out(train, f"M4 {group}")
    if group != "monthly":
        return panel
    try:
        extra = read_series(find_file(M4, "monthly_extra_train.parquet", data_dir))
    except DatasetNotFoundError:  # those who have the whole group need no such file
        return panel
    known = set(panel.ids)
    new = np.flatnonzero([name not in known for name in extra.ids])
    both = Panel.concat([panel, extra.subset(new)])
    return both.subset(sorted(range(both.n_series), key=lambda i: str(both.ids[i])))


def _open_panel(group: str, data_dir: str | os.PathLike[str] | None) -> Panel:
    """Read an open panel, whose sources must all be known."""
    path = find_file("open", f"{group}.parquet", data_dir)
    panel = _trimmed(read_series(path), str(path))
    known = load_sources().keys() - {M4}
    unknown = [one for one in panel.ids if source_of(str(one)) not in known]
    if unknown:
        raise InputError.of_series(
            f"{path}: an id must begin with a source that {SOURCES.name} lists, and a hyphen;"
            " not so",
            Offenders(unknown),
            "List the source with its licence, and whether its terms allow free use.",
        )
    return panel


def _trimmed(panel: Panel, where: str) -> Panel:
    """Cut missing values off both ends of all series."""
    series = [panel.series(i) for i in range(panel.n_series)]
    observed = [np.flatnonzero(~np.isnan(one)) for one in series]
    empty = [name for name, at in zip(panel.ids, observed, strict=True) if not at.size]
    if empty:
        raise InputError.of_series(
            f"{where}: a series must have observations; without one", Offenders(empty), "Drop them."
        )
    parts = [one[at[0] : at[-1] + 1] for one, at in zip(series, observed, strict=True)]
    return Panel.from_arrays(parts, ids=panel.ids)
