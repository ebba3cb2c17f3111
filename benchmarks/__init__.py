"""Speed of the kernels and of a training step: ``python -m benchmarks``.

Without a name, `kernels` and `training-step` run. Each first checks that what it is about to time
gives right results (`kernel_checks`, and `training_step.check_pieces`) and refuses to print figures
otherwise. Figures are medians over repeats in which the contenders take turns, with the smallest
and the largest beside them. Accuracy is measured in `competitions`.

The others run only when they are named: `sktime-checks`, the time of sktime's checks of `ESRNN`;
`first-forecast`, how long a first import and a first forecast take, of a panel and of one series;
`sktime-esrnn`, accuracy and CPU seconds beside sktime's own class of the method.

`bash benchmarks/gpu.sh` measures training on a GPU (`gpu`), on a machine that needs little more
than torch and numba-cuda.
"""
