"""A forecaster that was saved and loaded forecasts as before, bit for bit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sktime
from sktime.base import BaseObject
from sktime.datatypes import convert_to
from sktime.utils.deep_equals import deep_equals

from esrnn import ESRNN, load_model
from esrnn.errors import InputError
from esrnn.forecaster import FittedPanel, TrainedModel
from esrnn.frames import sktime_to_panel
from tests.estimator.frames import months, panel_of, small, wave
from tests.estimator.saved_forecasters import (
    ALPHA,
    FITTED,
    HIERARCHY,
    LONG,
    PANEL,
    SERIES,
    SHORT,
    columns,
    fitted_panel,
    later,
    pretrained_and_fitted,
    trained_further,
)


def future_of(kind: str) -> pd.DataFrame | None:
    return columns("bac", LONG) if kind == "columns" else None


def assert_same_forecasts(one: ESRNN, other: ESRNN, X: pd.DataFrame | None = None) -> None:
    """Compare values, index, names and frequency of points, quantiles and fitted values."""
    for fh in (None, [1, 3], [-1, 0]):
        got, expected = other.predict(fh, X), one.predict(fh, X)
        assert type(got) is type(expected)
        same = pd.testing.assert_frame_equal
        if isinstance(expected, pd.Series):
            same = pd.testing.assert_series_equal
        same(got, expected, check_exact=True, check_freq=True)
    got, expected = (each.predict_quantiles([1, 3], X, alpha=ALPHA) for each in (other, one))
    pd.testing.assert_frame_equal(got, expected, check_exact=True)
    pd.testing.assert_frame_equal(other.smoothing_coefficients(), one.smoothing_coefficients())
    pd.testing.assert_frame_equal(other.training_history(), one.training_history())
    for each in (one, other):
        each.predict(fh=[1, 2, 3, 4], X=X)  # sktime remembers the last horizon


@pytest.mark.slow
@pytest.mark.parametrize("kind", FITTED)
def test_a_loaded_forecaster_forecasts_as_before(kind: str, tmp_path: Path) -> None:
    forecaster = FITTED[kind]()
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.state == "fitted"
    assert loaded.preset_ == forecaster.preset_
    assert loaded.config_ == forecaster.config_
    assert_same_forecasts(forecaster, loaded, future_of(kind))


@pytest.mark.parametrize("kind", ["panel", "pretrained"])
def test_a_loaded_forecaster_goes_on_as_the_saved_one(kind: str, tmp_path: Path) -> None:
    forecaster = FITTED[kind]()
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    y = later() if kind == "panel" else panel_of({"new": wave(2, 3.0)}, months(38)[36:])
    for update_params in (False, True):
        for one in (forecaster, loaded):
            one.update(y, update_params=update_params)
        assert_same_forecasts(forecaster, loaded)
    for one in (forecaster, loaded):
        one.continue_training(n_epochs=1)
    assert_same_forecasts(forecaster, loaded)


def test_a_second_save_gives_the_same_bytes(tmp_path: Path) -> None:
    fitted_panel().save_model(tmp_path / "one")
    load_model(tmp_path / "one").save_model(tmp_path / "two")
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            assert (
                path.read_bytes()
                == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
            )


def test_size_does_not_grow_with_use(tmp_path: Path) -> None:
    forecaster = fitted_panel()

    def size() -> int:
        forecaster.save_model(tmp_path / "model", include="series")
        return sum(path.stat().st_size for path in (tmp_path / "model").rglob("*"))

    before = size()
    forecaster.predict()
    forecaster.update(later(), update_params=False)
    forecaster.predict_interval()
    assert abs(size() - before) < 100  # digits of the time stamps' numbers


@pytest.mark.parametrize("kind", ["one series", "panel", "hierarchy", "columns", "updated"])
def test_without_history_the_same_series_keep_their_parameters(kind: str, tmp_path: Path) -> None:
    forecaster = FITTED[kind]()
    forecaster.save_model(tmp_path / "model", include="series")
    loaded = load_model(tmp_path / "model")
    assert loaded.state == "pretrained"
    y = {"one series": SERIES, "hierarchy": HIERARCHY}.get(kind, PANEL)
    if kind == "updated":
        y = pd.concat([PANEL, later()]).sort_index(kind="stable")
    loaded.fit(y, X=future_of(kind))
    order = forecaster.predict(X=future_of(kind)).index
    got = loaded.predict(X=future_of(kind)).loc[order]
    np.testing.assert_array_equal(got, forecaster.predict(X=future_of(kind)))


def test_without_history_other_series_are_fitted(tmp_path: Path) -> None:
    forecaster = fitted_panel()
    forecaster.save_model(tmp_path / "model", include="series")
    y = panel_of({"x": wave(40, 5.0), "y": wave(40, 2.0)}, SHORT)
    expected = forecaster._fitted.model.for_new_series(forecaster._fitted.framed, None)
    loaded = load_model(tmp_path / "model").fit(y)
    assert loaded.ensemble_.ids == ("x", "y")
    assert expected.ensemble.ids == ("b", "a", "c")  # without a file all are fitted anew
    both = load_model(tmp_path / "model").fit(pd.concat([y.loc[["x"]], PANEL.loc[["a"]]]))
    _same_parameters(both, loaded, "x")
    _same_parameters(both, forecaster, "a")
    cut = PANEL[PANEL.index.get_level_values(1) > SHORT[3]]
    some = pd.concat([PANEL.loc[["b"]], cut.loc[["a", "c"]]])
    with pytest.warns(UserWarning, match="begin at another time: 2 found: series 'a'; series 'c'"):
        loaded = load_model(tmp_path / "model").fit(some)
    _same_parameters(loaded, forecaster, "b")
    assert np.isfinite(loaded.predict().to_numpy()).all()


def _same_parameters(one: ESRNN, other: ESRNN, name: str) -> None:
    rows = [
        forecaster.ensemble_.smoothing.rows[forecaster.ensemble_.ids.index(name)]
        for forecaster in (one, other)
    ]
    np.testing.assert_array_equal(*rows)


def test_a_form_that_fits_no_longer_is_not_kept(tmp_path: Path) -> None:
    fitted_panel().save_model(tmp_path / "model", include="series")
    y = PANEL.copy()
    y.loc[("b", SHORT[20]), "sales"] = 0.0
    with pytest.warns(UserWarning, match="values <= 0 and were saved as multiplicative: 1 found"):
        loaded = load_model(tmp_path / "model").fit(y)
    assert np.isfinite(loaded.predict().to_numpy()).all()


def test_a_model_for_new_series_forgets_where_the_saved_ones_begin(tmp_path: Path) -> None:
    fitted_panel().save_model(tmp_path / "model", include="series")
    model = TrainedModel.load(tmp_path / "model")
    y = panel_of({"x": wave(40, 5.0), "y": wave(36, 2.0)}, SHORT)
    other = model.for_new_series(sktime_to_panel(y), None)
    other.save(tmp_path / "other")
    again = TrainedModel.load(tmp_path / "other").for_new_series(sktime_to_panel(PANEL), None)
    assert again.ensemble.ids == ("b", "a", "c")


def test_networks_alone_serve_any_series(tmp_path: Path) -> None:
    forecaster = pretrained_and_fitted()
    forecaster.save_model(tmp_path / "model", include="networks")
    assert not (tmp_path / "model" / "series.parquet").exists()
    loaded = load_model(tmp_path / "model")
    y = panel_of({"new": wave(36, 3.0), "b": wave(30)}, SHORT)
    assert_same_forecasts(forecaster, loaded.fit(y))


def test_a_pretrained_forecaster_comes_back(tmp_path: Path) -> None:
    forecaster = small(horizon=4)
    forecaster.pretrain(PANEL)
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.state == "pretrained"
    for one in (forecaster, loaded):
        one.pretrain(later(12))  # trains the networks further
        one.fit(PANEL)
    assert_same_forecasts(forecaster, loaded)


@pytest.mark.parametrize("include", ["history", "series", "networks"])
def test_a_pretraining_after_fit_is_what_is_saved(include: str, tmp_path: Path) -> None:
    forecaster = trained_further()
    forecaster.pretrain(PANEL.loc[["b", "a"]])
    forecaster.save_model(tmp_path / "model", include=include)
    loaded = load_model(tmp_path / "model")
    assert loaded.state == "pretrained"
    y = panel_of({"x": wave(36, 3.0), "y": wave(30)}, SHORT)
    assert_same_forecasts(forecaster.fit(y), loaded.fit(y))


def test_the_core_loads_what_the_estimator_saved(tmp_path: Path) -> None:
    forecaster = fitted_panel()
    forecaster.save_model(tmp_path / "model")
    steps = np.arange(1, 5)[None].repeat(3, axis=0)
    expected = forecaster._fitted.forecast(steps, None, "cpu")
    np.testing.assert_array_equal(
        FittedPanel.load(tmp_path / "model").forecast(steps, None, "cpu"), expected
    )
    model = TrainedModel.load(tmp_path / "model")
    framed = forecaster._fitted.framed
    half = model.forecast(framed, None, 4, "cpu")
    np.testing.assert_array_equal(half[half.shape[0] // 2], expected)
    model.save(tmp_path / "other", series=False)
    assert load_model(tmp_path / "other").fit(PANEL).predict(fh=[1]).shape == (3, 1)


@pytest.mark.parametrize("kind", ["np.ndarray", "numpy3D", "df-list", "pd.Series"])
def test_forecasts_come_in_the_container_of_fit(kind: str, tmp_path: Path) -> None:
    y = SERIES.to_frame() if kind in ("np.ndarray", "pd.Series") else PANEL.loc[["b", "c"]]
    forecaster = small(horizon=2).fit(convert_to(y, kind))
    forecaster.save_model(tmp_path / "model")
    expected, got = forecaster.predict(), load_model(tmp_path / "model").predict()
    assert type(got) is type(expected)
    assert deep_equals(got, expected)


def test_arguments_come_back(tmp_path: Path) -> None:
    forecaster = small(
        horizon=np.int64(3), dilations=[[1, 2], [4]], quantile_levels=np.array([0.1, 0.5, 0.9]),
        random_state=np.random.RandomState(0), callbacks=[], calendar=["month"],
    )  # fmt: skip
    forecaster.fit(PANEL).save_model(tmp_path / "model")
    found = load_model(tmp_path / "model", device="cpu").get_params()
    assert found["horizon"] == 3
    assert found["dilations"] == ((1, 2), (4,))
    assert found["quantile_levels"] == (0.1, 0.5, 0.9)
    assert found["calendar"] == ("month",)
    assert found["random_state"] is found["callbacks"] is None
    assert found["device"] == "cpu"
    for name in ("hidden_size", "n_members", "seasonal_periods", "loss", "verbose"):
        assert found[name] == forecaster.get_params()[name], name


def test_horizons_come_back(tmp_path: Path) -> None:
    forecaster = small().fit(SERIES, fh=[1, 3])
    forecaster.save_model(tmp_path / "model")
    pd.testing.assert_series_equal(load_model(tmp_path / "model").predict(), forecaster.predict())
    stamps = SERIES.index.shift(2)[-1:]
    forecaster = small().fit(SERIES, fh=stamps)
    forecaster.save_model(tmp_path / "model")
    pd.testing.assert_series_equal(load_model(tmp_path / "model").predict(), forecaster.predict())


def test_a_horizon_in_time_reaches_the_same_dates(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=40, freq="D", name="time")
    y = panel_of({"b": wave(40), "a": wave(30)}, days)  # "a" ends ten days before
    forecaster = small(horizon=12).fit(y, fh=pd.to_timedelta([1, 2], unit="D"))
    forecaster.save_model(tmp_path / "model")
    expected, got = forecaster.predict(), load_model(tmp_path / "model").predict()
    pd.testing.assert_frame_equal(got, expected)


def test_clones_and_copies_of_a_loaded_forecaster_work(tmp_path: Path) -> None:
    fitted_panel().save_model(tmp_path / "model", include="series")
    loaded: BaseObject = load_model(tmp_path / "model")
    pd.testing.assert_frame_equal(loaded.clone().fit(PANEL).predict(), loaded.fit(PANEL).predict())


@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
def test_nothing_to_save_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fitted or pretrained"):
        small().save_model(tmp_path / "model")
    wide = PANEL.assign(other=1.0)
    with pytest.raises(InputError, match="one forecaster for each column"):
        small(horizon=2).fit(wide).save_model(tmp_path / "model")
    with pytest.raises(InputError, match="include must be one of"):
        fitted_panel().save_model(tmp_path / "model", include="all")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not sktime.__version__.startswith("1.2."), reason="the page speaks of 1.2")
def test_a_name_with_a_dot_is_no_name_for_sktimes_own_save(tmp_path: Path) -> None:
    """What docs/howto/save.md says."""
    fitted = small().fit(SERIES, fh=[1])
    with pytest.raises(FileNotFoundError):
        fitted.save(tmp_path / "model-v1.2")
    assert (tmp_path / "model-v1.2.zip").is_file()
    fitted.save_model(tmp_path / "model-v1.3")
    assert load_model(tmp_path / "model-v1.3").predict().equals(fitted.predict())


def test_ids_of_several_kinds_are_refused(tmp_path: Path) -> None:
    mixed = pd.concat({1: PANEL.loc["b"], "a": PANEL.loc["a"]}, names=["shop"])
    with pytest.raises(InputError, match="of one kind"):
        small(horizon=2).fit(mixed).save_model(tmp_path / "model")
    assert not list(tmp_path.iterdir())
