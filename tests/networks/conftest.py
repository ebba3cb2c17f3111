"""Small networks that play the part of those that come with the package."""

from pathlib import Path

import pytest

from esrnn import ESRNN
from esrnn.forecaster import ship_networks
from tests.networks.shipped import LEVELS, MANY, H


@pytest.fixture(scope="session")
def pretrained() -> ESRNN:
    return ESRNN(
        horizon=H, n_members=2, n_epochs=2, hidden_size=4, n_jobs=1, random_state=1,
        quantile_levels=LEVELS, calibration=0.9,
    ).pretrain(MANY)  # fmt: skip


@pytest.fixture(scope="session")
def networks(pretrained: ESRNN, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with networks for monthly data."""
    folder = tmp_path_factory.mktemp("networks")
    ship_networks(pretrained.pretrained_, folder / "monthly", {"data": "made up"}, n_scores=300)
    return folder


@pytest.fixture
def shipped(networks: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the package find these networks."""
    monkeypatch.setattr("esrnn.networks.folder.NETWORKS", networks)
    return networks


@pytest.fixture
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the package find no networks."""
    monkeypatch.setattr("esrnn.networks.folder.NETWORKS", tmp_path / "none")
    return tmp_path
