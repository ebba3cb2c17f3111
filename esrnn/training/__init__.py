"""Training of members: problem, state, loop.

`problem` says what is learnt: the data, what of them is held back (`holdout`), the loss (`scores`).
`state` is what a step changes: the network and the per-series parameters, moved by their
`optimisers`; `initial` says where they start. `loop` makes steps with `batches` of series, epoch
after epoch, and `calibrate` forecasts what was held back. `callbacks` is how one watches and stops
a training; `early_stopping` and `progress` are callbacks. The result is a `Member`, which `member`
defines and `predict` forecasts with. How several members are combined lives in `esrnn.ensemble`.

Several processes train a member together in a `data_parallel` block: `ranks` is how they talk, and
`shared_state` the state of which each has a part.

On a GPU members of one kind train side by side (`stacked`): `stacked_plan` draws what each trains
on in an epoch, `stacked_data` has the series on the device, `stacked_loss` the loss of each member,
`stacked_state` makes a step, and `graphs` replays steps as CUDA graphs.
"""

from esrnn.training.callbacks import Callback, Epoch
from esrnn.training.loop import train_member
from esrnn.training.member import History, Holdout, Member, Network
from esrnn.training.predict import (
    member_fitted_values,
    member_quantiles,
    member_quantiles_within,
)
from esrnn.training.problem import Job, Start
from esrnn.training.ranks import current_ranks, data_parallel

__all__ = [
    "Callback",
    "Epoch",
    "History",
    "Holdout",
    "Job",
    "Member",
    "Network",
    "Start",
    "current_ranks",
    "data_parallel",
    "member_fitted_values",
    "member_quantiles",
    "member_quantiles_within",
    "train_member",
]
