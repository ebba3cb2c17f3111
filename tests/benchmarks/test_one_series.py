"""The benchmark of one series: its figures are of sound forecasts, and its ways agree."""

import json

import pytest

from benchmarks import one_series
from benchmarks.kernel_checks import GateError
from esrnn.networks import shipped_names

SOUND = {"cpu_s": [0.4, 2.4, 2.9, 3.1], "middle": [1.0], "strategy": "zero_shot", "inside": True}
BASE = {"cpu_s": [0.4, 2.3]}


def answer(monkeypatch, *others):
    """Stand in for the processes, with some other answers in turn; return what they were asked."""
    asked, answers = [], iter(others)

    def fresh_process(arguments, environment):
        asked.append((arguments[1], environment))
        return next(answers, SOUND) if "spent()\nmiddle" in arguments[1] else BASE

    monkeypatch.setattr(one_series, "fresh_process", fresh_process)
    monkeypatch.setattr("esrnn.networks.shipped_names", lambda: ["quarterly", "yearly"])
    return asked


def test_the_first_turn_fills_the_caches_and_does_not_count(monkeypatch):
    asked = answer(monkeypatch, {**SOUND, "cpu_s": [1.0, 9.0, 30.0, 31.0]})
    lines = []
    result, (bar,) = one_series.run_one_series(2, lines.append)
    assert len(asked) == 3 * 3
    assert len({json.dumps(environment) for _, environment in asked}) == 1
    assert result["cpu_s"]["ESRNN()"] == [SOUND["cpu_s"]] * 2
    assert (bar.value, bar.passed) == (3.1, False)
    assert "one series, zero shot (quarterly" in lines[0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"strategy": "train"}, "the strategy 'train'"),
        ({"inside": False}, "outside"),
        ({"middle": [2.0]}, "different things"),
    ],
)
def test_what_is_not_sound_gets_no_figures(wrong, message, monkeypatch):
    answer(monkeypatch, SOUND, {**SOUND, **wrong})
    with pytest.raises(GateError, match=message):
        one_series.run_one_series(1, print)


def test_without_networks_there_are_no_figures(monkeypatch):
    asked = answer(monkeypatch)
    monkeypatch.setattr("esrnn.networks.shipped_names", list)
    assert one_series.run_one_series(1, print) == ({}, [])
    assert not asked


@pytest.mark.skipif("quarterly" not in shipped_names(), reason="the package has no networks")
@pytest.mark.parametrize("way", ["ESRNN()", "esrnn.forecaster.fit_panel"])
def test_the_programs_run(way, capsys):
    code = f"freq, horizon = 'Q', 8\n{one_series._DATA}{one_series._WAYS[way]}"
    exec(code, {})
    found = json.loads(capsys.readouterr().out)
    assert (len(found["middle"]), found["strategy"], found["inside"]) == (8, "zero_shot", True)
    assert sorted(found["cpu_s"]) == found["cpu_s"]
    assert len(found["cpu_s"]) == 4
