"""`SeriesClassifier`, the classifier in sktime's interface."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from numpy.typing import NDArray
from sktime.classification.base import BaseClassifier

from esrnn._typing import FloatArray
from esrnn.classifier.encoding import HistoryEncoder
from esrnn.classifier.labels import ClassWeight, align_labels, weigh_classes
from esrnn.classifier.network import log_probabilities, make_network
from esrnn.classifier.saving import SavedClassifier, read_classifier, write_classifier
from esrnn.classifier.settings import ClassifierConfig, Scale
from esrnn.classifier.training import Labelled, train_network
from esrnn.config.cells import make_cell_options
from esrnn.errors import InputError, InputTypeError
from esrnn.estimator.saving import parameters_to_plain
from esrnn.forecaster.arguments import Dilations, as_blocks, as_options, as_seed
from esrnn.forecaster.model_files import parts_that_fit
from esrnn.frames.plain_data import name_to_plain
from esrnn.runtime import default_modes, single_threaded

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SeriesClassifier"]


class SeriesClassifier(BaseClassifier):  # type: ignore[misc]
    """Classify series by a recurrent network that reads their histories and facts given once.

    For units with histories of different length, such as people, shops or machines: the class may
    be an event that follows the history, or a property of the unit. A recurrent network reads each
    history from its first step to its last. Its last state and the facts decide, by one more layer,
    how probable each class is.

    Parameters
    ----------
    static : sequence of column names, default ()
        Columns of X that hold facts given once: one value for all steps of a series, a number or a
        category. All other columns are the history.
    scale : {"series", "panel"}, default "series"
        How numbers of the history are scaled. ``"series"`` by the mean and the spread of their own
        series, which themselves become facts: for series of many sizes, such as sales. ``"panel"``
        by those of all series: for numbers that mean the same in all series, such as temperatures
        or counts of visits.
    cell : str, default "lstm"
        What the layers are made of, such as ``"gru"`` (`esrnn.config.CELL_OPTIONS` names all).
    cell_options : dict, optional
        Options of the cell by name, such as ``{"recurrent_dropout": 0.2}``.
    dilations : sequence of int or of sequences of int, default ((1,),)
        Steps between the recurrent inputs of each layer, block by block. Plain numbers make one
        block.
    hidden_size : int, default 16
        Units of each layer.
    dropout : float, default 0
        Share of each block's outputs that is dropped in training.
    n_members : int, default 3
        Networks, whose probabilities are averaged.
    n_epochs : int, default 60
        Passes over all series at most.
    batch_size : int, optional
        Series per training step. By default from 8 to 64, so that an epoch has at least 25 steps if
        there are 200 series or more.
    learning_rate : float, default 0.01
    validation : float, default 0.2
        Share of the series of each class that a network does not learn from. Training stops when
        their log loss no longer falls, and the best weights are taken. Each network holds out other
        series. Where that would be fewer than 10 series none are, and all epochs are run.
    patience : int, default 10
        Epochs without an improvement after which training stops.
    class_weight : dict or "balanced", optional
        What a series of each class counts in training; ``"balanced"`` lets all classes count the
        same. By default all series count the same, so that probabilities are those of the classes
        as frequent as in training. With weights they are those of classes as frequent as weighted.
    max_steps : int, optional
        Use only the last so many steps of each history.
    random_state : int or RandomState, optional
        Seed. The same one gives the same bits on one machine.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.

    Raises
    ------
    InputError
        In `fit`, if an argument is out of its range, a label is missing or infinite, or a static
        column changes within a series; in `predict`, if X has other columns.

    See Also
    --------
    ESRNN : Forecasts the series themselves.

    Notes
    -----
    `predict` returns a class for each series of a panel X, `predict_proba` the probability of each.
    X is a panel in any of sktime's forms: for histories of different length a frame with an index
    of series and time, or a list of frames. Steps are taken one after another; the time between
    them is not looked at. Where it matters, add it as a column. Missing numbers take the last one
    before them, and a feature says that they are missing. One observation is enough for a history.
    Text is a category for each of its values; `fit` warns where that may not be meant.

    No number depends on what comes after a history, so X must end where the class is to be
    predicted.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from esrnn import SeriesClassifier
    >>> rng = np.random.default_rng(0)
    >>> grows = np.arange(60) % 2
    >>> steps = [rng.normal(g, 1.0, rng.integers(5, 15)).cumsum() for g in grows]
    >>> X = pd.concat({k: pd.DataFrame({"sales": own}) for k, own in enumerate(steps)})
    >>> classifier = SeriesClassifier(n_members=1, hidden_size=8, random_state=1)
    >>> classifier.fit(X, np.where(grows, "grows", "stays")).classes_.tolist()
    ['grows', 'stays']
    >>> classifier.predict_proba(X).shape
    (60, 2)
    """

    _tags = {  # noqa: RUF012 - sktime wants a plain dict
        "authors": ["The esrnn developers"],
        "python_dependencies": ["torch>=2.6", "numba>=0.61"],
        "X_inner_mtype": "pd-multiindex",
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:missing_values": True,
        "capability:predict_proba": True,
        "capability:class_weight": True,
        "capability:random_state": True,
        "property:randomness": "derandomized",
    }

    _encoder: HistoryEncoder | None = None
    _weights: tuple[dict[str, Any], ...] = ()

    def __init__(  # noqa: PLR0913 - sktime wants all parameters here, one by one
        self,
        *,
        static: Sequence[Hashable] = (),
        scale: Scale = "series",
        cell: str = "lstm",
        cell_options: Mapping[str, Any] | None = None,
        dilations: Dilations = ((1,),),
        hidden_size: int = 16,
        dropout: float = 0.0,
        n_members: int = 3,
        n_epochs: int = 60,
        batch_size: int | None = None,
        learning_rate: float = 0.01,
        validation: float = 0.2,
        patience: int = 10,
        class_weight: ClassWeight = None,
        max_steps: int | None = None,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.static = static
        self.scale = scale
        self.cell = cell
        self.cell_options = cell_options
        self.dilations = dilations
        self.hidden_size = hidden_size
        self.dropout = dropout
        self.n_members = n_members
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.patience = patience
        self.class_weight = class_weight
        self.max_steps = max_steps
        self.random_state = random_state
        super().__init__()

    def config(self) -> ClassifierConfig:
        """Return the settings of the networks, checked.

        Returns
        -------
        esrnn.classifier.settings.ClassifierConfig

        Raises
        ------
        InputError, InputTypeError
            If an argument is not what it should be.
        """
        dilations = as_blocks(self.dilations)
        if dilations is None:
            raise InputTypeError("dilations must be steps such as [1, 2, 4]; got None")
        return ClassifierConfig(
            scale=self.scale,
            cell=self.cell,
            dilations=dilations,
            hidden_size=self.hidden_size,
            dropout=self.dropout,
            n_members=self.n_members,
            n_epochs=self.n_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            validation=self.validation,
            patience=self.patience,
            max_steps=self.max_steps,
            options=make_cell_options(self.cell, as_options(self.cell_options) or ()),
        )

    def fit(self, X: object, y: object) -> Self:
        """Train networks.

        Parameters
        ----------
        X : pd.DataFrame, or another panel of sktime's
            Histories, with an index of series and time.
        y : ndarray, pd.Series or pd.DataFrame with N rows
            Class of each series: in the order of their first rows in X, or, if y has an index of
            their names, by name.

        Returns
        -------
        SeriesClassifier
            The classifier itself.
        """
        return super().fit(X, align_labels(X, y))  # type: ignore[no-any-return]

    def _fit(self, X: pd.DataFrame, y: NDArray[Any]) -> SeriesClassifier:
        config, seed = self.config(), as_seed(self.random_state)
        weights = weigh_classes(self.class_weight, self.classes_, y)
        self._encoder, data = HistoryEncoder.fit(
            X, _as_names(self.static), config.scale, config.max_steps
        )
        examples = Labelled(data, np.searchsorted(self.classes_, y), weights)
        seeds = np.random.SeedSequence(seed).generate_state(config.n_members, np.uint32).tolist()
        with single_threaded(), default_modes():
            self._weights = tuple(train_network(config, examples, own) for own in seeds)
        return self

    def _predict_proba(self, X: pd.DataFrame) -> FloatArray:
        if self._encoder is None:
            raise TypeError("a classifier of several classes has an encoder")
        data, config = self._encoder.encode(X), self.config()
        sizes = (data.steps.shape[1], data.facts.shape[1], self.n_classes_)
        total = np.zeros((data.lengths.size, self.n_classes_))
        with single_threaded(), default_modes():
            for weights in self._weights:
                total += np.exp(log_probabilities(make_network(config, sizes, weights), data))
        shares: FloatArray = total / total.sum(axis=1, keepdims=True)
        return shares

    def save_model(self, path: str | os.PathLike[str]) -> Self:
        """Write the classifier to a folder, from which `load_model` reads it.

        The folder holds plain data, JSON and safetensors files and a manifest with their checksums.
        It is written under a temporary name and renamed at the end.

        Parameters
        ----------
        path : str or path
            A new folder, or a model directory, which is replaced.

        Returns
        -------
        SeriesClassifier
            The classifier itself.

        Raises
        ------
        InputError
            If it was not fitted to one column of classes, if something else is at `path`, or if
            classes, names or arguments are neither text nor numbers. A `RandomState` is not saved.
        """
        if not self.is_fitted or self._is_vectorized:
            raise InputError(
                "save_model needs a classifier that was fitted to one column of classes. Call fit"
                " before; save a classifier for each column."
            )
        plain = parameters_to_plain({**self.get_params(deep=False), "class_weight": None})
        if isinstance(self.class_weight, Mapping):  # keys may be numbers, which JSON has not
            pairs = {name_to_plain(k): float(w) for k, w in self.class_weight.items()}
            plain["class_weight"] = [list(pair) for pair in pairs.items()]
        else:
            plain["class_weight"] = self.class_weight
        saved = SavedClassifier(plain, self.classes_, self._encoder, self._weights)
        write_classifier(path, saved)
        return self

    @classmethod
    def load_model(cls, path: str | os.PathLike[str]) -> Self:
        """Read a fitted classifier from a model directory; no code in it is run.

        Parameters
        ----------
        path : str or path
            A folder that `save_model` wrote.

        Returns
        -------
        SeriesClassifier
            Which returns the same probabilities as the one that was saved, bit for bit on one
            machine.

        Raises
        ------
        ModelFileError
            If it is no such directory, or a file is missing or changed.
        """
        saved = read_classifier(path)
        with parts_that_fit():
            return _restored(cls, saved)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameters of small instances for sktime's tests, whatever the set."""
        small = {"n_members": 1, "n_epochs": 2, "hidden_size": 4}
        other = {"scale": "panel", "cell": "gru", "dilations": [[1], [2]], "class_weight": None}
        return [small, {**small, **other, "n_members": 2, "dropout": 0.2, "max_steps": 8}]


