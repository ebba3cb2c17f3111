"""Competition results that can be checked digit by digit: ``python -m competitions``.

A task is a frozen file in ``tasks/``: ids and a checksum of their values, horizon, the seasonal
period of the measures. A run forecasts a task with one method and leaves a directory with
everything needed to score it again. Scoring is a step of its own that sees forecasts and task only.

A module imports only from those above it in this table; ``tests/test_layers.py`` fails otherwise.

| module | what it does |
|---|---|
| `source_commit` | says which code is running |
| `task` | reads task files; loads and checks a task's data; freezes task files |
| `leaks` | finds test parts and copies in training parts; its list is in ``leaks/`` |
| `published` | has the results of the competitions, with their sources |
| `scoring` | turns forecasts into measures; reads submission files; compares methods in a table |
| `methods` | has what can be run: ESRNN, the plain LSTM and the baselines, with one signature |
| `backtest` | compares settings inside training parts; its logs are in ``backtests/`` |
| `runs` | runs a method from data to ``scores.json``, with its table and picture |
| `networks` | trains the networks that come with the package, and those that backtests start from |
| `studies` | trains networks of all cells at equal cost; its logs are in ``studies/`` |
| `store` | reads, checks and adds committed results, in ``results/`` |
| `report` | makes the page and the table of all committed results |
| `announcement` | says what a run will do and how long it takes |
| `commands` | does what each command says with its arguments |

It uses the public interface of `esrnn` only, and is installed beside it.
"""
