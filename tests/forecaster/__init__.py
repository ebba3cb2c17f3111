"""Tests of `esrnn.forecaster`."""
