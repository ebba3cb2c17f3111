"""Competition results that can be checked digit by digit: ``python -m competitions``.

A task is a frozen file in ``tasks/``: ids and a checksum of their values, horizon, the seasonal
period of the measures. A run forecasts a task with one method and leaves a directory with
everything needed to score it again. Scoring is a step of its own that sees forecasts and task only.

| where | what it does |
|---|---|
| `task` | reads task files; loads and checks a task's data; makes task files |
| `methods` | what can be run: ESRNN, the plain LSTM and the baselines, behind one signature |
| `scoring` | forecasts and task to measures, nothing else; submission files; R's results |
| `runs` | one run from data to ``scores.json``; what it took; its table and picture |
| `published` | results of the competitions, with their sources |
| `store` | results that are committed, in ``results/``: keeping and checking them |
| `report` | the page and the table of all committed results |
| `held_out` | a horizon of the training part held out, for backtests of any method |
| `backtest` | settings compared inside a task's training part, logged in ``backtests/`` |
| `generic_backtest` | backtests of the rule behind the preset ``generic`` |
| `domains_backtest` | backtests of what M4's domains are worth as covariates |
| `unseen_backtest` | backtests of series that no network was trained on |
| `logs` | what all backtests write their outcomes to |
| `commands` | what each command does with its arguments |

It uses the public interface of `esrnn` only and is run from a checkout, not installed.
"""
