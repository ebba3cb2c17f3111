"""The adapters where their extra is not installed."""

import importlib
import sys

import pytest


def test_without_fev_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fev", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "esrnn.adapters.fev", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'esrnn-forecast\[fev\]'"):
        importlib.import_module("esrnn.adapters.fev")
