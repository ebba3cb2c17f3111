import numpy as np
import pytest

from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.arguments import as_blocks, as_seconds, as_seed


def test_dilations_come_flat_or_in_blocks() -> None:
    assert as_blocks(None) is None
    assert as_blocks([1, 2, 4]) == ((1, 2, 4),)
    assert as_blocks(((1, 2), [4, np.int32(8)])) == ((1, 2), (4, 8))
    assert as_blocks([1, [2]]) == ((1,), (2,))


def test_seeds() -> None:
    assert as_seed(None) is None
    assert as_seed(np.int64(7)) == 7
    drawn = np.random.RandomState(3)
    assert as_seed(drawn) != as_seed(drawn)  # its state moves on
    assert as_seed(np.random.RandomState(3)) == as_seed(np.random.RandomState(3))
    with pytest.raises(InputTypeError, match="random_state must be a whole number"):
        as_seed("x")
    with pytest.raises(InputError, match="random_state must be at least 0; got -1"):
        as_seed(-1)


def test_seconds() -> None:
    assert as_seconds("time_budget", None) is None
    assert as_seconds("time_budget", np.float32(2)) == 2.0
    with pytest.raises(InputTypeError, match="time_budget must be a number of seconds; got True"):
        as_seconds("time_budget", True)
    with pytest.raises(InputError, match="time_budget must be greater than 0 seconds; got nan"):
        as_seconds("time_budget", float("nan"))
