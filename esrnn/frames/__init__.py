"""From DataFrames to `Panel` and back: input checks, time stamps, long frames, sktime's containers.

`checks` judges columns, `frequency` finds the step, `times` counts in it, `framed` puts rows in
their places; `long` and `sktime_panel` are the two shapes of frame. `covariates` encodes what is
known beside the values: `columns` of a frame, which `align` finds the steps of, and the `calendar`.
Values and their layout are the business of `esrnn.panel`.
"""

from esrnn.frames.calendar import usual_calendar
from esrnn.frames.covariates import CovariateEncoder, MissingFuture
from esrnn.frames.framed import FramedPanel
from esrnn.frames.frequency import frequency_code, make_grid
from esrnn.frames.long import long_to_panel, panel_to_long
from esrnn.frames.sktime_panel import panel_to_sktime, sktime_to_panel
from esrnn.frames.times import Frequency, Grid, TimeAxis

__all__ = [
    "CovariateEncoder",
    "FramedPanel",
    "Frequency",
    "Grid",
    "MissingFuture",
    "TimeAxis",
    "frequency_code",
    "long_to_panel",
    "make_grid",
    "panel_to_long",
    "panel_to_sktime",
    "sktime_to_panel",
    "usual_calendar",
]
