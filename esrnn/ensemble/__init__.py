"""Several members trained side by side, and one forecast of them all.

Members differ by seed and, if the config says so, by input window and by the seasonal periods that
they smooth with (`members`). On a CPU each trains in a process of its own with one thread
(`processes`): two threads of one process wait for each other, two processes don't. `fitting` puts
an `Ensemble` together, and `model` forecasts with it, also series that it was not trained on. One
member's training lives in `esrnn.training`.
"""

from esrnn.ensemble.fitting import Watch, fit_ensemble
from esrnn.ensemble.members import MemberStore, choose_device, member_configs
from esrnn.ensemble.model import Ensemble, combine

__all__ = [
    "Ensemble",
    "MemberStore",
    "Watch",
    "choose_device",
    "combine",
    "fit_ensemble",
    "member_configs",
]
