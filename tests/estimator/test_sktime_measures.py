"""What docs/howto/pipelines.md says of sktime 1.2's measures and reductions."""

import numpy as np
import pandas as pd
import pytest
import sktime
from sktime.performance_metrics.forecasting import MeanAbsoluteScaledError

from esrnn import score
from tests.estimator.shared import SKTIME_OWN_WARNING

pytestmark = pytest.mark.skipif(
    not sktime.__version__.startswith("1.2."), reason="the page speaks of sktime 1.2"
)
RNG = np.random.default_rng(0)


def parts(series: dict[str, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return series without their last two values, and these."""
    y = {name: pd.Series(values, range(len(values))) for name, values in series.items()}
    whole = pd.concat(y, names=["id", "step"]).to_frame("y")
    last = whole.groupby(level="id").tail(2)
    return whole.drop(last.index), last


def test_a_flat_series_and_a_short_one():
    a = RNG.random(30) + 5.0
    history, came = parts({"a": a, "flat": np.full(30, 5.0)})
    assert MeanAbsoluteScaledError(sp=12)(came, came + 1.0, y_train=history) > 1e15
    history, came = parts({"a": a, "short": RNG.random(8) + 5.0})
    y_hat = came + np.array([[1.0], [1.0], [99.0], [99.0]])
    alone = MeanAbsoluteScaledError(sp=12)(came.loc["a"], y_hat.loc["a"], y_train=history.loc["a"])
    assert MeanAbsoluteScaledError(sp=12)(came, y_hat, y_train=history) == pytest.approx(alone)
    ours = score(came, y_hat, history, seasonal_period=12).loc["forecast"]
    assert ours["mase"] == pytest.approx(alone)
    assert ours["n_without_scale"] == 1


def test_differences_across_the_border_of_series():
    history, came = parts({"a": RNG.random(30) + 5.0, "b": RNG.random(30) + 500.0})
    mase = MeanAbsoluteScaledError(sp=1, multilevel="uniform_average_time")
    jump = history["y"].diff().abs().mean()  # the one from a to b is 495
    assert mase(came, came + 1.0, y_train=history) == pytest.approx(1.0 / jump)


@SKTIME_OWN_WARNING
@pytest.mark.filterwarnings("ignore:The copy keyword is deprecated")  # sktime's own, with pandas 3
def test_global_reduction_refuses_month_starts():
    from sklearn.linear_model import LinearRegression
    from sktime.forecasting.compose import make_reduction

    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    y = pd.concat({name: pd.Series(RNG.random(40), months) for name in "ab"}).to_frame("y")
    reduction = make_reduction(LinearRegression(), window_length=5, pooling="global")
    with pytest.raises(ValueError, match=r"MS.*[Pp]eriod|[Pp]eriod.*MS"):
        reduction.fit(y, fh=[1]).predict()
