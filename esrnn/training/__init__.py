"""Training of one member: batches, optimisers, schedules, early stopping, the loop.

`batches` decides which series meet, `optimisers` how parameters move, `scores` what is
minimised and watched, `loop` puts them together and returns a `Member`. How several members are
combined lives in `esrnn.ensemble`.
"""

from esrnn.training.loop import Member, train_member

__all__ = ["Member", "train_member"]
