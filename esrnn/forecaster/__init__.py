"""Training and forecasting from frames, without sktime.

`fit_panel` trains networks on a panel, or takes trained ones, and returns a `FittedPanel`, whose
`forecast_frame` forecasts its series; `skip_fitted` does so without those that can't be forecast.
`TrainedModel` is what a model directory holds, `train_model` makes one; `ship_networks` writes one
that the package can come with.

`settings` turns the arguments of `esrnn.ESRNN` into a config, `preset_choice` and
`frequency_presets` choose its preset and seasonal periods, `arguments` checks single values, and
`result_frames` writes components, coefficients and the training history; `model_parts`,
`model_files` and `panel_files` turn models into the files of a model directory and back.
"""

from esrnn.forecaster.fit import fit_panel
from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.preset_choice import PresetChoice
from esrnn.forecaster.shipped import ship_networks
from esrnn.forecaster.skipping import skip_fitted
from esrnn.forecaster.train import train_model
from esrnn.forecaster.trained_model import TrainedModel

__all__ = [
    "FittedPanel",
    "PresetChoice",
    "TrainedModel",
    "fit_panel",
    "ship_networks",
    "skip_fitted",
    "train_model",
]
