"""Equal seeds give the forecasts that they gave before: bit for bit where the machine is the same.

On another processor or with other libraries the last bits differ and training carries them further,
so there the numbers are held to a thousandth of their size.
"""

import json

import numpy as np
import numpy.typing as npt
import pytest

from tests.golden.cases import CASES, run_case
from tests.golden.machine import FORECASTS, MACHINE, describe_machine

GOLDEN = np.load(FORECASTS)
SAME_MACHINE = json.loads(MACHINE.read_text("utf-8")) == describe_machine()
Arrays = dict[str, npt.NDArray[np.float64]]


def golden_of(case: str) -> Arrays:
    """Return the kept numbers of a case."""
    keys = [key for key in GOLDEN.files if key.startswith(f"{case}/")]
    return {key.partition("/")[2]: GOLDEN[key] for key in keys}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_forecasts_are_those_of_before(case: str) -> None:
    kept, now = golden_of(case), run_case(case)
    assert list(now) == list(kept)
    for name, array in now.items():
        assert array.shape == kept[name].shape, name
        if SAME_MACHINE:
            np.testing.assert_array_equal(array, kept[name], err_msg=name, strict=True)
        else:
            size = np.nanmax(np.abs(kept[name]))
            np.testing.assert_allclose(array, kept[name], atol=1e-3 * size, err_msg=name)


def test_every_kept_array_belongs_to_a_case() -> None:
    assert {key.partition("/")[0] for key in GOLDEN.files} == set(CASES)


def test_a_moved_bit_is_seen() -> None:
    kept = golden_of("single")["point"]
    moved = kept.copy()
    moved[0] = np.nextafter(moved[0], np.inf)
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(moved, kept)
