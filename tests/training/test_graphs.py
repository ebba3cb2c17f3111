"""When steps are captured, and that training goes on where they can't be; with made-up graphs."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from esrnn.training.graphs import GraphedSteps


class Steps:
    """Stands for a training's state: notes what is done."""

    def __init__(self):
        self.done = []
        self.capturing = False

    def step(self, n_windows):
        self.done.append(("captured" if self.capturing else "made", n_windows))


class Graph:
    steps = None

    def pool(self):
        return None

    def replay(self):
        self.steps.done.append(("replayed", self.n_windows))


@pytest.fixture
def steps(monkeypatch):
    steps = Steps()

    @contextmanager
    def capture(graph, **_):
        graph.steps, steps.capturing = steps, True
        yield
        steps.capturing, graph.n_windows = False, steps.done[-1][1]

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: None)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    return steps


def test_each_shape_is_captured_at_its_third_step(steps):
    graphed = GraphedSteps(steps)
    for n_windows in (8, 8, 8, 9, 8, 9, 9):
        graphed.step(n_windows)
    assert steps.done == [
        ("made", 8), ("made", 8), ("captured", 8), ("replayed", 8), ("made", 9), ("replayed", 8),
        ("made", 9), ("captured", 9), ("replayed", 9),
    ]  # fmt: skip
    assert graphed.n_graphs == 2


def test_without_graphs_steps_are_made_one_by_one(steps, monkeypatch, caplog):
    @contextmanager
    def refuse(*_, **__):
        raise RuntimeError("an operation that can't be captured")
        yield

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    graphed = GraphedSteps(steps)
    for n_windows in (8, 8, 8, 8, 9, 9, 9):
        graphed.step(n_windows)
    assert steps.done == [("made", n) for n in (8, 8, 8, 8, 9, 9, 9)]
    assert graphed.n_graphs == 0
    assert caplog.text.count("an operation that can't be captured") == 1
