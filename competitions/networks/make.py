"""Networks made by the committed recipe, and made again to see whether they come out the same.

A directory of networks is compared by the checksums of its files, the card's too. What differs
from one making to the next lies beside it in ``GROUP.json``: commit, machine, libraries, seconds.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.esrnn import MemberCheckpoints
from competitions.networks.card import make_card
from competitions.networks.corpus import Corpus, load_corpus, source_of
from competitions.networks.recipe import SEED, parts, recipe
from competitions.networks.sources import M4
from competitions.runs.resources import measured, versions
from competitions.runs.runner import write_json
from competitions.source_commit import commit
from esrnn.config import ModelConfig
from esrnn.errors import InputError, ModelFileError
from esrnn.forecaster.shipped import CARD
from esrnn.networks import NETWORKS
from esrnn.panel import Panel
from esrnn.store import MANIFEST, bytes_to_json, json_to_bytes, read_directory

_AGAIN = Path("runs") / "networks"
_NO_SERIES = np.empty(0, dtype=np.int64)
Say = Callable[[str], object]


@dataclass(frozen=True)
class Making:
    """Which networks are made, and how."""

    group: str  # one of `competitions.networks.recipe.GROUPS`
    out: Path | None = None  # folder of the groups' directories; None for the package's
    # Without the series that are kept for backtests; goes to another folder than the package's
    rehearsal: bool = False
    data_dir: Path | None = None  # where to look for data first
    n_jobs: int | None = None  # networks that train side by side
    quiet: bool = False  # show no progress

    @property
    def path(self) -> Path:
        """Directory of the networks."""
        return (self.out or NETWORKS) / self.group


def make_networks(making: Making, say: Say = print) -> Path:
    """Train the networks of a group, write their directory and return it.

    Finished networks of a making that was killed are kept and not trained again. ``GROUP.json``
    beside the directory says with which commit, where and in how many seconds it was made. Raises
    InputError if there is no such group, a file of the corpus is not as it should be, or a
    rehearsal would go into the package, and DatasetNotFoundError if a file is nowhere.
    """
    if making.rehearsal and making.out in (None, NETWORKS):
        raise InputError("a rehearsal is not for the package; name a folder for it with --out")
    config, corpus, card = _prepared(making)
    _train(making, config, corpus, card, making.path, say)
    return making.path


def check_networks(making: Making, say: Say = print) -> None:
    """Make networks again and compare their files with those that are there.

    The new ones are left in ``runs/networks``. A ModelFileError is raised if a file differs, or
    what is there is no directory of networks; other data or settings than the card's are found
    before the training. Other errors are those of `make_networks`.
    """
    there = read_directory(making.path)
    config, corpus, card = _prepared(making)
    written = bytes_to_json(there.get(CARD, b"{}"), CARD)
    other = _differences(written, bytes_to_json(json_to_bytes(card), CARD))
    if other:
        raise ModelFileError(
            f"the networks in {making.path} were made of other data or by another recipe than"
            f" there is here; the card differs in {', '.join(other)}"
        )
    again = _AGAIN / making.group
    _train(making, config, corpus, card, again, say)
    made = read_directory(again)
    differing = sorted(name for name in {*made, *there} if made.get(name) != there.get(name))
    if differing:
        raise ModelFileError(
            f"the networks made again in {again} differ from those in {making.path}:"
            f" {', '.join(differing)}. {_libraries(making.path, again)}"
        )
    say(f"{making.group}: the same {len(made)} files, checksum {digest(making.path)[:16]}")


def digest(path: Path) -> str:
    """Return a checksum of all files of a model directory but its manifest, in hexadecimal digits.

    The manifest names the libraries that wrote it.
    """
    sums = {name: sha256(data).hexdigest() for name, data in read_directory(path).items()}
    return sha256(json_to_bytes(sums)).hexdigest()


def _without_m4(panel: Panel) -> Panel:
    """Return the series of the open panels."""
    return panel.subset(np.flatnonzero([source_of(str(one)) != M4 for one in panel.ids]))


def _prepared(making: Making) -> tuple[ModelConfig, Corpus, dict[str, Any]]:
    config = recipe(making.group)
    corpus = load_corpus(making.group, making.data_dir, rehearsal=making.rehearsal)
    return config, corpus, make_card(making.group, corpus, config, rehearsal=making.rehearsal)


def _train(
    making: Making, config: ModelConfig, corpus: Corpus, card: dict[str, Any], path: Path, say: Say
) -> None:
    """Train networks, and write their directory and what the training took."""
    from esrnn.ensemble import TrainingOptions, fit_ensemble  # here, since it loads torch
    from esrnn.forecaster import ship_networks

    say(
        f"{card['title']}: {config.ensemble.n_members} networks, {corpus.panel.n_series:,} series,"
        f" {card['data']['n_observed']:,} observations"
    )
    code, libraries = commit(), versions()
    identity = json_to_bytes([card, code, libraries, str(path.resolve())])
    finished = _AGAIN / f"parts-{making.group}-{sha256(identity).hexdigest()[:12]}"
    trained, earlier = [], []
    with measured() as usage:
        for k, part in enumerate(parts(config, making.group)):
            checkpoints = Checkpoints(finished / str(k))
            store = MemberCheckpoints(checkpoints)
            options = TrainingOptions(making.n_jobs, "cpu", progress=not making.quiet, store=store)
            panel = _without_m4(corpus.panel) if part.without_m4 else corpus.panel
            trained.append(fit_ensemble(panel, part.config, seed=SEED + k, options=options))
            earlier.append(checkpoints)
    usage.cpu_s += sum(one.earlier_cpu_s for one in earlier)
    usage.wall_s += sum(one.earlier_wall_s for one in earlier)
    ensemble = trained[0]
    if len(trained) > 1:
        members = tuple(member for one in trained for member in one.subset(_NO_SERIES).members)
        ensemble = replace(ensemble.subset(_NO_SERIES), config=config, members=members)
    ship_networks(ensemble, path, card, preset=making.group)
    record = {
        "group": making.group,
        "sha256": digest(path),
        "commit": code,
        **asdict(usage),
        "n_jobs": making.n_jobs,
        "n_cpu": os.cpu_count(),
        "machine": platform.machine(),
        "versions": libraries,
    }
    write_json(path.with_name(f"{making.group}.json"), record)
    shutil.rmtree(finished, ignore_errors=True)
    n_bytes = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    say(f"Written to {path}: {n_bytes / 1e6:.2f} MB, {usage.cpu_s:.0f} CPU seconds")


def _differences(written: object, card: object, name: str = "") -> list[str]:
    """Name the entries in which two cards differ."""
    if not (isinstance(written, dict) and isinstance(card, dict)):
        return [] if written == card else [name or CARD]
    return [
        found
        for key in sorted({*written, *card})
        for found in _differences(written.get(key), card.get(key), f"{name}.{key}".lstrip("."))
    ]


def _libraries(old: Path, new: Path) -> str:
    """Say which libraries wrote two model directories, where they are not the same."""
    was, now = (
        cast("dict[str, Any]", bytes_to_json((path / MANIFEST).read_bytes(), MANIFEST))["libraries"]
        for path in (old, new)
    )
    changed = [
        f"{name} {was.get(name, 'absent')} there, {now.get(name, 'absent')} here"
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    ]
    return f"Libraries: {'; '.join(changed) or 'the same'}"
