"""The committed list: what is in it, and that the command writes it."""

from pathlib import Path

import pandas as pd
import pytest

from competitions.__main__ import main
from competitions.leaks import donors, load_leaks
from competitions.leaks.listing import GROUPS, LEAKS, summary, write_leaks
from competitions.task import load_task
from esrnn.errors import InputError


def test_the_list_knows_the_leaks_that_are_known() -> None:
    leaks = load_leaks()
    halves = leaks[(leaks["target"] == "N2106") & (leaks["kind"] == "test")]
    assert halves[["donor", "scale", "shift", "n_test"]].to_numpy().tolist() == [
        ["M27177", 0.5, 0.0, 18]
    ]
    assert {"N2112", "N1284"} <= set(leaks["target"])
    assert {"M27177", "M27176"} <= donors("monthly")


def test_every_row_is_sound() -> None:
    leaks = load_leaks()
    tests = leaks[leaks["kind"] == "test"]
    assert (tests["n_test"] > tests["horizon"] / 2).all()
    assert (leaks["n_test"] <= leaks["horizon"]).all()
    assert (leaks["n_equal"] <= leaks["last"] - leaks["first"] + 1).all()
    assert (leaks["scale"] > 0.0).all()
    assert not leaks.duplicated(["kind", "donor", "target"]).any()
    assert not (leaks["donor"] == leaks["target"]).any()
    known = {one for group in ("weekly", "daily") for one in load_task(f"m4-{group}").id_list}
    assert set(tests.loc[tests["group"].isin(["weekly", "daily"]), "target"]) <= known


@pytest.mark.parametrize("group", GROUPS)
def test_one_of_the_copies_stays(group: str) -> None:
    leaks = load_leaks()
    copies = leaks[(leaks["group"] == group) & (leaks["kind"] == "copy")]
    assert set(copies["target"]) - donors(group, ["copy"]) or copies.empty
    assert donors(group) == donors(group, ["test"]) | donors(group, ["copy"])


def test_unknown_groups_and_kinds_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="no group 'minutely'; there is yearly"):
        donors("minutely")
    with pytest.raises(InputError, match="no kind 'sum'; there is test, copy, part"):
        donors("weekly", ["sum"])
    out = tmp_path / "leaks.csv"
    assert main(["leaks", "minutely", "--out", str(out)]) == 1
    assert "no group 'minutely'" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaks.csv"
    for content, said in (("a,b\n1,2\n", "must have the columns group, kind"), ("", "read as")):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            load_leaks(path)


def test_the_committed_list_is_what_the_command_writes(
    competition_data_dir: Path, tmp_path: Path
) -> None:
    if not (competition_data_dir / "open").is_dir():
        pytest.skip("open panels absent")
    out = tmp_path / "leaks.csv"
    write_leaks(["weekly"], out, competition_data_dir)
    write_leaks(["other"], out, competition_data_dir)
    committed = load_leaks()
    expected = committed[committed["group"].isin(["weekly", "other"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(load_leaks(out), expected, check_exact=False, rtol=1e-4)


def test_the_page_has_the_counts_of_the_list() -> None:
    page = LEAKS.with_name("README.md").read_text(encoding="utf-8")
    for group, counts in summary(load_leaks()).iterrows():
        assert f"| {group} | {' | '.join(map(str, counts))} |" in page
