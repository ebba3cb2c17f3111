"""Planted stretches are found, and nothing else."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from competitions.leaks.search import Search, Stretch
from esrnn.errors import InputError
from esrnn.panel import Panel

Array = npt.NDArray[np.float64]
H = 8


def walk(seed: int, n: int = 60, digits: int = 1) -> Array:
    """Give a random walk that is rounded like a published series."""
    steps = np.random.default_rng(seed).normal(scale=20.0, size=n)
    return np.round(1000.0 + steps.cumsum(), digits)


def search(donor: Array, target: Array, horizon: int = H) -> list[Stretch]:
    """Look for the target's test part in the donor, beside two other series."""
    panel = Panel.from_arrays([donor, walk(8), target, walk(9)], ids=["d", "o", "t", "u"])
    return Search(panel, np.array([0, 0, horizon, horizon]), min(horizon, 12)).tests()


def planted(change: Callable[[Array], Array], before: int = 12) -> tuple[Array, Array]:
    """Give a donor and a target that ends in a changed stretch of it."""
    donor = walk(1)
    stretch = change(donor[20 - before : 20 + H])
    return donor, np.append(walk(2, n=30), stretch)


@pytest.mark.parametrize(
    ("change", "scale", "shift"),
    [
        (lambda x: x, 1.0, 0.0),
        (lambda x: np.round(x / 2.0, 1), 0.5, 0.0),
        (lambda x: np.round(37.5 * x - 2e4), 37.5, -2e4),
        (lambda x: x + 1e6, 1.0, 1e6),
        (lambda x: np.round(x / 7.0, 1) - 300.0, 1 / 7, -300.0),
        (lambda x: x * 1e-6, 1e-6, 0.0),
    ],
    ids=["equal", "half", "scaled and shifted", "shifted", "fewer digits", "tiny"],
)
def test_a_planted_test_part_is_found(
    change: Callable[[Array], Array], scale: float, shift: float
) -> None:
    [found] = search(*planted(change))
    assert (found.donor, found.target, found.offset) == (0, 2, -22)
    assert (found.first, found.last, found.n_equal, found.n_test) == (30, 49, 20, H)
    assert found.scale == pytest.approx(scale, rel=0.01)
    assert found.shift == pytest.approx(shift, abs=0.01 * scale * 1000.0)
    assert found.n_shared == 28


@pytest.mark.parametrize("n_held", [4, 5, 6, 7, 8])
def test_a_donor_that_ends_inside_the_test_part_must_hold_more_than_half(n_held: int) -> None:
    donor, target = planted(lambda x: x)
    found = search(donor[: 20 + n_held], target)
    assert [one.n_test for one in found] == ([n_held] if n_held > H / 2 else [])


def test_a_differing_or_missing_step_in_between_is_bridged() -> None:
    donor, target = planted(lambda x: 3.0 * x)
    donor[14] += 50.0
    donor[11] = np.nan
    [found] = search(donor, target)
    assert (found.first, found.last, found.n_equal) == (30, 49, 18)


def test_a_test_part_that_stands_alone_is_found() -> None:
    [found] = search(*planted(lambda x: 2.0 * x, before=0))
    assert found.n_equal == found.n_test == H


def test_a_long_test_part_needs_twelve_steps_only() -> None:
    donor, target = walk(1, n=100), np.append(walk(2), walk(1, n=100)[40:64])
    assert [one.n_test for one in search(donor, target, horizon=24)] == [24]
    assert [one.n_test for one in search(donor[:60], target, horizon=24)] == [20]
    assert search(donor[:52], target, horizon=24) == []


t = np.arange(40.0)


