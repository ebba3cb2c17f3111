"""Trained networks for a task that asks for less than they can do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esrnn.config import ModelConfig
from esrnn.config.settings import Seasonality
from esrnn.errors import InputError

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.training import Member

__all__ = ["adapt"]


def adapt(
    ensemble: Ensemble,
    *,
    horizon: int | None = None,
    n_members: int | None = None,
    seasonality: Seasonality | None = None,
) -> Ensemble:
    """Return the same networks for fewer steps ahead, with fewer members, or for one form.

    Parameters
    ----------
    ensemble : Ensemble
    horizon : int, optional
        The first steps ahead to keep. Their forecasts and intervals stay as they are, bit for bit.
    n_members : int, optional
        The first members to keep.
    seasonality : {"auto", "multiplicative", "additive"}, optional
        The form of the series that `Ensemble.for_new_series` is given.

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        If more steps or members are asked for than there are.

    Examples
    --------
    >>> import numpy as np
    >>> from esrnn.config import preset_config
    >>> from esrnn.ensemble import TrainingOptions, fit_ensemble
    >>> from esrnn.panel import Panel
    >>> panel = Panel.from_arrays([np.tile([2.0, 4.0, 6.0, 4.0], 6)])
    >>> config = preset_config("quarterly", 4, n_members=2, n_epochs=1, hidden_size=4)
    >>> whole = fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1))
    >>> short = adapt(whole, horizon=2)
    >>> bool((short.forecast(panel) == whole.forecast(panel)[:, :, :2]).all())
    True
    """
    known = ensemble.config.network.horizon
    if horizon is not None and not 1 <= horizon <= known:
        raise InputError(f"horizon must be from 1 to {known}, that of the networks; got {horizon}")
    if n_members is not None and not 1 <= n_members <= len(ensemble.members):
        raise InputError(
            f"n_members must be from 1 to {len(ensemble.members)}, as many as there are; got"
            f" {n_members}"
        )
    members = tuple(
        _adapt_member(member, horizon, seasonality) for member in ensemble.members[:n_members]
    )
    config = _adapt_config(ensemble.config, horizon, seasonality)
    config = replace(config, ensemble=replace(config.ensemble, n_members=len(members)))
    weights = ensemble.weights
    if weights is not None:
        weights = weights[:n_members, :horizon]
        weights = weights / weights.sum(axis=0)
    return replace(ensemble, config=config, members=members, weights=weights)


def _adapt_member(member: Member, horizon: int | None, seasonality: Seasonality | None) -> Member:
    network = member.network if horizon is None else member.network.first_steps(horizon)
    config = _adapt_config(network.config, None, seasonality)
    return replace(member, network=replace(network, config=config))


def _adapt_config(
    config: ModelConfig, horizon: int | None, seasonality: Seasonality | None
) -> ModelConfig:
    if horizon is not None:
        config = replace(config, network=replace(config.network, horizon=horizon))
    if seasonality is not None:
        config = replace(config, smoothing=replace(config.smoothing, seasonality=seasonality))
    return config
