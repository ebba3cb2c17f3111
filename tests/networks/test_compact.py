"""Networks made small, and written for the package."""

import json
from pathlib import Path

import numpy as np
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError
from esrnn.forecaster import TrainedModel, ship_networks
from esrnn.forecaster.shipped import load_shipped
from esrnn.networks import compact, shipped_folder, shipped_names
from tests.estimator.frames import small
from tests.networks.shipped import LEVELS, MANY, OWN, H


def test_a_folder_is_found_by_its_preset(networks: Path) -> None:
    assert shipped_names(networks) == ["monthly"]
    assert shipped_folder("monthly", networks) == networks / "monthly"
    assert shipped_folder("weekly", networks) is None
    assert load_shipped("weekly", networks) is None
    model = load_shipped("monthly", networks)
    assert model is load_shipped("monthly", networks)
    assert (model.horizon, model.ensemble.ids) == (H, ())
    assert shipped_names(networks / "none") == []


def test_the_card_lies_beside_the_networks(networks: Path) -> None:
    card = json.loads((networks / "monthly" / "card.json").read_text("utf-8"))
    assert card == {"data": "made up"}
    assert "card.json" in json.loads((networks / "monthly" / "MANIFEST.json").read_text())["files"]


def test_what_is_read_is_what_was_rounded(pretrained: ESRNN, networks: Path) -> None:
    rounded = compact(pretrained.pretrained_.ensemble, 300)
    read = load_shipped("monthly", networks).ensemble
    for one, other in zip(rounded.members, read.members, strict=True):
        for name, weight in one.network.weights.items():
            assert other.network.weights[name].dtype == np.float32
            np.testing.assert_array_equal(other.network.weights[name], weight)
        for name, array in one.holdout.arrays().items():
            np.testing.assert_array_equal(other.holdout.arrays()[name], array)
        assert other.holdout.scores.shape == (len(LEVELS), 300)
    assert read.typical == rounded.typical


def test_rounding_and_fewer_scores_change_little(pretrained: ESRNN, networks: Path) -> None:
    full, small_ones = pretrained.clone(), load_model(networks / "monthly")
    levels = [0.025, 0.3, 0.5, 0.975]
    one = full.fit(OWN).predict_quantiles(alpha=levels).to_numpy()
    other = small_ones.fit(OWN, fh=range(1, H + 1)).predict_quantiles(alpha=levels).to_numpy()
    spread = (one[:, -1] - one[:, 0]).mean()
    np.testing.assert_allclose(other[:, 2], one[:, 2], atol=0.02 * spread)
    np.testing.assert_allclose(other, one, atol=0.1 * spread)


def test_weights_and_scores_take_two_bytes_each(networks: Path) -> None:
    for file in (networks / "monthly" / "members").iterdir():
        data = file.read_bytes()
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        kinds = {name: entry["dtype"] for name, entry in header.items()}
        large = {n for n in kinds if n.startswith(("network.weights.", "holdout."))}
        large.remove("holdout.intermittent")  # true or false
        assert {kinds[name] for name in large} == {"F16"}


def test_all_scores_are_kept_where_there_are_few(pretrained: ESRNN) -> None:
    ensemble = pretrained.pretrained_.ensemble
    scores = ensemble.members[0].holdout.scores
    known = np.isfinite(scores[[0, -1]]).all(axis=0).sum()
    assert compact(ensemble, 10**6).members[0].holdout.scores.shape[1] == known


def test_networks_with_covariates_are_not_shipped(tmp_path: Path) -> None:
    X = MANY.rename(columns={"sales": "promo"})
    model = small(horizon=2).fit(MANY, X)._fitted.model
    with pytest.raises(InputError, match="must take no covariates; got some with 0 static and 1"):
        ship_networks(model, tmp_path / "monthly", {})


def test_an_ensemble_is_shipped_for_a_preset(pretrained: ESRNN, tmp_path: Path) -> None:
    ensemble = pretrained.pretrained_.ensemble
    with pytest.raises(InputError, match="preset must name"):
        ship_networks(ensemble, tmp_path / "monthly", {})
    model = ship_networks(ensemble, tmp_path / "monthly", {}, preset="monthly")
    assert isinstance(model, TrainedModel)
    assert (model.choice.preset, model.choice.periods) == ("monthly", (12,))
