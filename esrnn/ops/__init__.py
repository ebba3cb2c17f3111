"""Differentiable operations for torch: smoothing, windows, losses.

`smoothing` wraps the kernels in an `autograd.Function`, `windows` cuts the smoothed series into
normalised inputs and targets, `losses` compares forecasts with targets. No parameters live here.
"""
