"""The two ways of cutting smoothed series into windows."""

import pytest

from tests.ops.cases import cut_by_torch


@pytest.fixture(params=["kernel", "torch"])
def implementation(request, monkeypatch):
    """Cut by the kernel or, on the CPU too, by the operations that a GPU would run."""
    if request.param == "torch":
        monkeypatch.setattr("esrnn.model.cut_windows", cut_by_torch)
