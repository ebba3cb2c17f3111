"""Trained networks that take covariates which they know nothing about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esrnn.config import ModelConfig

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.training import Member

__all__ = ["with_covariates"]


def with_covariates(ensemble: Ensemble, n_static: int, n_future: int) -> Ensemble:
    """Return networks with inputs for covariates, which change no forecast until they are trained.

    Linear effects of future covariates work at once: `Ensemble.for_new_series` finds them in the
    panel itself. What else there is to learn is learnt when the networks are trained further.

    Parameters
    ----------
    ensemble : Ensemble
        Trained without covariates.
    n_static, n_future : int
        As in `esrnn.config.NetworkConfig`.

    Returns
    -------
    Ensemble

    Examples
    --------
    >>> import numpy as np
    >>> from esrnn.config import preset_config
    >>> from esrnn.ensemble import TrainingOptions, fit_ensemble
    >>> from esrnn.panel import Panel
    >>> panel = Panel.from_arrays([np.tile([2.0, 4.0, 6.0, 4.0], 6)])
    >>> config = preset_config("quarterly", 4, n_members=1, n_epochs=1, hidden_size=4)
    >>> ensemble = fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1))
    >>> with_covariates(ensemble, 0, 2).members[0].config.network.n_future
    2
    """
    members = tuple(
        _with_covariates(member, k, n_static, n_future) for k, member in enumerate(ensemble.members)
    )
    config = _with_numbers(ensemble.config, n_static, n_future)
    return replace(ensemble, config=config, members=members)


def _with_covariates(member: Member, k: int, n_static: int, n_future: int) -> Member:
    import torch

    from esrnn.model import HybridModel

    network = replace(member.network, config=_with_numbers(member.config, n_static, n_future))
    model = HybridModel(network.config, network.first_origin, network.additive_scale)
    drawn = model.draw(torch.Generator().manual_seed(k)).network.state_dict()
    weights = {name: tensor.numpy().copy() for name, tensor in drawn.items()}
    return replace(member, network=replace(network, weights={**weights, **network.weights}))


def _with_numbers(config: ModelConfig, n_static: int, n_future: int) -> ModelConfig:
    network = replace(config.network, n_static=n_static, n_future=n_future)
    return replace(config, network=network)
