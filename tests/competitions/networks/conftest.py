"""A made-up folder of data, and a list of leaks that names one of its series."""

from pathlib import Path

import pytest

from tests.competitions.networks.data import write_data


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("competitions.networks.corpus.donors", lambda group: frozenset({"W53"}))
    (tmp_path / "data").mkdir()
    return write_data(tmp_path / "data")
