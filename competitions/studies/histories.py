"""What a recurrent network gets out of histories of different length, and what it costs.

Two questions about series of M4 Yearly, whose histories have from 13 to 835 years:

``falls``
    Whether the next year is below the last one. The domain of the series, such as Finance, is a
    fact that is given once. Methods learn from the last year but one of the training part. In the
    backtest the next year is the last one of it; in the test, the first one of the test part.
``domain``
    Which of M4's six domains the series is of. Backtest and test are of other series.

3,000 series are kept for the backtest and 3,000 others for the test; networks and baselines are
trained on others again. Settings are chosen by the log loss of the backtest. A seed draws all of
these series, and is that of the network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.studies.lines import Job, Line
from esrnn.datasets import load_m4
from esrnn.datasets.loaders import load_m4_info
from esrnn.panel import Panel

if TYPE_CHECKING:
    from esrnn import SeriesClassifier

__all__ = ["LOG", "METHODS", "QUESTIONS", "SIZES", "history_jobs", "measures", "summaries"]

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Labels = npt.NDArray[Any]
Predict = Callable[["Units"], Array]  # probabilities of each class, (N, n_classes)

LOG = Path(__file__).with_name("histories.jsonl")
QUESTIONS = ("falls", "domain")
SIZES = (200, 1_000, 5_000, 17_000)
SEEDS = (0, 1, 2)
_N_KEPT = 3_000  # for the backtest, and as many for the test
_N_BINS = 10
# What a search on the backtest of 2,000 series tries: single networks, by default with the settings
# of `SeriesClassifier`. The methods that are compared have its three networks.
NETWORKS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "defaults": {},
        "values, no logarithms": {"logs": False},
        "scaled by the panel": {"scale": "panel"},
        "two layers": {"dilations": ((1, 2),)},
        "32 units": {"hidden_size": 32},
        "8 units": {"hidden_size": 8},
        "dropout": {"dropout": 0.3},
        "rate 0.003": {"learning_rate": 0.003},
        "gru": {"cell": "gru"},
        "minlstm": {"cell": "minlstm"},
        "cnn": {"cell": "cnn", "dilations": ((1, 2), (4, 8))},
        "three networks": {"n_members": 3},
    }
)
_SEARCHED = 2_000
_DEFAULTS: Mapping[str, Any] = MappingProxyType({})
_BOOSTING = tuple(
    {"learning_rate": r, "max_leaf_nodes": n} for r, n in product((0.03, 0.1), (7, 31))
)
_DOMAINS = ("Demographic", "Finance", "Industry", "Macro", "Micro", "Other")
_COMBINED = ("boosting", "LSTM")
_N_LAST = 12
_N_NEIGHBOURS = (5, 20, 80)
_PENALTIES = (0.01, 0.1, 1.0, 10.0)


@dataclass(frozen=True, eq=False)
class Units:
    """Histories, their facts given once, and their classes."""

    histories: Panel
    facts: Labels | None  # the domain of each
    y: Labels  # the classes

    def frame(self, logs: bool = True) -> pd.DataFrame:
        """Return the panel that `SeriesClassifier` takes, of logarithms or of values."""
        lengths = self.histories.lengths
        steps = np.concatenate([np.arange(n) for n in lengths.tolist()])
        index = pd.MultiIndex.from_arrays([np.repeat(np.arange(lengths.size), lengths), steps])
        values = self.histories.values
        X = pd.DataFrame({"value": np.log(_positive(values)) if logs else values}, index)
        return X if self.facts is None else X.assign(domain=np.repeat(self.facts, lengths))


@dataclass(frozen=True, eq=False)
class Split:
    """The units of one question, size and seed."""

    train: Units
    backtest: Units
    test: Units


@dataclass(frozen=True)
class Method:
    """A method in several settings, of which the backtest chooses one."""

    fits: Callable[[Units, int], list[Callable[[], Predict]]]


def history_jobs(data_dir: Path | None) -> Iterator[Job]:
    """Give the jobs of the study: a search on backtests, then all methods with each size."""
    for question, (name, settings) in product(QUESTIONS, NETWORKS.items()):
        job = f"{question}, search, {name}"
        yield Job(job, partial(_search, question, name, settings, data_dir))
    for seed, question, size in product(SEEDS, QUESTIONS, SIZES):
        yield Job(f"{question}, {size}, {seed}", partial(_compare, question, size, seed, data_dir))


def split_units(question: str, size: int, seed: int, data_dir: Path | None) -> Split:
    """Draw the units of a question."""
    past, following, domains = _load(data_dir)
    order = np.random.default_rng(seed).permutation(past.n_series)
    test, backtest, train = order[:_N_KEPT], order[_N_KEPT : 2 * _N_KEPT], order[2 * _N_KEPT :]
    train = train[:size]
    if question == "domain":
        own = [Units(past.subset(some), None, domains[some]) for some in (train, backtest, test)]
        return Split(*own)
    longer = [np.append(past.series(k), following[k]) for k in range(past.n_series)]

    def units(some: IntArray, n_ahead: int) -> Units:
        """Ask for the year that is the last but `n_ahead` of the training and test part."""
        whole = [longer[k][: longer[k].size - n_ahead] for k in some.tolist()]
        fell = np.array([own[-1] < own[-2] for own in whole])
        ids = [past.ids[k] for k in some.tolist()]
        histories = Panel.from_arrays([own[:-1] for own in whole], ids)
        return Units(histories, domains[some], np.where(fell, "falls", "rises"))

    return Split(units(train, 2), units(backtest, 1), units(test, 0))


@cache
def _load(data_dir: Path | None) -> tuple[Panel, Array, Labels]:
    """Return M4 Yearly's training part, the first year of its test part, and the domains."""
    train, test = load_m4("yearly", data_dir)
    ids = train.index.unique(level=0)
    lengths = train.groupby(level=0, sort=False).size().to_numpy()
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    panel = Panel(train["y"].to_numpy(), indptr, tuple(ids))
    first = test.groupby(level=0, sort=False)["y"].first().loc[ids].to_numpy()
    info = load_m4_info(data_dir).set_index("unique_id")
    return panel, first, info["category"].loc[ids].to_numpy(dtype=object)


