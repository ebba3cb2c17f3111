#!/usr/bin/env bash
# Runs all tests and benchmarks of the GPU path within eight minutes and leaves their results in a
# folder: bash benchmarks/gpu.sh [DIR] [WHEELS]
#
# DIR is the folder (default: $OUT, else runs/gpu). WHEELS is a folder of wheels to install first,
# for a machine that reaches no package index. torch must be there already; PYTHON names the Python.
# Without a GPU it is a dry run on the CPU: tests are skipped, sizes are tiny, and the results say so.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python="${PYTHON:-python3}"
out="${1:-${OUT:-runs/gpu}}"
wheels="${2:-}"
mkdir -p "$out"
out="$(cd "$out" && pwd)"
export PYTHONUNBUFFERED=1 PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
if [ -n "$wheels" ]; then
    site="$(mktemp -d)"
    "$python" -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
        --target "$site" "$wheels"/*.whl || exit 1
    export PYTHONPATH="$site:$PYTHONPATH"
fi

"$python" - <<'PY' 2>&1 | tee "$out/versions.txt"
import sys
from importlib.metadata import PackageNotFoundError, version

print("python", sys.version.split()[0])
for name in ("torch", "numba", "llvmlite", "numba-cuda", "cuda-bindings", "cuda-core", "numpy",
             "pandas", "pyarrow", "scipy", "joblib", "safetensors", "pytest", "hypothesis"):
    try:
        print(name, version(name))
    except PackageNotFoundError:
        print(name, "is missing")
import torch

print("GPU:", torch.cuda.get_device_name() if torch.cuda.is_available() else "none")
PY

status=0
# All tests marked gpu; elsewhere, tests would have to be collected that need more than is here.
tests="tests/gpu tests/training/test_loop.py tests/nn/layers/test_cells.py
    tests/nn/test_future_covariates.py"
# shellcheck disable=SC2086
timeout 160 "$python" -m pytest $tests -m gpu -q -W default -p no:randomly -p no:cacheprovider 2>&1 |
    tee "$out/tests.txt" || status=1
timeout 260 "$python" -m benchmarks.gpu --out "$out" 2>&1 | tee "$out/benchmarks.txt" || status=1
exit "$status"
