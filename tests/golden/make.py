"""Write the golden forecasts: ``python -m tests.golden.make``.

They were first made before the package was reorganised. Make them anew only for a change that is
meant to move forecasts, and say so in the commit.
"""

import json
import os

# As tests/conftest.py has it: what BLAS gives may depend on its number of threads.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import warnings  # noqa: E402

import numpy as np  # noqa: E402

from tests.golden.cases import CASES, run_case  # noqa: E402
from tests.golden.machine import FORECASTS, MACHINE, describe_machine  # noqa: E402


def main() -> None:
    """Run all cases and write their numbers beside this file."""
    warnings.simplefilter("error")
    arrays = {}
    for case in CASES:
        arrays |= {f"{case}/{name}": array for name, array in run_case(case).items()}
    np.savez_compressed(FORECASTS, **arrays)
    MACHINE.write_text(json.dumps(describe_machine(), indent=2) + "\n", encoding="utf-8")
    size = FORECASTS.stat().st_size
    print(f"{len(arrays)} arrays of {len(CASES)} cases, {size / 1e3:.0f} kB: {FORECASTS}")


if __name__ == "__main__":
    main()
