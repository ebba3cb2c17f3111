"""Which series keep their smoothing parameters when new rows come."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.forecaster.updating import update_panel
from esrnn.frames import sktime_to_panel
from tests.estimator.frames import months, panel_of, wave

N, H = 36, 3
TINY = {
    "horizon": H,
    "n_members": 2,
    "n_epochs": 1,
    "hidden_size": 4,
    "n_jobs": 1,
    "random_state": 0,
}
Y = panel_of({"b": wave(N), "a": wave(30, 7.0, seed=1), "c": wave(N, seed=2) - 95.0}, months(N))
X = pd.DataFrame(
    {"promo": np.arange(5.0 * (N + 9)) % 3, "kind": np.repeat(list("xyxyx"), N + 9)},
    pd.MultiIndex.from_product([list("bacde"), months(N + 9)], names=["shop", "time"]),
)


def rows(name: str, first: int, *values: float) -> pd.DataFrame:
    """Give the values of a series from month `first` on."""
    return panel_of({name: values}, months(first + len(values))[first:])


def updated(fitted: FittedPanel, y: pd.DataFrame | None, x: object = None) -> FittedPanel:
    return update_panel(fitted, y, x)


def parameters(fitted: FittedPanel, name: str) -> list[np.ndarray]:
    """Give what the members know about a series."""
    ensemble = fitted.model.ensemble
    k = ensemble.ids.index(name)
    return [m.smoothing.rows[k] for m in ensemble.members]


def same(one: FittedPanel, two: FittedPanel, name: str) -> bool:
    pairs = zip(parameters(one, name), parameters(two, name), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def by_itself(fitted: FittedPanel, y: pd.DataFrame, x: pd.DataFrame | None = None) -> FittedPanel:
    """Fit series without training, with the networks of a panel."""
    framed = sktime_to_panel(y)
    return FittedPanel(framed, x, fitted.model.for_new_series(framed, x))


@pytest.fixture(scope="module")
def fitted() -> FittedPanel:
    return fit_panel(sktime_to_panel(Y), settings=TINY)


@pytest.fixture(scope="module")
def with_x() -> FittedPanel:
    return fit_panel(sktime_to_panel(Y), X.loc[Y.index], TINY)


def test_corrections_keep_all_parameters(fitted: FittedPanel) -> None:
    moved = updated(fitted, pd.concat([rows("b", 20, 130.0, np.nan), rows("a", 30, 7.5)]))
    assert moved.model is fitted.model
    other = Y.copy()
    other.loc[("b", months(21)[-1])], other.loc[("b", months(22)[-1])] = 130.0, np.nan
    fresh = sktime_to_panel(pd.concat([other.loc[["b", "a"]], rows("a", 30, 7.5), Y.loc[["c"]]]))
    expected = FittedPanel(fresh.subset(np.array([0, 1, 2])), None, fitted.model).forecast_frame()
    assert moved.forecast_frame().equals(expected)
    assert not moved.forecast_frame().equals(fitted.forecast_frame())


def test_new_series_join(fitted: FittedPanel) -> None:
    new = pd.concat([rows("z", 30, 4.0, 5.0, 4.0), rows("b", N, 101.0)])
    moved = updated(fitted, new)
    assert moved.framed.panel.ids == ("b", "a", "c", "z")
    assert all(same(moved, fitted, name) for name in "bac")
    alone = by_itself(fitted, new.loc[["z"]])
    assert same(moved, alone, "z")
    frame = moved.forecast_frame(coverages=[0.9])
    expected = alone.forecast_frame(coverages=[0.9])
    values = (one.to_numpy(np.float64) for one in (frame.iloc[-H:, 2:], expected.iloc[:, 2:]))
    np.testing.assert_allclose(*values, rtol=1e-6)  # float32, in batches of other sizes
    assert frame["time"].iloc[-1] == months(33 + H)[-1]


def test_the_first_zero_makes_a_series_additive(fitted: FittedPanel) -> None:
    moved = updated(fitted, pd.concat([rows("b", N, 0.0, 90.0), rows("a", 30, 7.0)]))
    assert moved.model.ensemble.smoothing.additive.tolist() == [True, False, True]
    assert same(moved, fitted, "a")
    assert same(moved, fitted, "c")
    whole = pd.concat([Y.loc[["b"]], rows("b", N, 0.0, 90.0)])
    assert same(moved, by_itself(fitted, whole), "b")
    assert np.isfinite(moved.forecast_frame()["y_hat"]).all()
    # It stays so, also when the zero is corrected: no parameter changes without need.
    back = updated(moved, rows("b", N, 91.0))
    assert back.model is moved.model


def test_a_multiplicative_model_refuses_zeros() -> None:
    y = sktime_to_panel(Y.loc[["b", "a"]])
    fitted = fit_panel(y, settings={**TINY, "seasonality": "multiplicative"})
    with pytest.raises(InputError, match=r"must be > 0 .*1 found: series 'b', step 2023-01: 0\.0"):
        updated(fitted, rows("b", N, 0.0))


def test_series_that_begin_elsewhere_are_fitted_anew(fitted: FittedPanel) -> None:
    early = pd.concat({"b": pd.Series([90.0], months(1, "2019-10"))}).to_frame("sales")
    for new, whole in (
        (early, pd.concat([early, Y.loc[["b"]]])),
        (rows("b", 0, np.nan, np.nan), Y.loc[["b"]].iloc[2:]),
    ):
        moved = updated(fitted, new)
        alone = by_itself(fitted, whole)
        assert moved.framed.starts()[0] == alone.framed.starts()[0]
        assert same(moved, alone, "b")
        assert not same(moved, fitted, "b")
        assert same(moved, fitted, "a")
        first = moved.forecast_frame()["y_hat"].iloc[:H]
        np.testing.assert_array_equal(first, alone.forecast_frame()["y_hat"])


def test_new_series_bring_their_columns(with_x: FittedPanel) -> None:
    new = rows("d", 30, 4.0, 5.0, 4.0, 6.0)
    moved = updated(with_x, new, X.loc[new.index])
    alone = by_itself(with_x, new, X.loc[new.index])
    assert same(moved, alone, "d")
    effects = [f.model.ensemble.effects.coefficients[-1] for f in (moved, alone)]
    np.testing.assert_array_equal(*effects)
    ahead = X[X.index.get_level_values(1) > months(30)[-1]]
    one, two = (f.forecast_frame(X=ahead)["y_hat"].iloc[-H:] for f in (moved, alone))
    np.testing.assert_allclose(one, two, rtol=1e-6)
    with pytest.raises(InputError, match=r"lacks \['kind'\] for: 1 found: series 'd'"):
        updated(with_x, new, X.loc[new.index, ["promo"]])
    with pytest.raises(InputError, match="X must have rows of the series of y; y has 'd'"):
        updated(with_x, new)


def test_columns_are_corrected_too(with_x: FittedPanel) -> None:
    x = X.loc[[("b", months(N)[-1])], ["promo"]] + 5.0
    moved = updated(with_x, None, x)
    assert moved.framed is with_x.framed
    assert moved.model is with_x.model
    assert moved.columns.loc[("b", months(N)[-1])].tolist() == [x.iloc[0, 0], "x"]
    ahead = X[X.index.get_level_values(1) > months(30)[-1]]
    one, two = (f.forecast_frame(X=ahead.drop(Y.index, errors="ignore")) for f in (moved, with_x))
    changed = (one["y_hat"] != two["y_hat"]).groupby(one["shop"]).any()
    assert changed.to_dict() == {"a": False, "b": True, "c": False}


def test_new_categories_count_as_unknown_and_stay_categories() -> None:
    x = X.astype({"kind": "category"})
    fitted = fit_panel(sktime_to_panel(Y), x.loc[Y.index], TINY)
    new = rows("d", 30, 4.0, 5.0)
    other = X.loc[new.index].assign(kind="never seen").astype({"kind": "category"})
    moved = updated(fitted, new, other)
    assert isinstance(moved.columns["kind"].dtype, pd.CategoricalDtype)
    assert np.isfinite(moved.forecast_frame(X=x)["y_hat"]).all()
    assert FittedPanel.from_parts(*moved.parts()).columns.equals(moved.columns)
