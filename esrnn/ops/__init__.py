"""Differentiable operations for torch: smoothing, windows, losses.

`smoothing` wraps the kernels in an `autograd.Function`. `layout` says where windows lie, `windows`
cuts the smoothed series into normalised inputs and targets by torch operations, and `windows_cpu`
does the same by one compiled kernel. `covariates` lays covariates along the same windows, `losses`
compares forecasts with targets. No parameters live here.
"""
