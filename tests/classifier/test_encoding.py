"""Histories as numbers: scales, missing values, facts, and what they do not depend on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.classifier.encoding import Histories, HistoryEncoder
from esrnn.errors import EsrnnWarning, InputError, InputTypeError
from tests.classifier.panels import growing, with_facts

NUMBERS = st.lists(
    st.one_of(st.just(float("nan")), st.floats(-1e300, 1e300)), min_size=1, max_size=9
)


def panel_of(*series: list[float]) -> pd.DataFrame:
    return pd.concat({k: pd.DataFrame({"x": np.array(own, float)}) for k, own in enumerate(series)})


def encode(X: pd.DataFrame, **options: object) -> Histories:
    chosen = {"static": (), "scale": "series", "max_steps": None, **options}
    return HistoryEncoder.fit(X, **chosen)[1]


def test_numbers_are_scaled_by_their_own_series() -> None:
    """The same as a plain computation, series by series."""
    rng = np.random.default_rng(0)
    series = [rng.normal(100.0 * k, 10.0**k, 3 + k).tolist() for k in range(5)]
    data = encode(panel_of(*series))
    for k, own in enumerate(series):
        found = data.steps[data.indptr[k] : data.indptr[k + 1]]
        values, moves = np.array(own), np.diff(own)
        np.testing.assert_allclose(found[:, 0], (values - values.mean()) / values.std(), rtol=2e-4)
        np.testing.assert_allclose(found[1:, 1], moves / np.abs(moves).mean(), rtol=2e-4)
        assert found[0, 1] == 0.0


def test_missing_numbers_take_the_last_one_and_are_flagged() -> None:
    nan = float("nan")
    data = encode(panel_of([nan, 1.0, nan, 3.0], [nan, nan], [1.0, 3.0]))
    np.testing.assert_allclose(data.steps[:4, 0], [0.0, -1.0, -1.0, 1.0])
    assert data.steps[:, 2].tolist() == [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    assert data.steps[4:6, :2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert np.isfinite(data.facts).all()
    assert encode(panel_of([1.0, 2.0])).steps.shape == (2, 2)  # no flag where none is missing


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_any_numbers_become_finite_ones(series: list[list[float]]) -> None:
    for scale in ("series", "panel"):
        data = encode(panel_of(*series), scale=scale)
        assert np.isfinite(data.steps).all()
        assert np.isfinite(data.facts).all()
        assert data.lengths.tolist() == [len(own) for own in series]


@given(st.floats(0.01, 1e6), st.floats(-1e3, 1e3))
def test_a_series_in_other_units_looks_the_same(unit: float, shift: float) -> None:
    series = [[3.0, 4.0, 1.0, 7.0], [1.0, 2.0]]
    other = [[unit * (v + shift) for v in own] for own in series]
    one, two = (encode(panel_of(*panel)) for panel in (series, other))
    np.testing.assert_allclose(one.steps, two.steps, atol=1e-4)


def test_a_series_does_not_depend_on_the_others() -> None:
    X, _ = growing(12)
    encoder, together = HistoryEncoder.fit(X, (), "series", None)
    alone = encoder.encode(X.loc[["s3"]])
    at = slice(*together.indptr[3:5])
    np.testing.assert_array_equal(alone.steps, together.steps[at])
    np.testing.assert_array_equal(alone.facts[0], together.facts[3])


@pytest.mark.parametrize("scale", ["series", "panel"])
def test_the_order_of_rows_of_several_series_does_not_matter(scale: str) -> None:
    X, _ = growing(6)
    mixed = X.iloc[np.argsort(X.index.get_level_values(1), kind="stable")]  # in turn
    one, two = encode(X, scale=scale), encode(mixed, scale=scale)
    np.testing.assert_array_equal(one.steps, two.steps)
    np.testing.assert_array_equal(one.facts, two.facts)


def test_only_the_last_steps_are_used() -> None:
    X, _ = growing(6)
    short = encode(X, max_steps=5)
    last = pd.concat({name: own.droplevel(0).iloc[-5:] for name, own in X.groupby(level=0)})
    np.testing.assert_array_equal(short.steps, encode(last).steps)
    assert short.lengths.max() == 5


def test_facts_are_numbers_or_categories() -> None:
    facts = {"age": [30, None, 50], "sex": ["f", "m", None], "same": [1, 1, 1]}
    X = with_facts(panel_of([1.0, 2.0], [4.0, 7.0, 8.0], [3.0]), facts)
    encoder, data = HistoryEncoder.fit(X, ["age", "sex", "same"], "series", None)
    np.testing.assert_allclose(data.facts[:, 0], [-1.0, 0.0, 1.0])
    assert data.facts[:, 1:3].tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert encoder.dropped == ("same",)
    assert data.steps.shape[1] == 2
    unseen = with_facts(panel_of([1.0]), {"age": [1e9], "sex": ["x"], "same": [2]})
    assert np.isfinite(encoder.encode(unseen).facts).all()


def test_categories_of_the_history() -> None:
    X = panel_of([1.0, 2.0], [4.0]).assign(visit=["new", "back", "new"])
    with pytest.warns(EsrnnWarning, match=r"'visit' of X holds text, so each of its 2 values is a"):
        data = encode(X)
    np.testing.assert_array_equal(encode(X.astype({"visit": "category"})).steps, data.steps)
    assert data.steps[:, 2:].tolist() == [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("static", [[], ["price"]])
def test_numbers_as_text_are_named(static: list[str]) -> None:
    X = panel_of([1.0, 2.0], [4.0]).assign(price=["3.5", "3.5", "4"])
    with pytest.warns(EsrnnWarning, match=r"'price' of X holds numbers as text.*pd\.to_numeric"):
        encode(X, static=static)


def test_what_is_wrong_is_refused() -> None:
    X = with_facts(panel_of([1.0, 2.0], [4.0]), {"age": [3, 4]})
    with pytest.raises(InputError, match=r"static must name columns of X, .*got \['sex'\]"):
        encode(X, static=["sex"])
    with pytest.raises(InputError, match="a column besides the static ones"):
        encode(X[["age"]], static=["age"])
    with pytest.raises(InputError, match=r"'x' is static.*series 0, step 1: 2.0.*out of static"):
        encode(X, static=["x"])
    with pytest.raises(InputError, match="infinite"):
        encode(panel_of([1.0, np.inf]))
    with pytest.raises(InputTypeError, match="must hold numbers, truth values, text"):
        encode(X.assign(when=pd.Timestamp("2024-01-01")))
    encoder, _ = HistoryEncoder.fit(X, ["age"], "series", None)
    with pytest.raises(InputError, match=r"columns of training, \['x', 'age'\]; got \['x'\]"):
        encoder.encode(X[["x"]])
