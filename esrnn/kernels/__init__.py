"""Compiled kernels over a ragged panel: the smoothing recursion, its adjoint, the fit, the windows.

`recursion` holds one step of the smoothing as a plain function. `smoothing` compiles it for a
panel, and `reference` does the same in plain Python for the tests. `smoothing_fit` estimates each
series' parameters, starting from `seasonal_start`. `windows` cuts smoothed series into normalised
windows, `scales` measures each series' errors, `innovations` smooths known columns, `adam` moves
parameters. `jit` compiles kernels, `cache` chooses the folder where they are kept, `threads` shares
series out among threads. `columns` and `dropped` say what one thread of a GPU does, `gpu` compiles
that for one. Nothing here knows of torch or data frames.
"""
