"""Whether the seasonality that sktime's `ESRNNForecaster` puts back onto forecasts is in phase.

Its network smooths the season of a window and multiplies forecasts by the last H seasonal factors
that it has. These end one season after the window, so they are the factors of the steps to be
forecast only where the horizon is a multiple of the season; else they are those of other steps.

The series here repeats itself exactly. The network is told to forecast a factor of 1, and to smooth
the level slowly and the season fast, so that the forecast is the level times the season of the
window, and that is correlated with what follows. Trained, a network can learn to make up for the
shift, at the expense of what else it has to learn.

``python -m benchmarks.sktime_esrnn_season`` prints the correlations as JSON.
"""

from __future__ import annotations

import json
import warnings

import numpy as np

__all__ = ["CASES", "season_correlation"]

# Season and horizon: M4's Hourly, where they fit, Monthly and Quarterly, and half a year ahead.
CASES = ((24, 48), (12, 18), (4, 6), (12, 6))


def season_correlation(period: int, horizon: int) -> float:
    """Correlate the season in a forecast of sktime's class with the season that follows.

    Parameters
    ----------
    period, horizon : int
        Steps.

    Returns
    -------
    float
        1 if the season is in phase, -1 if it is shifted by half of itself.
    """
    import pandas as pd
    import torch
    from sktime.forecasting.es_rnn import ESRNNForecaster

    steps = np.arange(12 * period + horizon)
    season = 10.0 + np.sin(2.0 * np.pi * steps / period)
    seen, future = season[:-horizon], season[-horizon:]
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        forecaster = ESRNNForecaster(
            season1_length=period, seasonality_type="single", window=8 * period, num_epochs=0
        )
        forecaster.fit(pd.Series(seen), fh=np.arange(1, horizon + 1))
    network = forecaster.network
    for parameter, value in (
        (network.output_layer.weight, 0.0),
        (network.output_layer.bias, 1.0),
        (network.level_coeff, -5.0),  # of which the class takes the logistic function
        (network.seasonal_coeff_1, 2.0),
    ):
        torch.nn.init.constant_(parameter, value)
    return float(np.corrcoef(forecaster.predict().to_numpy().ravel(), future)[0, 1])


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of sktime itself
    found = [{"m": m, "h": h, "correlation": season_correlation(m, h)} for m, h in CASES]
    print(json.dumps({"cases": found}))
