"""The two ways of cutting smoothed series into windows."""

import pytest

from esrnn.ops.windows import cut_windows


@pytest.fixture(params=["kernel", "torch"])
def implementation(request, monkeypatch):
    """Cut by the kernel or, on the CPU too, by the operations that a GPU would run."""
    if request.param == "torch":
        monkeypatch.setattr("esrnn.model.windows_cpu.cut_windows", cut_windows)