@pytest.mark.parametrize(
    "plain",
    [
        np.full(40, 7.0),
        3.0 * t + 5.0,
        np.round(3.7 * t + 5.0),
        t**2,
        np.where(t < 36, 10.0, 20.0),
        np.where(t < 30, 10.0, np.where(t < 36, 20.0, 15.0)),
        np.where(t % 12 == 0, 1.0, 0.0),
    ],
    ids=["constant", "line", "rounded line", "parabola", "step", "two steps", "pulses"],
)
def test_plain_stretches_are_equal_by_chance_and_are_not_reported(plain: Array) -> None:
    assert search(plain, np.append(walk(2), 5.0 * plain[-20:] + 3.0)) == []


def test_a_mirrored_stretch_does_not_count() -> None:
    assert search(*planted(lambda x: 5000.0 - x)) == []


def test_a_stretch_that_differs_by_more_than_rounding_does_not_count() -> None:
    noise = np.random.default_rng(3).normal(scale=10.0, size=20)
    assert search(*planted(lambda x: x + noise)) == []


def test_a_series_is_no_donor_of_itself_and_test_parts_are_no_donors() -> None:
    repeated = np.tile(walk(1, n=20), 3)
    panel = Panel.from_arrays([repeated, repeated[:-20]], ids=["a", "b"])
    both = Search(panel, np.array([H, 0]), H).tests()
    assert [(one.donor, one.target) for one in both] == [(1, 0)]
    tests = Panel.from_arrays([np.append(walk(i), walk(5)[:H]) for i in (1, 2)], ids=["a", "b"])
    assert Search(tests, np.array([H, H]), H).tests() == []


def test_unrelated_series_have_nothing_in_common() -> None:
    panel = Panel.from_arrays([walk(i) for i in range(200)], ids=list(range(200)))
    n_test = np.full(200, H)
    assert Search(panel, n_test, H).tests() == Search(panel, n_test, H).common() == []


def test_copies_and_parts_are_found_once_and_the_longer_one_stays() -> None:
    whole = walk(1)
    series = [whole, walk(2), 2.0 * whole, whole[4:], walk(3), whole[:40]]
    panel = Panel.from_arrays(series, ids=list("abcdef"))
    found = Search(panel, np.zeros(6, dtype=np.int64), H).common()
    assert {(one.donor, one.target): one.n_equal for one in found} == {
        (2, 0): 60, (3, 0): 56, (3, 2): 56, (5, 0): 40, (5, 2): 40,
    }  # fmt: skip


def test_a_pair_that_shares_too_little_is_left_out() -> None:
    other = np.append(walk(1)[:50], walk(2)[:10])
    panel = Panel.from_arrays([walk(1), other], ids=["a", "b"])
    n_test = np.zeros(2, dtype=np.int64)
    assert Search(panel, n_test, H).common() == []
    assert len(Search(panel, n_test, H).common(share=0.8)) == 1


def test_test_parts_do_not_count_as_common() -> None:
    panel = Panel.from_arrays([walk(1), np.append(walk(2)[:30], walk(1)[30:])], ids=["a", "b"])
    assert Search(panel, np.array([30, 30]), H).common() == []


def test_short_missing_and_constant_series_do_no_harm() -> None:
    series = [np.array([1.0]), np.full(30, np.nan), np.zeros(30), walk(1), np.array([1.0, 2.0])]
    panel = Panel.from_arrays(series, ids=list("abcde"))
    n_test = np.array([0, 2, 2, 2, 1])
    assert Search(panel, n_test, H).tests() == Search(panel, n_test, H).common() == []


@pytest.mark.parametrize("n_test", [[60, 0], [-1, 0], [8]])
def test_wrong_test_parts_are_refused(n_test: list[int]) -> None:
    panel = Panel.from_arrays([walk(1), walk(2)], ids=["a", "b"])
    with pytest.raises(InputError, match="one number for each series"):
        Search(panel, np.array(n_test), H).tests()


def test_windows_that_say_nothing_are_refused() -> None:
    panel = Panel.from_arrays([walk(1)], ids=["a"])
    with pytest.raises(InputError, match="window must be at least 5; got 4"):
        Search(panel, np.array([0]), 4)