def _compare(question: str, size: int, seed: int, data_dir: Path | None) -> list[Line]:
    """Fit all methods, choose their settings by the backtest, and score both parts."""
    split = split_units(question, size, seed, data_dir)
    _warm_up()
    lines: list[Line] = []
    kept: dict[str, list[Array]] = {}
    for name, method in METHODS.items():
        tried = []
        for fit in method.fits(split.train, seed):
            start = time.process_time()
            predict = fit()
            cpu_s = time.process_time() - start
            tried.append((measures(split.backtest.y, predict(split.backtest)), predict, cpu_s))
        backtest, predict, cpu_s = min(tried, key=lambda one: one[0]["log_loss"])
        kept[name] = [predict(part) for part in (split.backtest, split.test)]
        costs = {"cpu_s": round(cpu_s, 2), "n_tried": len(tried)}
        parts = {"backtest": backtest, "test": measures(split.test.y, kept[name][1])}
        lines += [{"method": name, "part": p, **found, **costs} for p, found in parts.items()]
    cpu_s = sum(float(one["cpu_s"]) for one in lines if one["method"] in _COMBINED) / 2
    for k, (part, units) in enumerate((("backtest", split.backtest), ("test", split.test))):
        mean = np.mean([kept[name][k] for name in _COMBINED], axis=0)
        found = {**measures(units.y, mean), "cpu_s": round(cpu_s, 2)}
        lines.append({"method": " and ".join(_COMBINED), "part": part, **found})
    return [{"question": question, "size": size, "seed": seed, **line} for line in lines]


