"""Benchmarks' own processes, run within the process of the tests."""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
import warnings
from contextlib import redirect_stdout, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import new_process, sktime_checks


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the modules and scripts that benchmarks start in this process.

    A new process takes seconds to import torch and to load kernels, and a quick run of a benchmark
    starts several. Processes of their own are left to the test of the large fit and to those of
    `benchmarks.new_process` itself.
    """

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        _, *rest = command
        if rest[0] == "-c":  # asks what an import loads
            return subprocess.run(command, **options)
        is_module = rest[0] == "-m"
        name, *arguments = rest[1:] if is_module else rest
        out = io.StringIO()
        with monkeypatch.context() as patch, redirect_stdout(out), warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*found in sys.modules", RuntimeWarning)
            patch.setattr(sys, "argv", [name, *arguments])
            patch.delattr(os, "sched_setaffinity", raising=False)  # later tests keep their core
            with suppress(SystemExit):
                (runpy.run_module if is_module else runpy.run_path)(name, run_name="__main__")
        return subprocess.CompletedProcess(command, 0, out.getvalue(), "")

    for module in (new_process, sktime_checks):
        monkeypatch.setattr(module, "subprocess", SimpleNamespace(run=run))
