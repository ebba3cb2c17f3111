"""Ids as runs, and which ids are a competition's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.task.id_runs import belongs, compact, expand
from esrnn.errors import InputError

IDS = st.lists(
    st.one_of(
        st.builds("{}{}".format, st.sampled_from("YQ"), st.integers(0, 30)),
        st.builds("N{:04d}".format, st.integers(990, 1010)),
        st.sampled_from(["", "a", "b7c", "007", "9", "10", "x-1"]),
    ),
    unique=True,
)


@given(IDS)
def test_runs_stand_for_the_same_ids_in_the_same_order(ids: list[str]) -> None:
    runs = compact(ids)
    assert expand(runs) == ids
    assert compact(expand(runs)) == runs


def test_whole_groups_are_one_run() -> None:
    assert compact(f"Y{i}" for i in range(1, 23001)) == ("Y1..Y23000",)
    assert compact(f"N{i:04d}" for i in range(646, 1402)) == ("N0646..N1401",)
    assert compact(["Q2", "Q1"]) == ("Q2", "Q1"), "only upwards"
    assert compact(["N001", "N1", "N2"]) == ("N001", "N1..N2"), "padded alike"


@pytest.mark.parametrize("run", ["Q3..Q1", "Q1..R2", "Q1..", "a..b", "Q01..Q2", "..Q2"])
def test_odd_runs_are_refused(run: str) -> None:
    with pytest.raises(InputError, match="must count upwards"):
        expand([run])


def test_ids_of_the_competitions() -> None:
    last = ["Y23000", "Q24000", "M48000", "W359", "D4227", "H414"]
    assert all(belongs("m4", one) for one in last)
    assert not any(belongs("m4", f"{one[0]}{int(one[1:]) + 1}") for one in last)
    assert belongs("m3", "N0001")
    assert belongs("m3", "N3003")
    odd = ["", "Y", "Y0", "Y01", "Y-1", "Y1.0", "Y1 ", "y1", "N0001", "Y\u0661", "Y\u00b2"]
    assert not any(belongs("m4", one) for one in odd)
    assert not any(belongs("m3", one) for one in ["N3004", "N1", "N0000", "Y1"])
