#!/usr/bin/env bash
# safetensors 0.8.0: a NumPy array stored by columns is saved with its values in wrong places.
#
# Expected: what `load` returns equals what was given to `save`. Or `save` refuses the array, as it
#   does for a torch tensor that is not contiguous.
# Happens: safetensors.numpy writes the bytes as they lie in memory and the shape as it is. For an
#   array that is not C-contiguous the two do not fit together. There is no error and no warning.
#   The docstring asks for tensors that are "contiguous and dense"; nothing checks it.
# Matters: a table from pandas (`DataFrame.to_numpy()`) is often stored by columns, and so is every
#   transpose. A row of parameters or states of each series, saved and loaded, comes back with the
#   values of other series. The numbers look plausible, and so do the forecasts.
# Remedy: save `numpy.ascontiguousarray(array)`.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    safetensors==0.8.0 numpy==2.4.6 pandas==3.0.6

cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import safetensors
from safetensors.numpy import load, load_file, save, save_file

print(f"Python {sys.version.split()[0]}, safetensors {safetensors.__version__},"
      f" numpy {np.__version__}, pandas {pd.__version__}")

state = pd.DataFrame(
    {"level": [100.0, 200.0, 300.0], "smoothing_level": [0.1, 0.2, 0.3]}, index=["a", "b", "c"]
)
table = state.to_numpy()
matrix = np.arange(6.0).reshape(2, 3)
arrays = {"a table from pandas": table, "a transpose": matrix.T, "every other column": matrix[:, ::2]}

silent = 0
for name, array in arrays.items():
    loaded = load(save({"x": array}))["x"]
    save_file({"x": array}, "x.safetensors")
    assert np.array_equal(load_file("x.safetensors")["x"], loaded)
    contiguous = load(save({"x": np.ascontiguousarray(array)}))["x"]
    print(f"\n{name}, C-contiguous: {array.flags.c_contiguous}\nsaved\n{array}\nloaded\n{loaded}")
    print("loaded equals saved:", np.array_equal(loaded, array),
          "| after ascontiguousarray:", np.array_equal(contiguous, array))
    assert np.array_equal(contiguous, array)
    silent += loaded.shape == array.shape and not np.array_equal(loaded, array)

if silent != len(arrays):
    sys.exit(f"\nThe behaviour has changed: {silent} of {len(arrays)} arrays came back changed.")
print(f"\nAs described: {silent} of {len(arrays)} arrays came back with values in wrong places.")
PYTHON
