"""Trained networks for seasons of other lengths than those that they were trained on.

A network sees its series without the season, so it can serve a season of another length: the
smoothing is given that length, and the weights stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from esrnn.config import ModelConfig
from esrnn.errors import InputError

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.training import Member

__all__ = ["nearest_preset", "with_periods"]

_NO_SERIES = np.empty(0, dtype=np.int64)
# The longest season that these networks serve, in steps: a year has 2 half years and 26 times two
# weeks. Chosen on backtests (competitions/backtests/steps.md).
_ONE_SEASON: Mapping[str, int] = MappingProxyType({"quarterly": 2, "monthly": 26})


def nearest_preset(preset: str, periods: tuple[int, ...]) -> str | None:
    """Return whose networks serve data that none were trained for.

    Parameters
    ----------
    preset : str
        Key of `esrnn.config.presets.PRESETS` that suits the data.
    periods : tuple of int
        Seasonal periods of the data.

    Returns
    -------
    str or None
        None where networks that are trained on the data themselves are better, or where nobody
        knows.

    Examples
    --------
    >>> nearest_preset("generic", (6,)), nearest_preset("generic", (2,))
    ('monthly', 'quarterly')
    >>> nearest_preset("daily", (5,)), nearest_preset("generic", ())
    ('daily', None)
    """
    if preset != "generic":
        return preset
    if len(periods) != 1:
        return None
    fits = (name for name, longest in _ONE_SEASON.items() if periods[0] <= longest)
    return next(fits, None)


def with_periods(ensemble: Ensemble, periods: tuple[int, ...]) -> Ensemble:
    """Return the same networks for seasons of other lengths.

    Parameters
    ----------
    ensemble : Ensemble
    periods : tuple of int
        One for each of the ensemble's own, in their order.

    Returns
    -------
    Ensemble
        Of no series: `Ensemble.for_new_series` fits the smoothing.

    Raises
    ------
    InputError
        If there are more or fewer of them.

    Examples
    --------
    >>> import numpy as np
    >>> from esrnn.config import preset_config
    >>> from esrnn.ensemble import TrainingOptions, fit_ensemble
    >>> from esrnn.panel import Panel
    >>> panel = Panel.from_arrays([np.tile([2.0, 4.0, 6.0, 4.0], 6)])
    >>> config = preset_config("quarterly", 4, n_members=2, n_epochs=1, hidden_size=4)
    >>> networks = fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1))
    >>> half_years = Panel.from_arrays([np.tile([2.0, 4.0], 8)])
    >>> other = with_periods(networks, (2,)).for_new_series(half_years)
    >>> other.config.smoothing.seasonal_periods, other.forecast(half_years).shape
    ((2,), (3, 1, 4))
    """
    own = ensemble.config.smoothing.seasonal_periods
    if len(periods) != len(own):
        raise InputError(
            f"periods must be {len(own)}, as many as the networks have, {own}; got {periods}"
        )
    new = dict(zip(own, periods, strict=True))
    members = tuple(_member(member, new) for member in ensemble.members)
    return replace(ensemble, config=_config(ensemble.config, new), ids=(), members=members)


def _member(member: Member, new: Mapping[int, int]) -> Member:
    network = member.network
    config = _config(network.config, new)
    longer = sum(config.smoothing.seasonal_periods) - sum(member.config.smoothing.seasonal_periods)
    none = member.smoothing.subset(_NO_SERIES)
    none = replace(none, rows=np.empty((0, none.rows.shape[1] + longer)))
    return replace(member, network=replace(network, config=config), smoothing=none)


def _config(config: ModelConfig, new: Mapping[int, int]) -> ModelConfig:
    """Return settings with other periods; what is no period of the ensemble stays."""

    def change(periods: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(new.get(period, period) for period in periods)

    smoothing, ensemble = config.smoothing, config.ensemble
    lag = smoothing.scale_lag
    return replace(
        config,
        smoothing=replace(
            smoothing,
            seasonal_periods=change(smoothing.seasonal_periods),
            scale_lag=None if lag is None else new.get(lag, lag),
        ),
        ensemble=replace(ensemble, seasonal_periods=tuple(map(change, ensemble.seasonal_periods))),
    )
