"""Training steps captured as CUDA graphs: hundreds of small kernels started by one call."""

from __future__ import annotations

import logging

import torch

from esrnn.training.stacked_state import StackedState

__all__ = ["GraphedSteps"]

_EAGER = 2  # steps of each shape before it is captured: kernels are compiled and memory is taken
_LOG = logging.getLogger("esrnn")


class GraphedSteps:
    """Makes steps, from the third one of each shape on by replaying a graph.

    Parameters
    ----------
    state : StackedState
        On a GPU; its steps run on the current stream, which must not be the default one.

    Attributes
    ----------
    n_graphs : int
        Shapes that have been captured.
    """

    def __init__(self, state: StackedState) -> None:
        self._state = state
        self._seen: dict[int, int] = {}
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._gave_up = False

    @property
    def n_graphs(self) -> int:
        """Shapes that have been captured."""
        return len(self._graphs)

    def step(self, n_windows: int) -> None:
        """Make the next step of the plan, of so many windows."""
        graph = self._graphs.get(n_windows)
        if graph is None:
            seen = self._seen[n_windows] = self._seen.get(n_windows, 0) + 1
            if seen <= _EAGER or self._gave_up:
                self._state.step(n_windows)
                return
            graph = self._capture(n_windows)
            if graph is None:
                self._state.step(n_windows)
                return
        graph.replay()

    def _capture(self, n_windows: int) -> torch.cuda.CUDAGraph | None:
        """Capture a step without making it; None where that can't be done."""
        graph = torch.cuda.CUDAGraph()
        pool = next(iter(self._graphs.values())).pool() if self._graphs else None
        try:
            with torch.cuda.graph(
                graph, pool=pool, stream=torch.cuda.current_stream(),
                capture_error_mode="relaxed",
            ):  # fmt: skip
                self._state.step(n_windows)
        except RuntimeError as error:
            self._gave_up = True
            _LOG.warning("ESRNN trains without CUDA graphs, more slowly: %s", error)
            return None
        self._graphs[n_windows] = graph
        return graph
