"""Scores: forecasts and a task to measures, and nothing else.

How forecasts were made is not known here. `submission` reads somebody else's files, `r_results`
scores R's results on the same series, `run_scores` is what a run's ``scores.json`` holds.
"""

from competitions.scoring.checks import check_forecasts
from competitions.scoring.measure import naive2_means, score, series_scores
from competitions.scoring.scores import ByStep, Scores
from competitions.scoring.totals import total, total_per_series

__all__ = [
    "ByStep",
    "Scores",
    "check_forecasts",
    "naive2_means",
    "score",
    "series_scores",
    "total",
    "total_per_series",
]
