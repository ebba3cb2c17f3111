"""`SeriesClassifier` as its users see it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.model_selection import KFold
from sktime.classification.model_evaluation import evaluate
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from esrnn import ESRNN, SeriesClassifier, load_model
from esrnn.errors import InputError, InputTypeError, ModelFileError
from tests.classifier.panels import growing, small, with_facts

X, Y = growing(60)


@pytest.mark.slow
@pytest.mark.contract
@parametrize_with_checks(SeriesClassifier, obj_varname="estimator", check_varname="check")
def test_sktime_check(estimator: type[SeriesClassifier], check: str) -> None:
    results = check_estimator(estimator, raise_exceptions=True, tests_to_run=check, verbose=False)
    assert set(results.values()) <= {"PASSED"}


def test_the_same_seed_gives_the_same_bits() -> None:
    one, two, other = (small(random_state=s, n_members=2).fit(X, Y) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))
    assert not np.allclose(one.predict_proba(X), other.predict_proba(X))
    np.testing.assert_allclose(one.predict_proba(X).sum(axis=1), 1.0)


def test_the_callers_torch_is_left_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    plain = small().fit(X, Y).predict_proba(X)
    torch.manual_seed(5)
    with torch.no_grad():
        again = small(dropout=0.0).fit(X, Y).predict_proba(X)
    assert torch.equal(torch.rand(3), expected)
    np.testing.assert_array_equal(plain, again)


def test_facts_alone_can_decide() -> None:
    """Where the history says nothing, a fact that says all is found."""
    rng = np.random.default_rng(0)
    steps = [rng.normal(size=rng.integers(1, 6)) for _ in range(80)]
    noise = pd.concat({k: pd.DataFrame({"x": own}) for k, own in enumerate(steps)})
    y = rng.integers(0, 2, 80)
    panel = with_facts(noise, {"club": [["red", "blue"][k] for k in y]})
    fitted = small(static=["club"], n_epochs=40, learning_rate=0.02).fit(panel, y)
    assert fitted.score(panel, y) > 0.95


def test_classes_by_name_and_in_order_are_the_same() -> None:
    by_name = small().fit(X, Y.sample(frac=1.0, random_state=0)).predict_proba(X)
    np.testing.assert_array_equal(by_name, small().fit(X, Y.to_numpy()).predict_proba(X))


def test_a_history_of_one_step_is_enough() -> None:
    first = X.groupby(level=0).head(1)
    assert np.isfinite(small().fit(first, Y).predict_proba(X)).all()
    assert np.isfinite(small().fit(X, Y).predict_proba(first)).all()


def test_lists_of_frames_are_panels_too() -> None:
    frames = [X.loc[name] for name in Y.index]
    found = small().fit(frames, Y.to_numpy()).predict_proba(frames)
    np.testing.assert_array_equal(found, small().fit(X, Y.to_numpy()).predict_proba(X))


def test_sktimes_evaluate() -> None:
    found = evaluate(small(), KFold(2), X, Y.to_numpy(dtype=object))
    assert np.isfinite(found["test_accuracy_score"]).all()


@pytest.mark.parametrize("labels", [["no", "yes"], [3, 7], [False, True], [0.5, 2.0]])
def test_it_is_saved_and_loaded(labels: list[object], tmp_path: Path) -> None:
    y = np.array(labels)[np.arange(60) % 2]
    panel = with_facts(X, {"age": list(range(60)), "club": ["a", "b", "c"] * 20})
    weights = {labels[0]: 1.0, labels[1]: 2.0}
    fitted = small(static=["age", "club"], class_weight=weights, cell="gru", max_steps=6)
    fitted.fit(panel, y).save_model(tmp_path / "model")
    loaded = SeriesClassifier.load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(panel), fitted.predict_proba(panel))
    np.testing.assert_array_equal(loaded.predict(panel), fitted.predict(panel))
    assert loaded.predict(panel).dtype == y.dtype
    assert loaded.get_params()["class_weight"] == weights
    again = loaded.clone().fit(panel, y)
    np.testing.assert_array_equal(again.predict_proba(panel), fitted.predict_proba(panel))


@pytest.mark.filterwarnings("ignore:.*single label.*:UserWarning")
def test_a_single_class_is_saved_too(tmp_path: Path) -> None:
    small().fit(X, np.repeat("yes", 60)).save_model(tmp_path / "model")
    assert set(SeriesClassifier.load_model(tmp_path / "model").predict(X)) == {"yes"}


def test_what_cannot_be_saved_or_loaded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fitted to one column of classes"):
        small().save_model(tmp_path / "model")
    fitted = small().fit(X, Y).save_model(tmp_path / "model")
    with pytest.raises(ModelFileError, match="must hold a forecaster; it holds a SeriesClassifier"):
        load_model(tmp_path / "model")
    weights = tmp_path / "model" / "members" / "000.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelFileError, match=r"members/000\.safetensors"):
        SeriesClassifier.load_model(tmp_path / "model")
    sales = pd.Series(np.arange(1.0, 31.0), pd.period_range("2020-01", periods=30, freq="M"))
    forecaster = ESRNN(horizon=2, n_members=1, n_epochs=1, hidden_size=4, random_state=0, n_jobs=1)
    forecaster.fit(sales).save_model(tmp_path / "other")
    with pytest.raises(ModelFileError, match="must hold a SeriesClassifier"):
        type(fitted).load_model(tmp_path / "other")


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"static": "age"}, InputTypeError, "static must be a list of names of columns"),
        ({"static": ["age"]}, InputError, "static must name columns of X"),
        ({"scale": "log"}, InputError, "scale must be one of .*got 'log'"),
        ({"cell": "lsmt"}, InputError, "cell must be one of .*got 'lsmt'"),
        ({"dilations": None}, InputTypeError, "dilations must be steps"),
        ({"hidden_size": 0}, InputError, "hidden_size must be a whole number of at least 1"),
        ({"validation": 1.0}, InputError, "validation must be at least 0 and below 1"),
        ({"max_steps": 0}, InputError, "max_steps must be a whole number of at least 1"),
        ({"class_weight": "even"}, InputTypeError, "class_weight must be 'balanced'"),
        ({"random_state": -1}, InputError, "random_state must be at least 0"),
    ],
)
def test_wrong_arguments_are_refused(
    settings: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        small(**settings).fit(X, Y)
