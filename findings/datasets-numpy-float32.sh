#!/usr/bin/env bash
# datasets 4.8.5, and with it fev 0.10.0: series of float64 are handed out as float32.
#
# Expected: rows of a data set whose column is float64 are float64 in NumPy too, as `to_pandas()` and
#   `to_dict()` give them. Or the difference is said.
# Happens: the format "numpy" makes float32 of every floating type, so values above 16,777,216 lose
#   their last digits. There is no warning. fev puts all its data sets in this format, so
#   `past_data` of `EvaluationWindow.get_input_data()` holds rounded values, while fev computes the
#   scores by the exact ones.
# Matters: a model that reads the target from `past_data`, as fev's quickstart does, sees another
#   series: of large numbers that move little, such as a population or a total in cents, the movement
#   is lost. Models that use `fev.convert_input_data(window, adapter="pandas")` see the exact values,
#   so their scores differ by the way of reading alone.
# Remedy: `dataset.with_format("numpy", dtype=numpy.float64)`, or fev's adapter "pandas".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    fev==0.10.0 datasets==4.8.5 numpy==2.4.6 pandas==3.0.6 pyarrow==26.0.1

cd "$folder"
HF_HOME="$folder/cache" HF_HUB_OFFLINE=1 "$folder/env/bin/python" - <<'PYTHON'
import sys

import datasets
import fev
import numpy as np
import pandas as pd

print(f"Python {sys.version.split()[0]}, fev {fev.__version__}, datasets {datasets.__version__},"
      f" numpy {np.__version__}, pandas {pd.__version__}")

values = 300_000_000.0 + np.arange(12.0)  # it grows by 1 in each month
data = datasets.Dataset.from_dict({"target": [values.tolist()]})
row = data.with_format("numpy")[0]["target"]
print(f"\ncolumn {data.features['target']}\nformat 'numpy': {row.dtype}, differences {np.diff(row)}")

months = pd.date_range("2024-01-01", periods=12, freq="MS")
pd.DataFrame({"id": "a", "timestamp": months, "target": values}).to_parquet("series.parquet")
task = fev.Task(dataset_path="series.parquet", horizon=2)
window = task.get_window(0)
read = window.get_input_data()[0][0]["target"]
exact = fev.convert_input_data(window, adapter="pandas")[0]["target"].to_numpy()
print(f"\nfev's past_data: {read.dtype}, {read.astype(np.float64)}\nadapter 'pandas': {exact.dtype}, {exact}")

scores = {}
for name, past in {"past_data": read.astype(np.float64), "pandas": exact}.items():
    forecast = past[-1] + np.arange(1, 3) * (past[-1] - past[0]) / (len(past) - 1)  # the drift
    summary = task.evaluation_summary([[{"predictions": forecast.tolist()}]], model_name=name)
    scores[name] = summary["MASE"]
print("\nMASE of the drift, which is exact for this series:", scores)

if not (row.dtype == read.dtype == np.float32 and scores["past_data"] > 1.0 > scores["pandas"]):
    sys.exit("\nThe behaviour has changed.")
print("\nAs described: the values read from past_data are rounded.")
PYTHON
