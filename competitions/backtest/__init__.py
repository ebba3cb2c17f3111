"""Backtests inside the training parts: how settings are chosen without a look at a test part.

| module | what it does |
|---|---|
| `held_out` | holds a fold, one horizon of the training part, out of it |
| `logs` | outcomes as lines of the logs in ``competitions/backtests/``; their table |
| `harness` | runs the cases that a log does not have yet |
| `variants` | settings from a JSON file, laid over a preset |
| `experiments` | the other backtests: the generic rule, M4's domains, unseen series, lags |
"""
