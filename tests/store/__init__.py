"""Tests of `esrnn.store`."""
