#!/usr/bin/env bash
# ray 2.60.0, joblib 1.6.0: after one use of joblib's backend "ray", "multiprocessing" runs on Ray, too.
#
# Expected: `joblib.parallel_config("ray")` concerns what runs inside its block. After it,
#   `joblib.Parallel(backend="multiprocessing")` forks children of the program, as before it.
# Happens: Ray's backend gives joblib's own class PicklingPool another base class, Ray's pool, and
#   leaves it so. From then on, whatever asks for "multiprocessing" runs in Ray's actors until the
#   program ends. After `ray.shutdown()` it starts Ray again.
# Matters: a forked child has what the program has set and loaded; an actor imports modules anew. Below,
#   a program sets the season of its forecasts, and gets those of the default season without an error.
#   Tuning and backtests of sktime run by the name of such a backend.
# Remedy: use joblib's "loky" beside Ray, or hand all settings over as arguments.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check ray==2.60.0 joblib==1.6.0

cd "$folder"
cat > seasonal_naive.py <<'PYTHON'
import os

season = 12


def forecast(y):
    """Repeat the last season; say which process does it."""
    return y[-season:][:3], os.getppid()
PYTHON
# Ray's files and its token stay in the folder, too.
export HOME=$folder RAY_TMPDIR=$folder RAY_USAGE_STATS_ENABLED=0 JOBLIB_START_METHOD=fork
"$folder/env/bin/python" - <<'PYTHON'
import logging
import os
import sys

import joblib
import ray
import seasonal_naive
from ray.util.joblib import register_ray

print(f"ray {ray.__version__}, joblib {joblib.__version__}")
seasonal_naive.season = 24
y = list(range(100))
print(f"y is 0, 1, ..., 99; the program sets a season of {seasonal_naive.season} steps")


def forecasts(backend):
    calls = [joblib.delayed(seasonal_naive.forecast)(y)] * 2
    (found, parent), _ = joblib.Parallel(n_jobs=2, backend=backend)(calls)
    whose = "a child of this program" if parent == os.getpid() else "a process of Ray"
    print(f"  {backend!r}: {found}, by {whose}")
    return found, parent == os.getpid()


register_ray()
ray.init(num_cpus=2, include_dashboard=False, logging_level=logging.ERROR)
before = forecasts("multiprocessing")
with joblib.parallel_config("ray"):
    joblib.Parallel(n_jobs=2)([joblib.delayed(abs)(-1)] * 2)
print("then something runs by the backend 'ray', and Ray is shut down")
ray.shutdown()
after = forecasts("multiprocessing")
print(f"  Ray runs again: {ray.is_initialized()}")
if before != ([76, 77, 78], True) or after != ([88, 89, 90], False):
    sys.exit("The behaviour has changed.")
PYTHON
echo "As described: the second forecasts are of another season, and nothing says so."
