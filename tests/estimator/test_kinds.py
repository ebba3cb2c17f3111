"""`ESRNN` with members of several kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError, InputTypeError
from tests.estimator.frames import months, panel_of, small, wave

PANEL = panel_of({"b": wave(40), "a": wave(34, 7.0, seed=1), "c": wave(40, seed=2)}, months(40))
LAST = {"level": "last", "seasonal_periods": (), "dilations": [1, 3]}
LINEAR = {**LAST, "cell": "linear", "input_window": 13}


def mixed(*kinds: dict[str, object], **parameters: object) -> ESRNN:
    own = {"horizon": 3, "n_epochs": 2, "n_members": max(len(kinds), 1), "kinds": list(kinds)}
    return small(**{**own, **parameters})


def test_members_of_several_kinds_are_combined_and_saved(tmp_path: Path) -> None:
    forecaster = mixed({}, LAST, LINEAR).fit(PANEL)
    assert forecaster.strategy_ == "train"
    members = forecaster.ensemble_.members
    assert [m.config.network.cell for m in members] == ["lstm", "lstm", "linear"]
    assert [m.config.smoothing.level for m in members] == ["smoothed", "last", "last"]
    quantiles = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    assert np.isfinite(quantiles.to_numpy()).all()
    by_member = forecaster.ensemble_.quantiles_by_member(forecaster._fitted.framed.panel)
    np.testing.assert_allclose(
        quantiles.xs(0.5, axis=1, level=1).to_numpy().ravel(),
        by_member.mean(axis=0)[1].ravel(), rtol=1e-12,
    )  # fmt: skip
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model").predict_quantiles(alpha=[0.1, 0.5, 0.9])
    pd.testing.assert_frame_equal(loaded, quantiles, check_exact=True)


@pytest.mark.parametrize("kind", [LINEAR, {"cell": "mlp"}, {"cell": "indrnn"}])
def test_members_without_a_bound_have_no_part_in_the_spread_beside_others(
    kind: dict[str, object],
) -> None:
    alone = mixed({}).fit(PANEL).ensemble_
    forecaster = mixed({}, kind).fit(PANEL)
    panel = forecaster._fitted.framed.panel
    both, only = forecaster.ensemble_.forecast(panel), alone.forecast(panel)
    np.testing.assert_allclose(both[1:] / both[:-1], only[1:] / only[:-1], rtol=1e-9)
    assert np.abs(both[1] / only[1] - 1.0).max() > 1e-4
    np.testing.assert_array_equal(forecaster.ensemble_.interval_factors(), alone.interval_factors())


def test_an_empty_kind_changes_nothing() -> None:
    plain = small(horizon=3, n_epochs=2, n_members=2).fit(PANEL).predict()
    pd.testing.assert_frame_equal(mixed({}, n_members=2).fit(PANEL).predict(), plain)


def test_networks_of_several_kinds_are_trained_further() -> None:
    forecaster = mixed({}, LINEAR).pretrain(PANEL)
    further = forecaster.fit(PANEL).continue_training(n_epochs=1)
    assert [m.config.network.cell for m in further.ensemble_.members] == ["lstm", "linear"]
    assert np.isfinite(further.predict().to_numpy()).all()


@pytest.mark.parametrize(
    ("kinds", "error", "message"),
    [
        ({"level": "last"}, InputTypeError, "Pass a list of dicts"),
        (["linear"], InputTypeError, "one dict for each kind of member"),
        ([{3: 4}], InputError, "no setting of a member"),
        ([{"dilations": "12"}], InputTypeError, "dilations"),
        ([{"device": "cpu"}], InputError, "got 'device'"),
    ],
)
def test_what_is_no_kind_is_refused(kinds: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        small(horizon=3, kinds=kinds).fit(PANEL)
