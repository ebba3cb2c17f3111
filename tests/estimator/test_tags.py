"""Every tag of `ESRNN` makes a claim; each claim is tried, whichever value it has."""

import importlib
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from sktime.datatypes import VectorizedDF

from esrnn import ESRNN
from esrnn.errors import EsrnnWarning, InputError
from tests.estimator.frames import months, panel_of, small, wave
from tests.estimator.shared import HIERARCHY, PANEL, RAGGED, SERIES, SKTIME_OWN_WARNING

pytestmark = SKTIME_OWN_WARNING
PROJECT = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]
FH = [1, 2]
NOT_IN_SAMPLE = "can not perform in-sample prediction"
Check = Callable[[object], None]
CHECKS: dict[str, Check] = {}


def tag(*names: str) -> Callable[[Check], Check]:
    """Enter the check of a tag, or of several that go together, under its name."""

    def enter(check: Check) -> Check:
        CHECKS.update(dict.fromkeys(names, check))
        return check

    return enter


def differ(a: object, b: object) -> bool:
    return not np.allclose(np.asarray(a, dtype=float), np.asarray(b, dtype=float))


def with_columns(y: pd.DataFrame, n_ahead: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a column that foretells the target, for the past and the steps ahead."""
    keys = y.index.droplevel(-1).unique()
    last = y.index.get_level_values(-1).max()
    ahead = pd.period_range(last + 1, periods=n_ahead, freq="M")
    rows = [
        (*(key if isinstance(key, tuple) else (key,)), month) for key in keys for month in ahead
    ]
    future = pd.MultiIndex.from_tuples(rows, names=y.index.names)
    past = pd.DataFrame({"x": np.log(np.abs(y.to_numpy().ravel()) + 1.0)}, y.index)
    return past, pd.DataFrame({"x": np.linspace(-5.0, 5.0, len(future))}, future)


@tag("authors", "maintainers")
def _(value: object) -> None:
    assert isinstance(value, list)
    assert all(isinstance(name, str) and name for name in value)
    assert value


@tag("python_version")
def _(value: object) -> None:
    assert SpecifierSet(value) == SpecifierSet(PROJECT["requires-python"])


@tag("python_dependencies")
def _(value: object) -> None:
    needed = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    for line in value:
        requirement = Requirement(line)
        assert requirement.specifier == needed[requirement.name].specifier
        importlib.import_module(requirement.name)


@tag("y_inner_mtype")
def _(value: object) -> None:
    assert set(value) == {"pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"}
    for y, n_series in ((SERIES, 1), (PANEL, 3), (HIERARCHY, 4)):
        forecaster = small().fit(y, fh=FH)
        assert len(forecaster.ensemble_.ids) == n_series  # in one go, not one by one
        assert not isinstance(forecaster._y, VectorizedDF)


@tag("X_inner_mtype")
def _(value: object) -> None:
    assert set(value) == {"pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"}
    for y in (PANEL, HIERARCHY):
        past, future = with_columns(y)
        y_hat = small().fit(y, X=past, fh=FH).predict(X=future)
        assert np.isfinite(y_hat.to_numpy()).all()


@tag("capability:multivariate")
def _(value: object) -> None:
    y = pd.DataFrame({"u": wave(40), "v": wave(40, 3.0, seed=5)}, months(40))
    other = y.assign(u=y["u"] * np.linspace(0.5, 3.0, 40))
    with pytest.warns(EsrnnWarning, match="y has 2 columns"):
        forecaster, another = small().fit(y, fh=FH), small().fit(other, fh=FH)
    assert value is False
    assert forecaster.forecasters_.shape == (1, 2)  # sktime's doing: one for each column
    assert not differ(another.predict()["v"], forecaster.predict()["v"])


@tag("capability:exogenous")
def _(value: object) -> None:
    past, future = with_columns(PANEL)
    y_hat = small(n_epochs=3).fit(PANEL, X=past, fh=FH).predict(X=future)
    assert differ(y_hat, small(n_epochs=3).fit(PANEL, fh=FH).predict()) is value


@tag("capability:categorical_in_X")
def _(value: object) -> None:
    past, future = with_columns(PANEL)
    high = past["x"] > past["x"].groupby(level=0).transform("median")
    past = past.assign(x=np.where(high, "high", "low"))
    future = future.assign(x=np.where(future["x"] > 0.0, "high", "low"))
    if value:
        y_hat = small(n_epochs=3).fit(PANEL, X=past, fh=FH).predict(X=future)
        assert differ(y_hat, small(n_epochs=3).fit(PANEL, fh=FH).predict())
    elif ESRNN.get_class_tag("capability:exogenous"):
        with pytest.raises(TypeError, match="categorical"):
            small().fit(PANEL, X=past, fh=FH)


@tag("capability:insample")
def _(value: object) -> None:
    forecaster = small(horizon=2).fit(SERIES)
    if value:
        y_hat = forecaster.predict(fh=[-3, 0, 1])
        assert y_hat.index.equals(months(41)[[36, 39, 40]])
        assert np.isfinite(y_hat).all()
    else:
        with pytest.raises(NotImplementedError, match=NOT_IN_SAMPLE):
            forecaster.predict(fh=[-3, 0, 1])


@tag("capability:pred_int")
def _(value: object) -> None:
    assert value is True
    interval = small().fit(PANEL, fh=FH).predict_interval(coverage=0.9)
    assert (interval.iloc[:, 0] < interval.iloc[:, 1]).all()


@tag("capability:pred_int:insample")
def _(value: object) -> None:
    forecaster = small(horizon=2).fit(SERIES)
    if value:
        interval = forecaster.predict_interval(fh=[-3, 0, 1], coverage=0.9)
        assert (interval.iloc[:, 0] < interval.iloc[:, 1]).all()
    else:
        with pytest.raises(NotImplementedError, match=NOT_IN_SAMPLE):
            forecaster.predict_interval(fh=[-3, 0, 1])


@tag("capability:missing_values")
def _(value: object) -> None:
    assert value is True
    y = PANEL.copy()
    y.iloc[[0, 7, 8, -1]] = np.nan
    y_hat = small().fit(y, fh=FH).predict()
    assert np.isfinite(y_hat.to_numpy()).all()
    assert differ(y_hat, small().fit(PANEL, fh=FH).predict())


@tag("capability:unequal_length")
def _(value: object) -> None:
    assert value is True
    y_hat = small().fit(RAGGED, fh=FH).predict()
    ends = [y_hat.loc[name].index[0] for name in "bac"]
    assert ends == [months(41)[40], months(41)[30], months(41)[36]]
    assert np.isfinite(y_hat.to_numpy()).all()


@tag("capability:update")
def _(value: object) -> None:
    assert value is True
    forecaster = small(horizon=2).fit(SERIES.iloc[:36])
    trained = forecaster.ensemble_
    forecaster.update(SERIES.iloc[36:], update_params=False)
    assert forecaster.ensemble_ is trained
    assert forecaster.predict().index.equals(months(42)[40:])
    forecaster.update(SERIES.iloc[36:], update_params=True)
    assert forecaster.ensemble_ is not trained
    assert not forecaster.get_config()["remember_data"]


@tag("capability:pretrain")
def _(value: object) -> None:
    pretrained = small(horizon=2, n_epochs=3).pretrain(HIERARCHY)
    y_hat = pretrained.fit(SERIES).predict()
    assert differ(y_hat, small(horizon=2, n_epochs=3).fit(SERIES).predict()) is value


@tag("pretrain:fitted_params")
def _(value: object) -> None:
    pretrained = small(horizon=2).pretrain(HIERARCHY)
    before = {name: getattr(pretrained, name) for name in value}
    assert before
    for forecaster in (pretrained.fit(SERIES), pretrained.fit(PANEL)):
        assert all(getattr(forecaster, name) is held for name, held in before.items())
    clone = pretrained.clone()
    assert all(hasattr(clone, name) for name in value)
    assert clone.fit(SERIES).predict().equals(pretrained.fit(SERIES).predict())


@tag("capability:random_state", "property:randomness")
def _(value: object) -> None:
    assert value in (True, "derandomized")
    assert "random_state" in ESRNN.get_param_names()
    first, again, other, free, free_again = (
        small(random_state=seed).fit(PANEL, fh=FH).predict() for seed in (1, 1, 2, None, None)
    )
    assert first.equals(again)
    assert differ(first, other)
    assert differ(free, free_again)


@tag("requires-fh-in-fit")
def _(value: object) -> None:
    assert not small(horizon=2).get_tag("requires-fh-in-fit")
    assert small().get_tag("requires-fh-in-fit") is value
    if value:
        with pytest.raises(ValueError, match="`fh` must be passed to `fit`"):
            small().fit(SERIES)
    else:
        assert small().fit(SERIES).predict(fh=[1, 3]).index.equals(months(43)[[40, 42]])


@tag("X-y-must-have-same-index")
def _(value: object) -> None:
    past, future = with_columns(PANEL)
    longer = pd.concat([past, future]).sort_index()
    if not value:
        y_hat = small().fit(PANEL, X=longer, fh=FH).predict(X=longer)
        assert not differ(y_hat, small().fit(PANEL, X=past, fh=FH).predict(X=future))


@tag("capability:non_contiguous_X")
def _(value: object) -> None:
    past, future = with_columns(PANEL, 4)
    fh = [2, 4]
    wanted = future[future.index.get_level_values(-1).isin(months(44)[[41, 43]])]
    if value:
        y_hat = small().fit(PANEL, X=past, fh=fh).predict(X=wanted)
        assert not differ(y_hat, small().fit(PANEL, X=past, fh=fh).predict(X=future))
    elif ESRNN.get_class_tag("capability:exogenous"):
        with pytest.raises(InputError):
            small().fit(PANEL, X=past, fh=fh).predict(X=wanted)


@tag("capability:contractable")
def _(value: object) -> None:
    assert ("time_budget" in ESRNN.get_param_names()) >= value


@tag("enforce_index_type")
def _(value: object) -> None:
    assert value is None
    for index in (pd.RangeIndex(3, 33), pd.date_range("2024-01-01", periods=30), months(30)):
        y = panel_of({"a": wave(30), "b": wave(30, seed=1)}, index)
        assert small().fit(y, fh=FH).predict().index.get_level_values(-1).dtype == index.dtype


def test_no_tag_goes_untested() -> None:
    assert set(ESRNN._tags) - set(CHECKS) == set()


@pytest.mark.parametrize("name", sorted(ESRNN._tags))
def test_the_claim_is_true(name: str) -> None:
    CHECKS[name](ESRNN._tags[name])


@pytest.mark.parametrize("name", sorted(ESRNN._tags))
def test_instances_say_the_same(name: str) -> None:
    if name != "requires-fh-in-fit":
        assert small().get_tag(name) == ESRNN._tags[name]
        assert small(horizon=2).fit(SERIES).get_tag(name) == ESRNN._tags[name]
