"""Which code is running."""

import subprocess
from pathlib import Path

import pytest

import competitions.source_commit as source_commit
from competitions.source_commit import commit


def test_code_that_is_not_committed_makes_another_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"rev-parse": f"{source_commit._ROOT}\nabc", "diff": "", "ls-files": ""}
    monkeypatch.setattr(source_commit, "_git", lambda *arguments: answers[arguments[0]])
    assert commit() == "abc"
    answers["diff"] = "- x = 1"
    one = commit()
    answers["diff"] = "- x = 2"
    other = commit()
    answers.update(diff="", **{"ls-files": "competitions/commands.py"})
    assert len({one, other, commit()}) == 3
    assert all(str(name).startswith("abc+changes.") for name in (one, other, commit()))


def test_somebody_elses_repository_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package may lie in an environment inside a repository."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(
        ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=b", "commit", "-q",
         "--allow-empty", "-m", "theirs"],
        check=True,
    )  # fmt: skip
    (tmp_path / "site-packages").mkdir()
    monkeypatch.setattr(source_commit, "_ROOT", tmp_path / "site-packages")
    assert source_commit.commit() is None
    monkeypatch.setattr(source_commit, "_ROOT", tmp_path.resolve())
    assert source_commit.commit() is not None
