"""Training of one member: batches, optimisers, schedules, early stopping, the loop.

`batches` decides which series meet, `optimisers` how parameters move, `scores` what is
minimised, `held_back` and `early_stopping` what is watched; `loop` puts them together and returns
a `Member`, which `member` defines and forecasts with. How several members are combined lives in
`esrnn.ensemble`.
"""

from esrnn.training.loop import train_member
from esrnn.training.member import Member, forecast_member

__all__ = ["Member", "forecast_member", "train_member"]
