"""Take the checksums of values in `esrnn/data/sources.json`: ``python -m tests.datasets.freeze``.

They come from a folder of competition data (``$ESRNN_DATA_DIR``, or the argument) and are entered
for the groups that are there in full; for others the fields stay null. Addresses and checksums of
bytes are entered by hand.
"""

import json
import sys
from pathlib import Path
from typing import Any

import esrnn
from esrnn.datasets import load_m3, load_m4, values_sha256

SOURCES = Path(esrnn.__file__).parent / "data" / "sources.json"


def freeze(sources: dict[str, Any], data_dir: Path | None) -> dict[str, Any]:
    """Fill in what a whole copy of each group tells."""
    filled: dict[str, Any] = json.loads(json.dumps(sources))
    for competition, load in (("m4", load_m4), ("m3", load_m3)):
        for name, entry in filled[competition]["groups"].items():
            train, test = load(name, data_dir, download=False)
            whole = test.index.unique(level=0).size == entry["n_series"]
            entry["n_train"] = len(train) if whole else None
            entry["values_sha256"] = values_sha256(train, test) if whole else None
    return filled


def main() -> None:
    data_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sources = json.loads(SOURCES.read_text(encoding="utf-8"))
    SOURCES.write_text(json.dumps(freeze(sources, data_dir), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
