"""Training of one member: batches, optimisers, schedules, callbacks, the loop.

`batches` decides which series meet, `optimisers` how parameters move, `scores` what is
minimised, `held_back` what is set aside to judge by; `callbacks` is how one watches and stops,
`early_stopping` and `progress` do so; `loop` puts them together and returns a `Member`, which
`member` defines and `predict` forecasts with. How several members are combined lives in
`esrnn.ensemble`.
"""

from esrnn.training.callbacks import Callback, Epoch
from esrnn.training.loop import Job, train_member
from esrnn.training.member import History, Holdout, Member, Network
from esrnn.training.predict import member_fitted_values, member_quantiles

__all__ = [
    "Callback",
    "Epoch",
    "History",
    "Holdout",
    "Job",
    "Member",
    "Network",
    "member_fitted_values",
    "member_quantiles",
    "train_member",
]
