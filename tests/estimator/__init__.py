"""Tests of `esrnn.estimator`."""
