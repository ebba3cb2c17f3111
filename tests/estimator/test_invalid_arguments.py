"""Invalid arguments of `ESRNN` are refused by name."""

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.errors import InputError, InputTypeError


class TestInvalidArguments:
    """The message names the argument of `ESRNN`, not a library's."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"learning_rate": "a"}, "learning_rate must be finite and greater than 0; got 'a'"),
            ({"quantile_levels": 0.5}, "quantile_levels must be numbers"),
            ({"quantile_levels": ["a"]}, "quantile_levels must be numbers"),
            ({"dilations": 0}, "dilations must be steps"),
            ({"dilations": [[1, 2], 3.5]}, "dilations must be a whole number"),
            ({"n_jobs": "2"}, "n_jobs must be a number of processes"),
            ({"n_jobs": 1.5}, "n_jobs must be a number of processes"),
            ({"device": 0}, "device must be 'cpu', 'cuda' or 'auto'"),
        ],
    )
    def test_are_refused_by_name(self, arguments, message):
        small = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
        y = pd.Series(np.arange(1.0, 20.0))
        with pytest.raises((InputError, InputTypeError), match=message):
            ESRNN(**{**small, **arguments}).fit(y)


class TestForecasts:
    """Arguments of the methods that forecast."""

    @pytest.mark.parametrize(
        ("coverage", "message"),
        [
            (95, "coverage must be between 0 and 1; got 95. Use 0.95 for 95%"),
            ([0.8, 97.5], "got 97.5. Use 0.975 for 97.5%"),
            (1, "between 0 and 1; got 1. Use 0.9, say"),
            ("0.9", "coverage must be a number between 0 and 1, or several; got '0.9'"),
        ],
    )
    def test_shares_are_between_0_and_1(self, fitted, coverage, message):
        with pytest.raises((InputError, InputTypeError), match=message):
            fitted.predict_interval(coverage=coverage)
        with pytest.raises(
            (InputError, InputTypeError), match=message.replace("coverage", "alpha")
        ):
            fitted.predict_quantiles(alpha=coverage)

    def test_tuples_and_arrays_are_served(self, fitted):
        several = fitted.predict_quantiles(alpha=np.array([0.1, 0.9]))
        assert several.equals(fitted.predict_quantiles(alpha=(0.1, 0.9)))
        assert fitted.predict_interval(coverage=(0.5, 0.8)).shape == (2, 4)

    def test_without_any_horizon_it_is_asked_for(self):
        forecaster = ESRNN(n_members=1, n_epochs=1, hidden_size=4, n_jobs=1)
        forecaster.fit(pd.Series(np.arange(1.0, 20.0)))
        with pytest.raises(InputError, match=r"neither ESRNN\(horizon=\.\.\.\) nor fit"):
            forecaster.predict()
        assert len(forecaster.predict(fh=3)) == 3
        assert len(forecaster.predict(fh=[3])) == 1


def test_networks_of_another_preset_are_refused_with_the_reason():
    y = pd.Series(1.0 + np.arange(60) % 7, pd.date_range("2024-01-01", periods=60))
    with pytest.raises(InputError, match=r"preset='weekly' are for no season; these series, with"):
        ESRNN(strategy="zero_shot", preset="weekly").fit(y)


@pytest.fixture(scope="module")
def fitted() -> ESRNN:
    forecaster = ESRNN(horizon=2, n_members=1, n_epochs=1, hidden_size=4, n_jobs=1)
    return forecaster.fit(pd.Series(np.arange(1.0, 20.0)))
