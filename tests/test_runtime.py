import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
import torch

from esrnn.errors import InputError
from esrnn.kernels.gpu import launching
from esrnn.kernels.threads import count_threads
from esrnn.runtime import choose_device, single_threaded


def test_the_number_of_threads_is_restored() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with single_threaded():
            with single_threaded():
                assert (torch.get_num_threads(), count_threads()) == (1, 1)
            assert (torch.get_num_threads(), count_threads()) == (1, 1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


class TestThreadsInTurns:
    """Threads of a program that enter and leave in any order."""

    @pytest.mark.parametrize("first_out", [0, 1])
    def test_the_number_is_what_it_was_whoever_leaves_first(self, first_out: int) -> None:
        def stay(k: int) -> int:
            with single_threaded():
                entered.wait()
                if k != first_out:
                    left.wait()
            if k == first_out:
                left.set()
            return torch.get_num_threads()

        entered, left, outside = Barrier(2, timeout=60), Event(), torch.get_num_threads()
        torch.set_num_threads(3)
        try:
            with ThreadPoolExecutor(2) as pool:
                first = pool.submit(stay, 0)
                while not entered.n_waiting:
                    time.sleep(0.01)
                second = pool.submit(stay, 1)
                assert [first.result(60), second.result(60)] == [3, 3]
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(torch.get_num_threads).result() == 3
        finally:
            torch.set_num_threads(outside)


class TestDevice:
    def test_auto_is_what_is_there(self):
        there = torch.cuda.is_available() and launching.is_installed()
        assert choose_device("auto") == ("cuda" if there else "cpu")

    def test_a_gpu_needs_its_kernels_compiler(self, monkeypatch, caplog):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(launching, "is_installed", lambda: True)
        assert [choose_device(d) for d in ("auto", "cuda", "cuda:1")] == ["cuda", "cuda", "cuda:1"]
        assert not caplog.records
        monkeypatch.setattr(launching, "is_installed", lambda: False)
        with pytest.raises(InputError, match=r"numba-cuda.*pip install 'esrnn-forecast\[gpu\]'"):
            choose_device("cuda")
        assert choose_device("auto") == "cpu"
        assert "pip install 'esrnn-forecast[gpu]'" in caplog.text

    def test_unknown_devices_are_refused(self):
        with pytest.raises(InputError, match="'cpu', 'cuda' or 'auto'; got 'tpu'"):
            choose_device("tpu")

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
    def test_a_missing_gpu_is_named(self):
        with pytest.raises(InputError, match="torch finds none"):
            choose_device("cuda")
