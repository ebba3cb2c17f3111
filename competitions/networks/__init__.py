"""The networks that come with the package, and those that backtests start from.

`sources` says where series are from and on what terms, `corpus` puts the series together that
networks are trained on, `recipe` has the settings for each group, `card` describes what was made,
and `make` trains, writes and compares. What they are good for is measured on samples of panels
that they have not seen (`samples`), forecast in all ways (`ways`), and laid out by the number of
series (`curves`).
"""

from competitions.networks.corpus import Corpus, kept_for_backtests, load_corpus
from competitions.networks.make import Making, check_networks, make_networks
from competitions.networks.recipe import GROUPS, SEED, recipe

__all__ = [
    "GROUPS",
    "SEED",
    "Corpus",
    "Making",
    "check_networks",
    "kept_for_backtests",
    "load_corpus",
    "make_networks",
    "recipe",
]
