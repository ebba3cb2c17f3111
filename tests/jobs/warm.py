"""A small job that a fork server does before its first child, which then has all loaded."""

import tempfile
from pathlib import Path

from esrnn.jobs import forecast
from tests.jobs.made_up import TINY, write_parts

with tempfile.TemporaryDirectory() as _name:
    _data = write_parts(Path(_name) / "data", 1)
    forecast(str(_data), str(Path(_name) / "out"), 2, settings=TINY)
