"""The two ways of cutting smoothed series into windows."""

import pytest
import torch

from esrnn.ops.layout import make_places
from esrnn.ops.windows import make_frame, make_targets


@pytest.fixture(params=["kernel", "torch"])
def implementation(request, monkeypatch):
    """Cut by the kernel or, on the CPU too, by the operations that a GPU would run."""

    def cut_by_torch(smoothed, causal, indptr, layout, span, additive):
        places, sigma = make_places(indptr, layout, span), torch.from_numpy(causal)
        frame = make_frame(smoothed, places, layout, sigma if additive else None)
        return frame, make_targets(smoothed, places, layout, frame, sigma)

    if request.param == "torch":
        monkeypatch.setattr("esrnn.model.cut", cut_by_torch)
