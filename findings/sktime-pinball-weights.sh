#!/usr/bin/env bash
# sktime 1.2.0: the pinball loss of `ESRNNForecaster` has its two weights swapped.
#
# Expected: at tau = 0.9 a forecast that is 1 too low costs 0.9 and one that is 1 too high costs 0.1,
#   so that the loss is least at the 90% quantile. The class's own docstring says so:
#   "loss = max( (predec-target)(1-tau), (target-predec)*tau)".
# Happens: `sktime.networks.es_rnn.PinballLoss` gives 0.1 and 0.9. Its minimum is at the 10% quantile.
# Matters: it is the loss that `ESRNNForecaster` trains with unless told otherwise (tau = 0.49), so
#   forecasts aim at the 51% quantile where Smyl's method aims a little below the median. Whoever
#   takes the class for an upper quantile gets the lower one.
# Remedy: pass 1 - tau.
#
# The index decides which build of torch comes; TORCH_ARGS="--index-url ..." chooses another.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
pip() { "$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
# shellcheck disable=SC2086  # several arguments
pip ${TORCH_ARGS:-} torch==2.13.0 numpy==2.4.6
pip torch==2.13.0 numpy==2.4.6 pandas==3.0.6 sktime==1.2.0

cd "$folder"
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import sys

import sktime
import torch
from sktime.forecasting.es_rnn import ESRNNForecaster
from sktime.networks.es_rnn import PinballLoss

print(f"Python {sys.version.split()[0]}, sktime {sktime.__version__}, torch {torch.__version__}")

loss = PinballLoss(tau=0.9)
target = torch.tensor([10.0])
low, high = (loss(torch.tensor([y_hat]), target).item() for y_hat in (9.0, 11.0))
print(f"tau 0.9, target 10: a forecast of 9 costs {low:.1f} (expected 0.9),"
      f" one of 11 costs {high:.1f} (expected 0.1)")

values = torch.arange(1.0, 100.0)  # 1, ..., 99
costs = [loss(torch.full_like(values, y_hat), values).item() for y_hat in values.tolist()]
best = values[min(range(99), key=costs.__getitem__)].item()
print(f"tau 0.9, targets 1 to 99: the best constant forecast is {best:.0f} (expected 90)")

default = ESRNNForecaster()._instantiate_criterion()
print(f"ESRNNForecaster() trains with {type(default).__name__}, tau {default.tau}")

same = (round(low, 6), round(high, 6), best) == (0.1, 0.9, 10.0)
if not (same and isinstance(default, PinballLoss)):
    sys.exit("\nThe behaviour has changed.")
print("\nAs described: the weights are swapped.")
PYTHON
