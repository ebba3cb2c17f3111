"""Write the golden forecasts: ``python -m tests.golden.make [CASE ...]``, by default all cases.

They were first made before the package was reorganised. Make them anew only for a change that is
meant to move forecasts, only the cases that it moves, and say so in the commit. On another machine
than the one they were made on, all cases are made.
"""

import json
import os
import sys

# As tests/conftest.py has it: what BLAS gives may depend on its number of threads.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import warnings  # noqa: E402

import numpy as np  # noqa: E402

from tests.golden.cases import CASES, run_case  # noqa: E402
from tests.golden.machine import FORECASTS, MACHINE, describe_machine  # noqa: E402


def main() -> None:
    """Run cases and write their numbers beside this file."""
    warnings.simplefilter("error")
    chosen = set(sys.argv[1:] or CASES)
    if chosen - CASES.keys():
        sys.exit(f"no such case: {sorted(chosen - CASES.keys())}; there are {list(CASES)}")
    if json.loads(MACHINE.read_text("utf-8")) != describe_machine():
        chosen = set(CASES)
    kept, arrays = np.load(FORECASTS), {}
    for case in CASES:
        if case in chosen:
            arrays |= {f"{case}/{name}": array for name, array in run_case(case).items()}
        else:
            arrays |= {key: kept[key] for key in kept.files if key.startswith(f"{case}/")}
    np.savez_compressed(FORECASTS, **arrays)
    MACHINE.write_text(json.dumps(describe_machine(), indent=2) + "\n", encoding="utf-8")
    size = FORECASTS.stat().st_size
    print(f"{len(arrays)} arrays, {len(chosen)} cases made, {size / 1e3:.0f} kB: {FORECASTS}")


if __name__ == "__main__":
    main()
