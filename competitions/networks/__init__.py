"""The networks that come with the package, and those that backtests start from.

`sources` says where series are from and on what terms, `corpus` puts the series together that
networks are trained on, `recipe` has the settings for each group, `card` describes what was made,
and `make` trains, writes and compares.
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
