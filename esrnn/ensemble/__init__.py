"""Several members trained side by side, and one forecast of them all.

Members differ by seed and, if the config says so, by input window, by the seasonal periods that
they smooth with, and by kind (`esrnn.config.member_configs`). On a CPU each trains in a process of
its own with one thread (`processes`): two threads of one process wait for each other, two processes
don't. `fitting` puts an `Ensemble` together, which forecasts by all of them, also series that it
was not trained on; `teaching` has it forecast every past step, for another network to learn from.
`arrays` takes it apart for files. One member's training lives in
`esrnn.training`.
"""

from esrnn.ensemble.arrays import ensemble_arrays, ensemble_from_arrays, series_arrays
from esrnn.ensemble.combine import combine
from esrnn.ensemble.ensemble import Ensemble
from esrnn.ensemble.fitting import fit_ensemble
from esrnn.ensemble.options import MemberStore, TrainingOptions
from esrnn.ensemble.teaching import Lessons, teach

__all__ = [
    "Ensemble",
    "Lessons",
    "MemberStore",
    "TrainingOptions",
    "combine",
    "ensemble_arrays",
    "ensemble_from_arrays",
    "fit_ensemble",
    "series_arrays",
    "teach",
]
