"""Speed of the kernels and of a training step: ``python -m benchmarks``.

`kernels` and `step` are the two benchmarks. Each first checks that what it is about to time gives
right results (`parity`, and `step.check_pieces`) and refuses to print figures otherwise. Figures
are medians over repeats in which the contenders take turns, with the smallest and the largest
beside them. Accuracy is the business of `competitions`.

Asked for by name: `contract`, the time of sktime's checks; `start`, a newcomer's first minute;
`peer`, accuracy and CPU seconds beside sktime's own class of the method.
"""
