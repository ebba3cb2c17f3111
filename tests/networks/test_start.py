"""`ESRNN` starts from networks that come with the package, or from the user's."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError, InputTypeError, ModelFileError
from esrnn.forecaster import fit_panel
from esrnn.frames import sktime_to_panel
from tests.estimator.frames import months, panel_of, small, wave
from tests.networks.shipped import LEVELS, OWN, H

FH = np.arange(1, H + 1)
CALLS = ("predict", "predict_interval", "components")


def forecasts(forecaster: ESRNN) -> list[pd.DataFrame]:
    return [
        forecaster.predict(FH),
        forecaster.predict_quantiles(FH, alpha=[0.05, 0.5, 0.9]),
        forecaster.components(FH),
    ]


def assert_alike(one: ESRNN, other: ESRNN) -> None:
    for mine, its in zip(forecasts(one), forecasts(other), strict=True):
        pd.testing.assert_frame_equal(mine, its)


def weights(forecaster: ESRNN) -> list[np.ndarray]:
    members = forecaster.ensemble_.members
    return [m.network.weights[name] for m in members for name in sorted(m.network.weights)]


@pytest.mark.parametrize("strategy", ["auto", "zero_shot"])
def test_networks_of_the_package_forecast_at_once(shipped: Path, strategy: str) -> None:
    forecaster = ESRNN(strategy=strategy).fit(OWN)
    assert (forecaster.strategy_, forecaster.preset_) == ("zero_shot", "monthly")
    assert_alike(forecaster, load_model(shipped / "monthly").fit(OWN))
    assert np.isfinite(forecaster.predict(np.arange(1, 3 * H)).to_numpy()).all()


def test_without_such_networks_all_is_as_before(nothing_shipped: Path) -> None:
    quick = {"n_members": 1, "hidden_size": 4, "horizon": 1, "random_state": 0, "n_jobs": 1}
    default, told = (ESRNN(**quick, **way).fit(OWN) for way in ({}, {"start_from": None}))
    assert default.strategy_ == told.strategy_ == "train"
    assert_alike(default, told)
    with pytest.raises(InputError, match="no networks come with this copy"):
        ESRNN(strategy="zero_shot").fit(OWN, fh=[1])


@pytest.mark.parametrize("argument", [{"start_from": None}, {"strategy": "train"}])
def test_networks_are_trained_if_asked_for(shipped: Path, argument: dict[str, object]) -> None:
    tiny = {"n_members": 1, "n_jobs": 1, "time_budget": 0.01, "random_state": 0, **argument}
    forecaster = ESRNN(**tiny).fit(OWN, fh=[1])
    assert (forecaster.strategy_, len(forecaster.ensemble_.members)) == ("train", 1)


@pytest.mark.parametrize("horizon", [1, 4, H])
def test_a_shorter_horizon_costs_nothing(shipped: Path, horizon: int) -> None:
    whole, short = ESRNN().fit(OWN), ESRNN(horizon=horizon).fit(OWN)
    assert short.config_.network.horizon == horizon
    steps = np.arange(1, horizon + 1)
    for one, other in ((whole.predict(steps), short.predict()),
                       (whole.predict_interval(steps), short.predict_interval())):  # fmt: skip
        pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(ESRNN().fit(OWN, fh=steps).predict(), short.predict())


def test_a_longer_horizon_is_forecast_recursively(shipped: Path) -> None:
    forecaster = ESRNN(horizon=H + 3).fit(OWN)
    y_hat = forecaster.predict(np.arange(1, H + 4))
    assert len(y_hat) == 2 * (H + 3)
    pd.testing.assert_frame_equal(
        y_hat.groupby(level=0).head(H), ESRNN(horizon=H).fit(OWN).predict()
    )
    assert len(forecaster.predict()) == 2 * (H + 3)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"hidden_size": 5}, "hidden_size"),
        ({"input_window": 7}, "input_window"),
        ({"cell": "gru"}, "cell"),
        ({"dilations": [1, 2]}, "dilations"),
        ({"n_members": 3}, "n_members"),
        ({"seasonal_periods": (4, 12)}, "seasonal periods"),
        ({"quantile_levels": [0.01, 0.5, 0.99]}, "quantile_levels"),
        ({"preset": "weekly", "seasonal_periods": 12}, "weekly"),
    ],
)
def test_settings_of_other_networks(
    shipped: Path, settings: dict[str, object], reason: str
) -> None:
    quick = {"n_jobs": 1, "random_state": 0, "time_budget": 0.01, **settings}
    assert ESRNN(**quick).fit(OWN, fh=[1]).strategy_ == "train"
    with pytest.raises(InputError, match=f"(?s)zero_shot.*{reason}"):
        ESRNN(strategy="zero_shot", **quick).fit(OWN, fh=[1])
    if "preset" in settings:  # it chooses among the networks of the package
        return
    with pytest.raises(InputError, match=f"(?s)auto.*{reason}"):
        ESRNN(start_from=shipped / "monthly", **quick).fit(OWN, fh=[1])


@pytest.mark.parametrize(
    "settings",
    [
        {"n_epochs": 1}, {"batch_size": 4, "n_epochs": 1}, {"calibration": 0.0, "n_epochs": 1},
        {"patience": 1, "n_epochs": 1}, {"loss": "mase", "n_epochs": 1},
    ],
)  # fmt: skip
def test_who_says_how_to_train_wants_training(shipped: Path, settings: dict[str, object]) -> None:
    small_one = {"n_jobs": 1, "n_members": 1, "random_state": 0}
    forecaster = ESRNN(**settings, **small_one).fit(OWN, fh=[1])
    assert forecaster.strategy_ == "train"
    told = ESRNN(strategy="zero_shot", **settings, **small_one).fit(OWN, fh=[1])
    assert told.strategy_ == "zero_shot"


@pytest.mark.parametrize(
    "settings",
    [
        {"n_members": 1}, {"n_members": 2}, {"hidden_size": 4}, {"cell": "lstm"}, {"n_jobs": 1},
        {"seasonal_periods": 12}, {"preset": "monthly"}, {"quantile_levels": [0.1, 0.5, 0.9]},
        {"seasonality": "additive"}, {"time_budget": 5.0}, {"errors": "skip"},
        {"input_window": 12}, {"dilations": [[1, 3], [6, 12]]},
    ],
)  # fmt: skip
def test_settings_that_the_networks_serve(shipped: Path, settings: dict[str, object]) -> None:
    forecaster = ESRNN(**settings).fit(OWN, fh=FH)
    assert forecaster.strategy_ == "zero_shot"
    assert np.isfinite(forecaster.predict_interval(coverage=[0.5, 0.8]).to_numpy()).all()
    if "seasonality" in settings:
        assert set(forecaster.components()["form"]) == {"additive"}
    if "n_members" in settings:
        assert len(forecaster.ensemble_.members) == settings["n_members"]


def test_short_histories_keep_the_season_of_the_networks(shipped: Path) -> None:
    y = panel_of({"a": wave(9), "b": [3.0], "c": [4.0, 5.0], "d": wave(17)}, months(17))
    forecaster = ESRNN().fit(y, fh=FH)
    assert (forecaster.strategy_, forecaster.config_.smoothing.seasonal_periods) == (
        "zero_shot", (12,)
    )  # fmt: skip
    assert np.isfinite(forecaster.predict_interval().to_numpy()).all()


def test_data_of_other_kinds_are_trained_on(shipped: Path) -> None:
    weeks = OWN.copy()
    weeks.index = pd.MultiIndex.from_arrays(
        [OWN.index.get_level_values(0), pd.period_range("2020-01", periods=len(OWN), freq="W")]
    )
    quick = {"n_jobs": 1, "n_members": 1, "time_budget": 0.01}
    assert ESRNN(**quick).fit(weeks, fh=[1]).strategy_ == "train"
    with pytest.raises(
        InputError, match=r"'weekly', weekly time stamps .*there are some for \['monthly'\]"
    ):
        ESRNN(strategy="zero_shot").fit(weeks, fh=[1])


def test_the_users_networks(pretrained: ESRNN, networks: Path, tmp_path: Path) -> None:
    expected = copy.deepcopy(pretrained).fit(OWN)
    fitted = copy.deepcopy(pretrained).fit(OWN)
    pretrained.save_model(tmp_path / "model")
    for start in (tmp_path / "model", str(tmp_path / "model"), pretrained, fitted):
        forecaster = ESRNN(start_from=start).fit(OWN)
        assert forecaster.strategy_ == "zero_shot"
        assert_alike(forecaster, expected)
    one = ESRNN(start_from=pretrained, n_members=1, horizon=2).fit(OWN)
    assert (len(one.ensemble_.members), one.config_.network.horizon) == (1, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"strategy": "none"}, InputError, "strategy must be one of"),
        ({"strategy": "zero_shot", "start_from": None}, InputError, "got start_from=None"),
        ({"start_from": 3}, InputTypeError, "start_from must be 'auto', None"),
        ({"start_from": ESRNN()}, InputError, "must be a forecaster that was fitted or pretrained"),
        ({"start_from": "nowhere"}, ModelFileError, "is no folder"),
    ],
)
def test_what_can_not_be_started_from(
    arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ESRNN(**arguments).fit(OWN, fh=[1])


def test_training_takes_no_networks(networks: Path) -> None:
    with pytest.raises(InputError, match="strategy='train' trains new networks"):
        ESRNN(start_from=networks / "monthly", strategy="train").fit(OWN, fh=[1])


def test_it_is_saved_and_loaded(shipped: Path, tmp_path: Path) -> None:
    forecaster = ESRNN().fit(OWN, fh=FH).save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert (loaded.strategy_, loaded.start_from, loaded.strategy) == ("zero_shot", "auto", "auto")
    assert_alike(loaded, forecaster)
    part = forecaster.save_model(tmp_path / "networks", include="networks")
    assert_alike(load_model(tmp_path / "networks").fit(OWN, fh=FH), part)


def test_networks_that_were_given_are_saved_too(pretrained: ESRNN, tmp_path: Path) -> None:
    given = ESRNN(start_from=pretrained).fit(OWN).save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert_alike(loaded, given)
    assert (loaded.start_from, loaded.strategy) == ("auto", "zero_shot")
    more = panel_of({"x": [8.0]}, months(41)[-1:])
    assert_alike(loaded.update(more), given.update(more))
    by_path = ESRNN(start_from=tmp_path / "model").fit(OWN).save_model(tmp_path / "other")
    assert load_model(tmp_path / "other").start_from == str(tmp_path / "model")
    assert_alike(by_path, load_model(tmp_path / "other"))


@pytest.mark.parametrize("update_params", [True, False])
def test_it_moves_on(shipped: Path, update_params: bool) -> None:
    forecaster = ESRNN().fit(OWN, fh=FH)
    more = panel_of({"x": [8.0, 8.5], "new": wave(2, 9.0)}, months(42)[-2:])
    forecaster.update(more, update_params=update_params)
    assert forecaster.strategy_ == "zero_shot"
    if update_params:
        again = ESRNN().fit(pd.concat([OWN, more]).sort_index())
        for one, other in zip(forecasts(forecaster), forecasts(again), strict=True):
            pd.testing.assert_frame_equal(one.sort_index(), other)
    assert forecaster.predict().index.unique(level=0).size == 3


@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
def test_clones_are_alike(shipped: Path) -> None:
    forecaster = ESRNN(start_from=shipped / "monthly", strategy="zero_shot")
    assert forecaster.clone().get_params() == forecaster.get_params()
    assert_alike(forecaster.clone().fit(OWN), forecaster.fit(OWN))
    wide = OWN["sales"].unstack(level=0).dropna()
    assert ESRNN().fit(wide, fh=[1]).predict().shape == (1, 2)


def test_a_clone_of_a_forecaster_forgets_its_fit(pretrained: ESRNN) -> None:
    assert_alike(
        ESRNN(start_from=pretrained).clone().fit(OWN), ESRNN(start_from=pretrained).fit(OWN)
    )
    fitted = small().fit(OWN, fh=[1])
    with pytest.raises(InputError, match=r"forgets its fit: save it with save_model"):
        ESRNN(start_from=fitted).clone().fit(OWN)


def test_training_goes_on_from_shipped_networks(shipped: Path) -> None:
    forecaster = ESRNN(n_jobs=1, random_state=1).fit(OWN, fh=FH)
    before = weights(forecaster)
    forecaster.continue_training(1)
    assert any((one != other).any() for one, other in zip(before, weights(forecaster), strict=True))
    assert np.isfinite(forecaster.predict_interval().to_numpy()).all()
    assert all((w == v).all() for w, v in zip(before, weights(ESRNN().fit(OWN)), strict=True))


def test_pretraining_starts_from_networks_that_are_given(networks: Path) -> None:
    quick = {"n_epochs": 1, "n_jobs": 1, "random_state": 1, "learning_rate": 1e-9}
    start = load_model(networks / "monthly").fit(OWN)
    forecaster = ESRNN(start_from=networks / "monthly", **quick).pretrain(OWN).fit(OWN)
    for one, other in zip(weights(start), weights(forecaster), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_it_is_said_what_was_decided(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ESRNN(verbose=1).fit(OWN, fh=[1])
    said = capsys.readouterr().out
    assert "monthly time stamps: 2 trained networks of the preset 'monthly'" in said
    assert "strategy 'zero_shot' (2 series" in said
    ESRNN(verbose=1, n_members=1, n_epochs=1, n_jobs=1).fit(OWN, fh=[1])
    assert "trained on these series (n_epochs is given" in capsys.readouterr().out


def test_panels_without_sktime(shipped: Path) -> None:
    fitted = fit_panel(sktime_to_panel(OWN))
    assert fitted.model.strategy == "zero_shot"
    assert len(fitted.forecast_frame()) == 2 * H
    assert fit_panel(sktime_to_panel(OWN), settings={"horizon": 2}).model.horizon == 2
    with pytest.raises(InputError, match="settings must be arguments of ESRNN"):
        fit_panel(sktime_to_panel(OWN), settings={"horizons": 2})
    assert fitted.model.config.network.quantile_levels == LEVELS
