#!/usr/bin/env bash
# statsforecast 2.0.1: the seasonal naive forecast of less than a season of history has its values in
# wrong places.
#
# Expected: the forecast of a step is the value one season before it; where the history does not reach
#   back so far, it is missing. For three quarters 1, 2, 3 the fourth is missing, then come 1, 2, 3.
# Happens: the values are laid out from the first step on: 1, 2, 3, missing. The fourth quarter gets the
#   value of the first one. From a whole season on, all is right.
# Matters: new products and new shops have short histories. Their benchmark is a season out of phase, so
#   whatever is compared with it looks better than it is. MSTL forecasts its season by the same function.
# Remedy: take another benchmark for series that are shorter than a season.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check \
    statsforecast==2.0.1 numpy==2.4.6 pandas==3.0.6

cd "$folder"
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import statsforecast
from statsforecast.models import SeasonalNaive

print(f"Python {sys.version.split()[0]}, statsforecast {statsforecast.__version__}")


def forecast(history):
    return SeasonalNaive(season_length=4).forecast(np.array(history), 8)["mean"]


short, whole = forecast([1.0, 2.0, 3.0]), forecast([0.0, 1.0, 2.0, 3.0])
print(f"season of 4 steps, history 1 2 3: {short} (expected nan 1 2 3 nan 1 2 3)")
print(f"season of 4 steps, history 0 1 2 3: {whole} (expected 0 1 2 3 0 1 2 3)")
right = np.array([np.nan, 1.0, 2.0, 3.0] * 2)
if np.array_equal(short, right, equal_nan=True) or not np.array_equal(whole, [0.0, 1.0, 2.0, 3.0] * 2):
    sys.exit("\nThe behaviour has changed.")
print("\nAs described: the values of a short history are in wrong places.")
PYTHON
