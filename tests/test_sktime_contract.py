"""sktime's own checks of forecasters, every one of them, on `ESRNN`."""

import pytest
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from esrnn import ESRNN


@pytest.mark.slow
@pytest.mark.contract
# Distributions need skpro, which is no dependency; sktime says so and raises as it should.
@pytest.mark.filterwarnings("ignore:Forecasters' predict_proba requires skpro:UserWarning")
# sktime's update_predict joins forecasts in a way that pandas 4 will treat otherwise.
@pytest.mark.filterwarnings("ignore:Sorting by default when concatenating all DatetimeIndex")
@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
@parametrize_with_checks(ESRNN, obj_varname="estimator", check_varname="check")
def test_sktime_check(estimator: type[ESRNN], check: str) -> None:
    results = check_estimator(estimator, raise_exceptions=True, tests_to_run=check, verbose=False)
    assert set(results.values()) <= {"PASSED"}
