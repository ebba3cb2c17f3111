"""Series that can't be fitted are skipped, if that is wanted."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.forecaster import fit_panel
from esrnn.frames import long_to_panel

TINY = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "horizon": 2}
N = 30
DF = pd.DataFrame(
    {
        "unique_id": np.repeat(list("abcd"), N),
        "ds": np.tile(np.arange(N), 4),
        "y": np.random.default_rng(0).gamma(9.0, 10.0, 4 * N),
    }
)
DF.loc[N + 5, "y"] = 0.0  # of b
X = DF.assign(price=np.random.default_rng(1).normal(size=4 * N)).set_index(["unique_id", "ds"])
X = X[["price"]]
X.loc[("c", 7), "price"] = np.inf
GOOD = DF[DF["unique_id"].isin(["a", "d"])]


def test_bad_series_are_skipped_and_the_others_forecast_as_without_them():
    settings = {**TINY, "seasonality": "multiplicative"}
    with pytest.raises(InputError, match="must be > 0"):
        fit_panel(long_to_panel(DF), settings={**settings, "random_state": 1})
    one, other = ({**settings, "random_state": np.random.RandomState(1)} for _ in range(2))
    fitted = fit_panel(long_to_panel(DF), X, one, errors="skip")
    expected = fit_panel(long_to_panel(GOOD), X, other)
    assert fitted.framed.panel.ids == ("a", "d")
    np.testing.assert_array_equal(
        fitted.model.ensemble.forecast(fitted.framed.panel, covariates=covariates(fitted)),
        expected.model.ensemble.forecast(expected.framed.panel, covariates=covariates(expected)),
    )
    skipped = fitted.framed.skipped.set_index("series")
    assert sorted(skipped.index) == ["b", "c"]
    assert skipped.loc["b", ["step", "value"]].tolist() == [5, "0.0"]
    assert skipped.loc["c", ["step", "value"]].tolist() == [7, "inf"]


def covariates(fitted):
    return fitted.model.covariates(fitted.framed, fitted.columns, 2)


def test_the_table_has_what_was_skipped_in_reading_and_in_fitting():
    df = DF.copy()
    df.loc[0, "y"] = np.inf
    framed = long_to_panel(df, errors="skip")
    fitted = fit_panel(framed, None, {**TINY, "seasonality": "multiplicative"}, errors="skip")
    assert fitted.framed.skipped["series"].tolist() == ["a", "b"]
    model = fitted.model
    other = fit_panel(framed, model=model, errors="skip")
    assert other.framed.panel.ids == ("c", "d")


def test_errors_is_one_of_two_words():
    with pytest.raises(InputError, match="errors must be one of"):
        fit_panel(long_to_panel(DF), settings=TINY, errors="coerce")
