"""sMAPE, MASE, OWA and pinball against values worked out by hand and against plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.errors import InputError, InputTypeError
from esrnn.metrics import mase, owa, pinball, smape

PANELS = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    shape = draw(PANELS)
    arrays = hnp.arrays(np.float64, shape, elements=NUMBERS)
    return draw(arrays), draw(arrays)


def loop_smape(y: np.ndarray, y_hat: np.ndarray) -> list[float]:
    means = []
    for row, forecast in zip(y, y_hat, strict=True):
        terms = []
        for a, f in zip(row, forecast, strict=True):
            if np.isnan(a):
                continue
            size = abs(a) + abs(f)
            terms.append(0.0 if size == 0 else 200 * abs(a - f) / size)
        means.append(sum(terms) / len(terms) if terms else np.nan)
    return means


def test_smape_by_hand() -> None:
    # |100 - 300| / 400 = 1/2 -> 100; 0 / 0 counts 0; |1 - 0| / 1 -> 200
    assert smape([100.0, 0.0, 1.0], [300.0, 0.0, 0.0]) == pytest.approx(100.0)
    assert smape([-1.0], [1.0]) == 200.0


@given(pairs())
def test_smape_is_the_loop(pair: tuple[np.ndarray, np.ndarray]) -> None:
    y, y_hat = pair
    assert_allclose(smape(y, y_hat, per_series=True), loop_smape(y, y_hat), rtol=1e-12)
    assert smape(y, y_hat) == pytest.approx(np.mean(loop_smape(y, y_hat)), rel=1e-12)


@given(pairs(), st.sampled_from([2.0**-20, 8.0, -4.0]))
def test_smape_and_mase_do_not_depend_on_the_unit(
    pair: tuple[np.ndarray, np.ndarray], factor: float
) -> None:
    # Powers of two, so that scaling rounds nothing.
    y, y_hat = pair
    assert_array_equal(
        smape(factor * y, factor * y_hat, per_series=True), smape(y, y_hat, per_series=True)
    )
    scale = np.linspace(1.0, 2.0, len(y))
    assert_array_equal(
        mase(factor * y, factor * y_hat, scale=abs(factor) * scale, per_series=True),
        mase(y, y_hat, scale=scale, per_series=True),
    )


@given(pairs())
def test_smape_is_symmetric_and_bounded(pair: tuple[np.ndarray, np.ndarray]) -> None:
    y, y_hat = pair
    values = smape(y, y_hat, per_series=True)
    assert_array_equal(values, smape(y_hat, y, per_series=True))
    assert (values >= 0).all()
    assert (values <= 200 * (1 + 1e-12)).all()


def test_mase_by_hand() -> None:
    y = [[1.0, 2.0], [10.0, 10.0]]
    y_hat = [[2.0, 4.0], [10.0, 16.0]]
    assert_allclose(mase(y, y_hat, scale=[3.0, 2.0], per_series=True), [0.5, 1.5])
    assert mase(y, y_hat, scale=[3.0, 2.0]) == pytest.approx(1.0)
    assert mase([1.0, 2.0], [2.0, 4.0], scale=3.0) == pytest.approx(0.5)


def test_missing_observations_are_left_out() -> None:
    y = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 2.0]])
    y_hat = np.array([[3.0, 9.0, 3.0], [9.0, 9.0, 2.0]])
    assert_allclose(smape(y, y_hat, per_series=True), loop_smape(y, y_hat))
    assert_allclose(mase(y, y_hat, scale=[0.5, 1.0], per_series=True), [2.0, 0.0])
    assert pinball(y, y_hat, quantile_level=0.5) == pytest.approx((0.5 + 0.0) / 2)


def test_undefined_series_are_nan_and_their_mean_is_refused() -> None:
    y = np.array([[1.0, 2.0], [np.nan, np.nan], [5.0, 5.0]])
    y_hat = np.nan_to_num(y)
    values = mase(y, y_hat, scale=[1.0, 1.0, 0.0], per_series=True)
    assert_array_equal(values, [0.0, np.nan, np.nan])
    with pytest.raises(InputError, match=r"MASE is undefined: 2 found: series 1; series 2 "):
        mase(y, y_hat, scale=[1.0, 1.0, 0.0])
    with pytest.raises(InputError, match=r"sMAPE is undefined: 1 found: series 1 "):
        smape(y, y_hat)
    with pytest.raises(InputError, match="MASE is undefined"):
        owa([5.0], [5.0], benchmark=[4.0], scale=0.0)


def test_owa_is_a_ratio_of_means() -> None:
    y = np.array([[10.0, 10.0], [100.0, 100.0]])
    y_hat = np.array([[10.0, 30.0], [100.0, 100.0]])
    benchmark = np.array([[30.0, 30.0], [300.0, 100.0]])
    scale = np.array([2.0, 100.0])
    # sMAPE 25 against (100 + 50) / 2 = 75; MASE 2.5 against (10 + 1) / 2 = 5.5
    expected = (25 / 75 + 2.5 / 5.5) / 2
    assert owa(y, y_hat, benchmark=benchmark, scale=scale) == pytest.approx(expected)
    assert owa(y, benchmark, benchmark=benchmark, scale=scale) == 1.0


def test_owa_against_a_perfect_benchmark_is_refused() -> None:
    with pytest.raises(InputError, match="benchmark's sMAPE is 0"):
        owa([1.0, 2.0], [1.0, 3.0], benchmark=[1.0, 2.0], scale=1.0)


def test_pinball_costs_more_on_the_side_of_its_level() -> None:
    assert pinball([10.0], [9.0], quantile_level=0.9) == pytest.approx(0.9)
    assert pinball([10.0], [11.0], quantile_level=0.9) == pytest.approx(0.1)


def test_pinball_averages_over_levels() -> None:
    rng = np.random.default_rng(0)
    y, levels = rng.normal(size=(3, 4)), [0.1, 0.5, 0.9]
    quantiles = rng.normal(size=(3, 4, 3))
    each = [
        pinball(y, quantiles[:, :, q], quantile_level=level, per_series=True)
        for q, level in enumerate(levels)
    ]
    assert_allclose(
        pinball(y, quantiles, quantile_level=levels, per_series=True), np.mean(each, axis=0)
    )
    one_series = pinball(y[0], quantiles[0], quantile_level=levels)
    assert one_series == pytest.approx(np.mean(each, axis=0)[0])


@given(pairs())
def test_pinball_at_one_half_is_half_the_absolute_error(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    y, y_hat = pair
    expected = np.abs(y - y_hat).mean() / 2
    assert pinball(y, y_hat, quantile_level=0.5) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, np.nan, [0.1, 1.2], [], [[0.5]]])
def test_pinball_refuses_what_is_no_level(level: object) -> None:
    with pytest.raises(InputError, match="quantile_level"):
        pinball([1.0], [1.0], quantile_level=level)


def test_pinball_refuses_quantiles_that_do_not_fit_the_levels() -> None:
    with pytest.raises(InputError, match=r"\(2, 3\); got \(2, 2\)"):
        pinball([1.0, 2.0], np.zeros((2, 2)), quantile_level=[0.1, 0.5, 0.9])


def test_a_panel_of_one_series_gives_what_the_series_gives() -> None:
    y, y_hat = np.array([3.0, 4.0]), np.array([5.0, 4.0])
    assert smape(y[None], y_hat[None]) == smape(y, y_hat)
    assert smape(y, y_hat, per_series=True).shape == (1,)
    assert mase(y[None], y_hat[None], scale=[2.0]) == mase(y, y_hat, scale=2.0)


def test_whole_numbers_lists_and_series_are_taken() -> None:
    assert smape([1, 3], pd.Series([1, 1])) == pytest.approx(50.0)
    assert smape(np.array([1, 3], dtype=np.int8), np.array([1, 1], dtype=np.uint8)) == 50.0


@pytest.mark.parametrize(
    ("y", "y_hat", "message"),
    [
        ([1.0, 2.0], [1.0], r"same shape.*\(1,\) and \(2,\)"),
        ([[1.0, 2.0]], [1.0, 2.0], r"same shape"),
        ([1.0, 2.0], [1.0, np.nan], "y_hat must be finite"),
        ([1.0, 2.0], [1.0, None], "y_hat must be finite"),
        ([1.0, np.inf], [1.0, 2.0], "y must be finite"),
        ([], [], r"must have shape"),
        (1.0, 1.0, r"must have shape"),
        (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), r"must have shape"),
    ],
)
def test_bad_shapes_and_values_are_refused(y: object, y_hat: object, message: str) -> None:
    for measure in (smape, lambda a, b: mase(a, b, scale=1.0)):
        with pytest.raises(InputError, match=message):
            measure(y, y_hat)


def test_offenders_are_counted_and_the_first_five_listed() -> None:
    y_hat = np.full((8, 2), np.nan)
    y_hat[0] = 1.0
    with pytest.raises(InputError, match=r"7 found: series 1; .*series 5; and 2 more .*8 in all"):
        smape(np.ones((8, 2)), y_hat)


@pytest.mark.parametrize(
    "wrong",
    [
        "abc",
        ["a", "b"],
        [1 + 2j, 1.0],
        [[1.0, 2.0], [3.0]],
        pd.DataFrame({"y": [1.0, 2.0]}),
        pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(wrong: object) -> None:
    with pytest.raises(InputTypeError, match="y_hat"):
        smape([1.0, 2.0], wrong)


@pytest.mark.parametrize("scale", [-1.0, np.inf, [1.0, 1.0], [[1.0]]])
def test_bad_scales_are_refused(scale: object) -> None:
    with pytest.raises(InputError, match="scale must"):
        mase([1.0, 2.0], [1.0, 1.0], scale=scale)


def test_one_scale_for_many_series_is_refused() -> None:
    with pytest.raises(InputError, match="one number per series, 2 here"):
        mase(np.ones((2, 3)), np.ones((2, 3)), scale=1.0)


def test_arguments_are_left_alone() -> None:
    y, y_hat, scale = np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]]), np.array([0.0])
    copies = y.copy(), y_hat.copy(), scale.copy()
    mase(y, y_hat, scale=scale, per_series=True)
    smape(y, y_hat)
    for array, copy in zip((y, y_hat, scale), copies, strict=True):
        assert_array_equal(array, copy)
