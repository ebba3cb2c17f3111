#!/usr/bin/env bash
# torch 2.13.0: making an optimiser loads torch's compiler, also where nothing is ever compiled.
#
# Expected: `torch.optim.Adam(parameters)` in plain eager mode makes an object with a few numbers for
#   each parameter, in milliseconds. `torch._dynamo` and `torch._inductor` belong to `torch.compile`.
# Happens: the constructor goes through a decorator of `torch._compile`, which imports `torch._dynamo`
#   with hundreds of modules, sympy among them. The first optimiser of a process costs a second or more
#   of CPU and 70 MB, every further one nothing.
# Matters: forecasters train many small networks, often each in a worker process of its own (joblib,
#   Dask, a job for each shard). Every process pays, often more than for its training.
# Remedy: keep the moments yourself and call the function `adam` of `torch.optim.adam`, which loads
#   nothing.
#
# The index decides which build of torch comes; TORCH_ARGS="--index-url ..." chooses another.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
pip() { "$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
# shellcheck disable=SC2086  # several arguments
pip ${TORCH_ARGS:-} torch==2.13.0 numpy==2.4.6

cd "$folder"
for way in function class; do
    WAY=$way "$folder/env/bin/python" -W ignore - <<'PYTHON'
import os
import resource
import sys
import time

import torch
from torch.optim.adam import adam

weight = torch.ones(3, requires_grad=True)
weight.square().sum().backward()
way, n_before = os.environ["WAY"], len(sys.modules)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
if way == "class":
    torch.optim.Adam([weight], lr=0.1).step()
else:
    zeros = [torch.zeros(3) for _ in range(2)]
    with torch.no_grad():
        adam(
            [weight], [weight.grad], [zeros[0]], [zeros[1]], [], [torch.zeros(())],
            amsgrad=False, beta1=0.9, beta2=0.999, lr=0.1, weight_decay=0.0, eps=1e-8,
            maximize=False,
        )
seconds = time.process_time() - start
memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
loaded = [name for name in ("torch._dynamo", "torch._inductor", "sympy") if name in sys.modules]
print(f"torch {torch.__version__}, one step of Adam by the {way}: {seconds:.2f} CPU s,"
      f" {memory:.0f} MB, {len(sys.modules) - n_before} modules loaded, among them {loaded};"
      f" weights {weight.tolist()}")
if ("torch._dynamo" in sys.modules) != (way == "class"):
    sys.exit("The behaviour has changed.")
PYTHON
done
echo "As described: the class loads the compiler, the function does not."
