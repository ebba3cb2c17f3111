"""Differentiable operations for torch: smoothing, windows, losses.

`smoothing` wraps the kernels in an `autograd.Function`. `layout` says where windows lie, `windows`
cuts the smoothed series into normalised inputs and targets by torch operations, and `windows_cpu`
does the same by one compiled kernel. `columns` smooths and cuts series of several batches side by
side, on a GPU too; `lstm` runs the recurrences of several networks, `dropped` drops their units,
and `kernel_arguments` says how kernels take tensors. `covariates` lays covariates along the same
windows, `losses` compares forecasts with targets. No parameters live here.
"""