def _search(
    question: str, name: str, settings: Mapping[str, Any], data_dir: Path | None
) -> list[Line]:
    """Score a network's settings on the backtest."""
    split = split_units(question, _SEARCHED, 0, data_dir)
    _warm_up()
    start = time.process_time()
    predict = _network(split.train, 0, {"n_members": 1, **settings})
    cpu_s = round(time.process_time() - start, 2)
    found = measures(split.backtest.y, predict(split.backtest))
    where = {"question": question, "size": _SEARCHED, "seed": 0, "part": "backtest"}
    return [{**where, "method": f"LSTM, {name}", **found, "cpu_s": cpu_s}]


def measures(y: Labels, probabilities: Array) -> dict[str, float]:
    """Score probabilities of classes, which are in sorted order.

    ``brier`` is the sum of squared errors over the classes. ``ece`` is the expected calibration
    error: of each class, the mean distance between probability and frequency in ten bins of as many
    units. ``auc`` is the mean over the classes of one against all others.
    """
    from sklearn.metrics import log_loss, roc_auc_score

    classes = np.unique(y)
    happened = (y[:, None] == classes).astype(np.float64)
    pairs = list(zip(happened.T, probabilities.T, strict=True))
    errors = [_calibration_error(p, h) for h, p in pairs]
    found = {
        "accuracy": float((classes[probabilities.argmax(axis=1)] == y).mean()),
        "log_loss": float(log_loss(y, probabilities, labels=classes)),
        "brier": float(((probabilities - happened) ** 2).sum(axis=1).mean()),
        "ece": float(np.mean(errors)),
        "auc": float(np.mean([roc_auc_score(h, p) for h, p in pairs])),
    }
    return {name: round(value, 5) for name, value in found.items()}


def _calibration_error(probability: Array, happened: Array) -> float:
    order = np.argsort(probability, kind="stable")
    gaps = [
        abs(float((probability[own] - happened[own]).sum()))
        for own in np.array_split(order, _N_BINS)
    ]
    return sum(gaps) / probability.size


def _shares(units: Units, seed: int) -> list[Callable[[], Predict]]:
    shares = np.unique(units.y, return_counts=True)[1] / units.y.size
    return [lambda: lambda other: np.tile(shares, (other.y.size, 1))]


def _logistic(
    read: Callable[[Panel], Array], units: Units, seed: int
) -> list[Callable[[], Predict]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def fit(penalty: float) -> Predict:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=500))
        model.fit(_with_facts(read, units), units.y)
        return lambda other: np.asarray(model.predict_proba(_with_facts(read, other)))

    return [partial(fit, penalty) for penalty in _PENALTIES]


def _boosting(
    read: Callable[[Panel], Array], units: Units, seed: int
) -> list[Callable[[], Predict]]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    def fit(settings: Mapping[str, Any]) -> Predict:
        model = HistGradientBoostingClassifier(
            early_stopping=True,
            validation_fraction=0.2,
            max_iter=300,
            random_state=seed,
            **settings,
        )
        model.fit(_with_facts(read, units), units.y)
        return lambda other: np.asarray(model.predict_proba(_with_facts(read, other)))

    return [partial(fit, settings) for settings in _BOOSTING]


def _neighbours(units: Units, seed: int) -> list[Callable[[], Predict]]:
    from sklearn.neighbors import KNeighborsClassifier

    def fit(n_neighbours: int) -> Predict:
        model = KNeighborsClassifier(n_neighbours).fit(_shape(units.histories), units.y)

        def predict(other: Units) -> Array:
            shares = np.asarray(model.predict_proba(_shape(other.histories)))
            # None of few neighbours is no certainty.
            return np.asarray((n_neighbours * shares + 1.0) / (n_neighbours + shares.shape[1]))

        return predict

    return [partial(fit, n) for n in _N_NEIGHBOURS]


