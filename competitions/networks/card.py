"""The card of networks: what they were trained on, how, and what they must not be compared on.

It holds nothing that differs from one making to the next, so that its checksum stays.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from competitions.networks.corpus import Corpus, source_of
from competitions.networks.recipe import SEED, parts
from competitions.networks.sources import M4, load_sources
from esrnn.config import ModelConfig
from esrnn.datasets.published import panels_sha256

_LICENCE = (
    "BSD-3-Clause, as the package. The series are not part of it; they are their publishers', on"
    " the terms named with each source."
)
_CITE = (
    "The package, as its CITATION.cff says, with the name of the group and the sha256 of the data;"
    " M4, Makridakis, Spiliotis and Assimakopoulos (2020), doi:10.1016/j.ijforecast.2019.04.014;"
    " and the publishers named with the sources where their terms ask for it."
)


def make_card(
    group: str, corpus: Corpus, config: ModelConfig, *, rehearsal: bool
) -> dict[str, Any]:
    """Describe networks by their data and settings: plain data, equal whenever the arguments are.

    `rehearsal` says whether the corpus lacks the series that are kept for backtests.
    """
    counts = Counter(source_of(str(one)) for one in corpus.panel.ids)
    known = load_sources()
    sources = [
        {
            "source": name,
            "n_series": n,
            "publisher": known[name].publisher,
            "repository": known[name].repository,
            "licence": known[name].licence,
        }
        for name, n in sorted(counts.items(), key=lambda one: (one[0] != M4, one[0]))
    ]
    others = [part.config for part in parts(config, group) if part.without_m4]
    without_m4 = [
        {"n_members": one.ensemble.n_members, "training": one.to_dict()["training"]}
        for one in others
    ]
    return {
        "title": f"Networks for {group} data" + (", a rehearsal" if rehearsal else ""),
        "group": group,
        "rehearsal": rehearsal,
        "command": f"python -m competitions networks {group}{' --rehearsal' if rehearsal else ''}",
        "data": {
            "n_series": corpus.panel.n_series,
            "n_observed": int(np.isfinite(corpus.panel.values).sum()),
            "sha256": panels_sha256([corpus.panel]),
            "left_out": dict(corpus.left_out),
            "sources": sources,
        },
        "seed": SEED,
        "recipe": config.to_dict(),
        **({"members_without_m4": without_m4} if without_m4 else {}),
        "not_comparable_on": _not_comparable(group, counts[M4], rehearsal),
        "licence": _LICENCE,
        "how_to_cite": _CITE,
    }


def _not_comparable(group: str, n_m4: int, rehearsal: bool) -> list[str]:
    """Say where scores of the networks are not those of unseen series."""
    some = "but those that are kept for backtests" if rehearsal else "but those left out as leaks"
    return [
        f"Training parts of M4 {group}: the networks have seen {n_m4:,} of them, all that were"
        f" there {some}. A backtest inside them is no forecast of what was not seen.",
        f"Test parts of M4 {group}: not seen, but they follow parts that were. Their scores are not"
        " those of unseen series, and they are not zero shot.",
        "All sources listed here, in whatever frequency: weeks and months may be sums of days.",
    ]
