"""Classes in the order of the series, and what each of them counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from esrnn.classifier.labels import align_labels, weigh_classes
from esrnn.errors import InputError, InputTypeError

X = pd.DataFrame(
    {"x": range(4)}, pd.MultiIndex.from_tuples([("b", 0), ("a", 0), ("a", 1), ("c", 0)])
)


def test_classes_with_names_are_taken_by_name() -> None:
    assert align_labels(X, pd.Series([1, 2, 3], ["a", "b", "c"])).tolist() == [2, 1, 3]
    frame = pd.DataFrame({"one": [1, 2, 3]}, ["c", "b", "a"])
    assert align_labels(X, frame)["one"].tolist() == [2, 3, 1]


def test_classes_without_names_are_taken_in_order() -> None:
    y = pd.Series([1, 2, 3])
    assert align_labels(X, y) is y
    part = pd.Series([1, 2, 3], [20, 21, 22])  # of a longer one, as sktime's evaluate makes it
    assert align_labels(X, part) is part
    numbers = np.array([1, 2, 3])
    assert align_labels(X, numbers) is numbers


@pytest.mark.parametrize("index", [["a", "b", "d"], ["a", "b", "b"], ["a", "b"]])
def test_other_names_are_refused(index: list[str]) -> None:
    with pytest.raises(InputError, match="one class for each series of X, by name"):
        align_labels(X, pd.Series([1] * len(index), index))


def test_a_missing_class_is_refused() -> None:
    with pytest.raises(InputError, match="missing: 1 found: series 'b'"):
        align_labels(X, pd.Series([1.0, np.nan, 3.0], ["a", "b", "c"]))
    with pytest.raises(InputError, match=r"missing in 1 places of y, the first of them \[2\]"):
        align_labels(X, np.array([1.0, 2.0, np.nan]))


def test_weights() -> None:
    classes, y = np.array(["a", "b"]), np.array(["a", "a", "a", "b"])
    assert weigh_classes(None, classes, y).tolist() == [1.0, 1.0]
    balanced = weigh_classes("balanced", classes, y)
    assert (balanced[0] * 3, balanced[1] * 1) == (2.0, 2.0)
    assert weigh_classes({"a": 1, "b": 5, "c": 2}, classes, y).tolist() == [1.0, 5.0]
    with pytest.raises(InputError, match=r"\['b'\] are missing"):
        weigh_classes({"a": 1}, classes, y)
    with pytest.raises(InputError, match="finite and above 0"):
        weigh_classes({"a": 1, "b": 0.0}, classes, y)
    with pytest.raises(InputTypeError, match="must be 'balanced', None or a dict"):
        weigh_classes([1, 2], classes, y)
