#!/usr/bin/env bash
# sktime 1.2.0: cross-validated class probabilities are all zero where the labels are whole numbers.
#
# Expected: `classifier.fit_predict_proba(X, y, cv=KFold(3))` returns each series' probabilities from
#   the fold that left it out. They sum to 1, whatever the type of the labels.
# Happens: they are written into an array of the labels' type. With integer labels every probability
#   below 1 becomes 0, silently. With float labels they are right. With text the call fails.
# Matters: whoever chooses a classifier of time series, or calibrates it, by these probabilities reads
#   zeros: log loss, Brier score and thresholds are meaningless.
# Remedy: pass the labels as floats, or call `fit` and `predict_proba` for each fold.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check \
    numpy==2.4.6 pandas==3.0.6 scikit-learn==1.9.0 sktime==1.2.0

cd "$folder"
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import sklearn
import sktime
from sklearn.model_selection import KFold
from sktime.classification.dummy import DummyClassifier

print(
    f"Python {sys.version.split()[0]}, sktime {sktime.__version__}, numpy {np.__version__},"
    f" scikit-learn {sklearn.__version__}"
)

names = pd.MultiIndex.from_product([range(12), range(20)], names=["series", "step"])
X = pd.DataFrame({"value": np.random.default_rng(0).normal(size=240)}, names)
labels = np.tile([1, 1, 2, 1, 2, 2], 2)
print(f"12 series of 20 steps, labels {labels.tolist()}, three folds, DummyClassifier(strategy='prior')")

seen = {}
for kind in (float, int):
    found = DummyClassifier(strategy="prior").fit_predict_proba(X, labels.astype(kind), cv=KFold(3))
    seen[kind] = sorted({round(float(total), 6) for total in found.sum(axis=1)})
    print(f"labels of type {kind.__name__}: first rows {found[:2].tolist()}, sums of rows {seen[kind]}")

if seen != {float: [1.0], int: [0.0]}:
    sys.exit("\nThe behaviour has changed.")
print("\nAs described: probabilities of whole-numbered labels are all zero.")
PYTHON
