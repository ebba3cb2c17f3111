"""The smoothing recursion: one step, compiled kernels, adjoints, and the per-series fit.

`recursion` holds one step as a plain function, `cpu` the Numba kernels over a ragged panel,
`reference` the same in plain Python for the tests, `fit` the per-series estimation, which starts
from `seasonal_start`. `cut` makes normalised windows of smoothed series. Nothing
here knows of torch or DataFrames.
"""
