"""Settings of the program that won M4, beside the tasks; the domains of M4's series."""

from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

from competitions.methods.smyl2018_groups import DOMAINS, GROUPS, domains_of
from competitions.task import load_task
from esrnn.datasets import load_m4_info


def test_settings_fit_the_tasks() -> None:
    # Lengths of the shortest training parts of M4
    shortest = {
        "yearly": 13, "quarterly": 16, "monthly": 42, "weekly": 80, "daily": 93, "hourly": 700,
    }  # fmt: skip
    for name, group in GROUPS.items():
        assert load_task(f"m4-{name}").horizon == group.horizon
        assert shortest[name] >= group.shortest


def test_learning_rates_change_at_their_epochs() -> None:
    hourly = GROUPS["hourly"]
    rates = {0: 1e-2, 6: 1e-2, 7: 5e-3, 17: 5e-3, 18: 1e-3, 22: 3e-4, 26: 3e-4}
    assert {epoch: hourly.learning_rate(epoch) for epoch in rates} == rates


def test_domains_are_those_of_the_table_of_series(competition_data_dir: Path) -> None:
    info = load_m4_info(competition_data_dir)
    for group in GROUPS:
        own = info[info["unique_id"].str.startswith(group[0].upper())]
        found = np.array(DOMAINS)[domains_of(group, own["unique_id"].tolist()).argmax(axis=1)]
        assert_array_equal(found, own["category"].astype(str))
