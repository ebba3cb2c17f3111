"""Data that small networks are trained on, and others that they have not seen."""

from tests.estimator.frames import months, panel_of, wave

H = 6
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
MANY = panel_of({f"a{k}": wave(60, 5.0 + k, seed=k) for k in range(40)}, months(60))
OWN = panel_of({"x": wave(40, 7.0, seed=21), "y": wave(33, seed=22) - 100.0}, months(40))
