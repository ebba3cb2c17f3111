"""Which code is running."""

import pytest

import competitions.source_commit as source_commit
from competitions.source_commit import commit


def test_code_that_is_not_committed_makes_another_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"rev-parse": "abc", "diff": "", "ls-files": ""}
    monkeypatch.setattr(source_commit, "_git", lambda *arguments: answers[arguments[0]])
    assert commit() == "abc"
    answers["diff"] = "- x = 1"
    one = commit()
    answers["diff"] = "- x = 2"
    other = commit()
    answers.update(diff="", **{"ls-files": "competitions/commands.py"})
    assert len({one, other, commit()}) == 3
    assert all(str(name).startswith("abc+changes.") for name in (one, other, commit()))
