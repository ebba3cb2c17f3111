"""Nash's variant of the search: what it finds, and the steps that make it R's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods.nelder_mead import nelder_mead


def recorded(objective):  # type: ignore[no-untyped-def]
    points: list[np.ndarray] = []

    def record(x: np.ndarray) -> float:
        points.append(x.copy())
        return float(objective(x))

    return record, points


def test_it_finds_the_bottom_of_a_curved_valley() -> None:
    # Rosenbrock's function from its usual start; R's optim, with this search and this tolerance,
    # ends at 1.000260 1.000506 with the value 8.825241e-08 after 195 evaluations.
    objective, points = recorded(lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2)
    point, value = nelder_mead(objective, np.array([-1.2, 1.0]))
    assert_allclose(point, [1.000260, 1.000506], atol=5e-7)
    assert value == pytest.approx(8.825241e-08, rel=1e-6)
    assert len(points) == 195


def test_the_first_simplex_has_one_edge_for_all_axes() -> None:
    objective, points = recorded(lambda x: np.abs(x).sum())
    nelder_mead(objective, np.array([0.5, -40.0, 0.0]), max_evaluations=3)
    edge = 4.0  # a tenth of the largest coordinate, also for those near zero
    expected = np.array([0.5, -40.0, 0.0]) + np.vstack([np.zeros(3), edge * np.eye(3)])
    assert_array_equal(points[:4], expected)
    objective, points = recorded(lambda x: np.abs(x).sum())
    nelder_mead(objective, np.zeros(2), max_evaluations=2)
    assert_array_equal(points[:3], [[0, 0], [0.1, 0], [0, 0.1]])


def test_it_contracts_even_after_a_reflection_that_helped() -> None:
    values = {(10.0,): 2.0, (11.0,): 3.0, (9.0,): 2.5}
    objective, points = recorded(lambda x: values.get(tuple(x.tolist()), 2.2))
    nelder_mead(objective, np.array([10.0]), max_evaluations=3)
    # 9 replaces 11, being better, and is then drawn halfway to 10.
    assert [float(x[0]) for x in points] == [10.0, 11.0, 9.0, 9.5]


def test_where_the_objective_is_not_defined_is_never_the_answer() -> None:
    def objective(x: np.ndarray) -> float:
        if x[0] < 0.2:
            return np.nan
        return np.inf if x[1] > 0.7 else (x[0] - 0.1) ** 2 + (x[1] - 0.8) ** 2

    point, value = nelder_mead(objective, np.array([0.5, 0.5]))
    assert point[0] >= 0.2
    assert point[1] <= 0.7
    assert value == objective(point) < 0.03


def test_a_level_objective_ends_the_search_at_the_start() -> None:
    start = np.array([3.0, 4.0])
    point, value = nelder_mead(lambda x: 7.0, start)
    assert_array_equal(point, start)
    assert value == 7.0
    point[0] = 0.0
    assert start[0] == 3.0


@pytest.mark.parametrize("limit", [20, 50])
def test_it_ends_with_the_step_that_exceeds_the_limit(limit: int) -> None:
    objective, points = recorded(lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2)
    nelder_mead(objective, np.array([-1.2, 1.0]), max_evaluations=limit)
    assert limit < len(points) <= limit + 4
