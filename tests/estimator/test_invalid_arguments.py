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
