"""From DataFrames to `Panel` and back, with input checks and time stamps.

The front door is `from_long`, which brings a table into the form that `esrnn.ESRNN` takes;
`regularise` adds the rows that a series lacks, and `future_frame` makes those of the steps to come.

Values: `long` and `sktime_panel` read and write the two shapes of frame. `checks` checks columns,
`time_stamps` reads stamps and refuses irregular ones, `frequency` finds the step, `times` counts in
steps, `framed` puts values in their places, `append` adds new rows, and `skipping` leaves out
series with faults.

Covariates: `align` finds the series and step of each row of X, `columns` encodes a column,
`static_covariates` tells static columns from others, `calendar` makes features of time stamps, and
`covariates` puts all together.
"""

from esrnn.frames.calendar import usual_calendar
from esrnn.frames.covariates import CovariateEncoder
from esrnn.frames.framed import FramedPanel
from esrnn.frames.frequency import frequency_code, make_grid
from esrnn.frames.from_long import from_long
from esrnn.frames.long import long_to_panel, panel_to_long
from esrnn.frames.regular import future_frame, regularise
from esrnn.frames.series_data import SeriesData
from esrnn.frames.sktime_panel import panel_to_sktime, sktime_to_panel
from esrnn.frames.times import Frequency, Grid, TimeAxis

__all__ = [
    "CovariateEncoder",
    "FramedPanel",
    "Frequency",
    "Grid",
    "SeriesData",
    "TimeAxis",
    "frequency_code",
    "from_long",
    "future_frame",
    "long_to_panel",
    "make_grid",
    "panel_to_long",
    "panel_to_sktime",
    "regularise",
    "sktime_to_panel",
    "usual_calendar",
]
