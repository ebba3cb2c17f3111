"""Scores of forecasts of a panel, and backtests.

`score` holds forecasts against what came, aligned by series and time stamp. `backtest` forecasts
the past from several dates and scores that. Both put naive forecasts beside, and neither needs
sktime.

`forecast_tables` reads forecasts, `units` aligns them, `measures` makes the table of scores,
`windows` cuts series at a date, and `methods` runs what is tested.
"""

from esrnn.evaluation.backtesting import Backtest, backtest
from esrnn.evaluation.scoring import score

__all__ = ["Backtest", "backtest", "score"]
