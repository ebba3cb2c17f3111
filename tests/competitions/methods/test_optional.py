"""Libraries that may be absent."""

import sys
from types import ModuleType

import pytest

from competitions.methods.optional import library
from esrnn.errors import InputError


def test_a_library_comes_with_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    package, models = ModuleType("some_library"), ModuleType("some_library.models")
    package.models = models  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "some_library", package)
    monkeypatch.setitem(sys.modules, "some_library.models", models)
    assert library("some_library").models is models


def test_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neuralforecast", None)
    with pytest.raises(InputError, match=r"needs neuralforecast, .* pip install neuralforecast"):
        library("neuralforecast")
