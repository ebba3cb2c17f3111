"""Studies: what a cell, a part or a size of the network buys, at equal CPU time.

Unlike a backtest a study chooses nothing for the package, so that it also reads test parts. Logs
are in ``competitions/studies/``, one line for each network.

| module | what it does |
|---|---|
| `samples` | the panels that networks of a study are trained on and scored on |
| `fits` | one network within a budget of CPU time; baselines beside it |
| `cores` | every cell, with smoothing and without, at the rate that its backtest chooses |
| `parts` | few and many series, budgets, equal steps, depth, width, dropout, pieces |
| `tables` | lays out a log: tables, and the picture of mean ranks |
| `histories` | classes of series by their histories: LSTM, regression, boosting |
| `long_memory` | what cells remember over up to 10,000 steps |
| `distillation` | networks that learn what an ensemble, or another kind of network, forecasts |
| `lines` | logs of these three; `histories_tables` and the like lay them out |
"""

STUDIES = ("cores", "series", "budgets", "steps", "depth", "width", "dropout", "pieces")
OTHERS = ("histories", "long_memory", "distillation")  # with jobs of several results
