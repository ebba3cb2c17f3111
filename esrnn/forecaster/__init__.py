"""Training and forecasting from frames, without sktime.

`train_model` trains networks on a panel, `FittedPanel` joins them to series and forecasts these.
`settings` turns the arguments of `esrnn.ESRNN` into a config, `preset_choice` and
`frequency_presets` choose its preset and seasonal periods, `arguments` checks single values, and
`result_frames` writes components, coefficients and the training history.
"""

from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.preset_choice import PresetChoice
from esrnn.forecaster.trained_model import TrainedModel, train_model

__all__ = ["FittedPanel", "PresetChoice", "TrainedModel", "train_model"]
