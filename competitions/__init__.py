"""Competition results that can be checked digit by digit: ``python -m competitions``.

A task is a frozen file in ``tasks/``: data with their checksum, horizon, the seasonal period of the
measures. A run forecasts a task with one method and leaves a directory with everything needed to
score it again. Scoring is a step of its own that sees forecasts and task only.

| module | what it does |
|---|---|
| `task` | reads task files; loads and checks a task's data |
| `methods` | what can be run: ESRNN and the naive benchmarks, behind one signature |
| `scoring` | forecasts and task to measures, nothing else |
| `resources` | processor time, memory, versions, commit |
| `published` | results of the competitions, with their sources |
| `runner` | one run from data to ``scores.json`` |
| `table` | the table of a run beside benchmarks and published results |
| `picture` | the picture of a run |
| `backtest` | settings compared inside a task's training part: how presets are chosen |

It uses the public interface of `esrnn` only and is run from a checkout, not installed.
"""