def _network(units: Units, seed: int, settings: Mapping[str, Any] = _DEFAULTS) -> Predict:
    from esrnn import SeriesClassifier

    own: dict[str, Any] = {"random_state": seed, **settings}
    own["static"] = () if units.facts is None else ("domain",)
    logs = own.pop("logs", True)
    classifier: SeriesClassifier = SeriesClassifier(**own).fit(units.frame(logs), units.y)
    return lambda other: np.asarray(classifier.predict_proba(other.frame(logs)))


@cache
def _warm_up() -> None:
    """Load and compile what the first network of a process needs, so that it is in no figure."""
    histories = Panel.from_arrays([np.arange(1.0, 9.0 + k) for k in range(20)])
    units = Units(histories, None, np.repeat(["a", "b"], 10))
    _network(units, 0, {"n_epochs": 1})(units)


def _networks(units: Units, seed: int) -> list[Callable[[], Predict]]:
    return [partial(_network, units, seed)]


def _with_facts(read: Callable[[Panel], Array], units: Units) -> Array:
    """Return features, and a column for each domain."""
    features = read(units.histories)
    if units.facts is None:
        return features
    return np.hstack([features, (units.facts[:, None] == np.array(_DOMAINS)).astype(np.float64)])


def _positive(values: Array) -> Array:
    return np.maximum(values, 1e-3)


def _changes(panel: Panel) -> list[Array]:
    """Return the changes of logarithms of each series; each has at least one."""
    return [np.diff(np.log(_positive(panel.series(k)))) for k in range(panel.n_series)]


def _means(panel: Panel) -> Array:
    """Return the means of the logarithms and of their changes."""
    levels = [np.log(_positive(panel.series(k))).mean() for k in range(panel.n_series)]
    return np.column_stack([levels, [own.mean() for own in _changes(panel)]])


def _last_changes(panel: Panel) -> Array:
    """Return the last twelve changes, missing ones as NaN."""
    padded = [np.concatenate([np.full(_N_LAST, np.nan), own])[-_N_LAST:] for own in _changes(panel)]
    return np.array(padded)


def _shape(panel: Panel) -> Array:
    """Return the last twelve changes in units of their spread."""
    last = np.nan_to_num(_last_changes(panel))
    return np.asarray(last / np.maximum(last.std(axis=1, keepdims=True), 1e-9))


def _summaries_and_last(panel: Panel) -> Array:
    return np.hstack([summaries(panel), _last_changes(panel)])


def _last_three(panel: Panel) -> Array:
    """Return the last logarithm and the last three changes."""
    last = np.log(_positive(panel.values[panel.indptr[1:] - 1]))
    return np.column_stack([last, [own[-3:] for own in _changes(panel)]])


def summaries(panel: Panel) -> Array:
    """Return 20 numbers that sum up each history: level, growth, spread, falls, runs."""
    rows = []
    for k, changes in enumerate(_changes(panel)):
        level = np.log(_positive(panel.series(k)))
        falls = changes < 0.0
        run = np.flatnonzero(falls[::-1] != falls[-1])
        spread = changes.std() or 1.0
        apart = changes - changes.mean()
        half = changes.size // 2
        rows.append(
            [
                level.size, level[-1], level.mean(), level.std(), level[-1] - level.max(),
                level[-1] - level.min(), *changes[-3:], changes.mean(), spread, changes.min(),
                changes.max(), changes[-5:].mean(), changes[:half].mean(), falls.mean(),
                falls[-5:].mean(), (run[0] if run.size else changes.size) * (-1) ** falls[-1],
                (apart[1:] * apart[:-1]).mean() / spread**2, np.abs(changes).mean(),
            ]
        )  # fmt: skip
    return np.array(rows)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "shares of the classes": Method(_shares),
        "logistic regression, mean": Method(partial(_logistic, _means)),
        "logistic regression, last three": Method(partial(_logistic, _last_three)),
        "nearest neighbours, last twelve": Method(_neighbours),
        "boosting": Method(partial(_boosting, summaries)),
        "boosting, also last twelve": Method(partial(_boosting, _summaries_and_last)),
        "LSTM": Method(_networks),
    }
)
