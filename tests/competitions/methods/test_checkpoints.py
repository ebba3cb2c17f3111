"""Checkpoints: what is read back, and what is done about files that cannot be."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from competitions.methods.checkpoints import Checkpoints


def test_arrays_come_back_bit_by_bit(tmp_path: Path) -> None:
    arrays = {"y_hat": np.array([[0.1, -0.0], [np.pi, 1e300]]), "fallback": np.array([0.0, 1.0])}
    Checkpoints(tmp_path / "parts").save("0000", arrays, 1.0)
    found = Checkpoints(tmp_path / "parts").load("0000")
    assert found is not None
    assert {name: array.tobytes() for name, array in found.items()} == {
        name: array.tobytes() for name, array in arrays.items()
    }
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["0000.npz"]


@pytest.mark.parametrize("kept", [0, 3, 100, -20])
def test_a_damaged_part_is_none(kept: int, tmp_path: Path) -> None:
    Checkpoints(tmp_path).save("0000", {"y_hat": np.arange(50.0)}, 1.0)
    path = tmp_path / "0000.npz"
    path.write_bytes(path.read_bytes()[:kept])
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.load("0000") is None
    assert checkpoints.earlier_cpu_s == 0.0
    checkpoints.save("0000", {"y_hat": np.ones(2)}, 1.0)
    again = checkpoints.load("0000")
    assert again is not None
    assert_array_equal(again["y_hat"], [1.0, 1.0])


def test_what_is_no_part_is_none(tmp_path: Path) -> None:
    np.savez(tmp_path / "0000.npz", y_hat=np.ones(2))
    assert Checkpoints(tmp_path).load("0000") is None
