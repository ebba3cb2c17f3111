import numba
import pytest
import torch

from esrnn.errors import InputError
from esrnn.runtime import choose_device, single_threaded


def test_the_number_of_threads_is_restored() -> None:
    torch.set_num_threads(2)
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    before = torch.get_num_threads(), numba.get_num_threads()
    with single_threaded():
        assert (torch.get_num_threads(), numba.get_num_threads()) == (1, 1)
    assert (torch.get_num_threads(), numba.get_num_threads()) == before


class TestDevice:
    def test_auto_is_what_torch_finds(self):
        assert choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")

    def test_unknown_devices_are_refused(self):
        with pytest.raises(InputError, match="'cpu', 'cuda' or 'auto'; got 'tpu'"):
            choose_device("tpu")

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
    def test_a_missing_gpu_is_named(self):
        with pytest.raises(InputError, match="torch finds none"):
            choose_device("cuda")
