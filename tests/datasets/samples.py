"""Small panels and the files they make, written as the competitions wrote theirs."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from esrnn.datasets.published import Group, panels_sha256
from esrnn.panel import Panel
from tests.datasets.server import Answer, Server

TRAIN = Panel.from_arrays([[1.5, 2.0, 3.25, 4.0], [10.0, 20.0]], ["Y1", "Y2"])
TEST = Panel.from_arrays([[5.0, 6.0], [30.0, 40.125]], ["Y1", "Y2"])


def wide_csv(panel: Panel) -> bytes:
    """Write a panel as M4's own files are: every cell with content quoted, rows padded."""
    width = int(panel.lengths.max())
    lines = [",".join(f'"V{i}"' for i in range(1, width + 2))]
    for i, name in enumerate(panel.ids):
        values = panel.series(i)
        cells = [f'"{name}"', *(f'"{_shortest(value)}"' for value in values.tolist())]
        lines.append(",".join(cells) + "," * (width - len(values)))
    return ("\n".join(lines) + "\n").encode()


def _shortest(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def by_number(panel: Panel) -> Panel:
    """Bring series into the order of the numbers in their ids, which is that of M4's files."""
    return panel.subset(np.argsort([int(str(name)[1:]) for name in panel.ids]))


def panel_of(frame: pd.DataFrame) -> Panel:
    """Make a panel of a frame in the multiindex layout."""
    lengths = frame.groupby(level=0, sort=False).size()
    indptr = np.append(0, np.cumsum(lengths.to_numpy())).astype(np.int64)
    return Panel(frame["y"].to_numpy(), indptr, tuple(lengths.index))


def put_csv(
    folder: Path, train: Panel = TRAIN, test: Panel = TEST, names: Sequence[str] = ("Train", "Test")
) -> Path:
    """Write a group's two files into the folders named, below `folder`."""
    for panel, part, name in zip((train, test), ("train", "test"), names, strict=True):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"Yearly-{part}.csv").write_bytes(wide_csv(panel))
    return folder


def tsf_zip(arrays: Sequence[Sequence[float]], *, dated: bool = True) -> bytes:
    """Write series as Monash's archives hold them."""
    lines = ["# Data Set – of a competition", "@relation M3", "@attribute series_name string"]
    lines += ["@attribute start_timestamp date"] if dated else []
    lines += ["@horizon 6", "@missing false", "@equallength false", "@data"]
    start = "1975-01-01 00-00-00:" if dated else ""
    for i, array in enumerate(arrays, start=1):
        lines.append(f"T{i}:{start}{','.join(map(_shortest, array))}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m3_yearly_dataset.tsf", "\n".join(lines).encode("cp1252") + b"\n")
    return packed.getvalue()


def served_group(server: Server, *, sha256: bool = True) -> Group:
    """Put the sample on a server and describe it as published there."""
    files = []
    for panel, name in ((TRAIN, "Train/Yearly-train.csv"), (TEST, "Test/Yearly-test.csv")):
        content = wide_csv(panel)
        url = server.serve(name, Answer(content))
        files.append((url, hashlib.sha256(content).hexdigest() if sha256 else None))
    return Group(
        competition="m4",
        name="yearly",
        advice="Ask around.",
        horizon=2,
        first_number=1,
        n_series=2,
        n_train=6,
        values_sha256=panels_sha256((TRAIN, TEST)),
        files=tuple(files),
    )
