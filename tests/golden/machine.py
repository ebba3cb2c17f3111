"""Where the golden forecasts are, and what decides their last bits."""

import os
import platform
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import torch

FORECASTS = Path(__file__).with_name("forecasts.npz")
MACHINE = Path(__file__).with_name("machine.json")


def describe_machine() -> dict[str, str]:
    """Return processor and libraries; equal ones give equal bits."""
    names = ("numpy", "torch", "numba", "llvmlite", "scipy", "pandas", "statsmodels")
    return {
        "processor": _processor(),
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "openblas_coretype": os.environ.get("OPENBLAS_CORETYPE", ""),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def _processor() -> str:
    """Return the name, the generation and a checksum of the instructions of the processor."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return platform.processor()
    lines = info.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    fields = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
    parts = [fields.get(key, "") for key in ("model name", "cpu family", "model")]
    instructions = sha256(fields.get("flags", "").encode()).hexdigest()[:12]
    return " ".join([*parts, instructions])