class _Untrained(SeriesClassifier):
    """One that `fit` does not train, so that sktime enters what it keeps of classes."""

    def _fit(self, X: pd.DataFrame, y: NDArray[Any]) -> SeriesClassifier:
        return self


def _restored(kind: type[SeriesClassifier], saved: SavedClassifier) -> SeriesClassifier:
    """Return a fitted classifier."""
    parameters: dict[str, Any] = {k: _as_tuples(value) for k, value in saved.parameters.items()}
    if isinstance(parameters["class_weight"], tuple):
        parameters["class_weight"] = dict(parameters["class_weight"])
    classifier = kind(**parameters)
    index = pd.MultiIndex.from_product([range(saved.classes.size), [0, 1]])
    untrained = _Untrained().fit(pd.DataFrame({"x": 1.0}, index), saved.classes)
    arguments = classifier.get_params(deep=False)
    classifier.__dict__ |= {**untrained.__dict__, **arguments}
    classifier._encoder, classifier._weights = saved.encoder, saved.weights
    return classifier


def _as_tuples(value: object) -> object:
    """Return lists as tuples, as the defaults are."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def _as_names(static: object) -> Sequence[Hashable]:
    """Return the names of static columns; one name alone is refused, since text is a sequence."""
    if isinstance(static, str) or not isinstance(static, Sequence | np.ndarray | pd.Index):
        raise InputTypeError(f"static must be a list of names of columns; got {static!r}")
    return list(static)
