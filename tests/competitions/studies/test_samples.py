"""Samples of a study: the same series in backtest and test part, drawn at random."""

import numpy as np

from competitions.studies.samples import TEST_PART, Sample
from competitions.task import load_data, load_task

TASK = "m4-hourly-40"


def test_backtest_and_test_part_have_the_same_series() -> None:
    data = load_data(load_task(TASK))
    sample = Sample(TASK, 12)
    test, backtest = (sample.held(fold, None) for fold in (TEST_PART, 1))
    assert test.train.ids == backtest.train.ids
    assert len(set(test.train.ids)) == 12
    for i, name in enumerate(test.train.ids):
        place = data.ids.index(str(name))
        whole = data.panel.series(place)
        np.testing.assert_array_equal(test.train.series(i), whole)
        np.testing.assert_array_equal(test.actual[i], data.actual[place])
        np.testing.assert_array_equal(backtest.train.series(i), whole[:-48])
        np.testing.assert_array_equal(backtest.actual[i], whole[-48:])


def test_samples_are_nested_or_apart() -> None:
    few, many, others, rest = (
        Sample(TASK, n, first).held(1, None).train.ids
        for n, first in ((5, 0), (15, 0), (10, 15), (100, 15))
    )
    assert few == many[:5]
    assert set(many).isdisjoint(rest)
    assert rest[:10] == others
    assert len(rest) == 25
    assert list(many) != sorted(many, key=lambda name: int(str(name)[1:]))


def test_the_preset_is_that_of_the_group() -> None:
    assert Sample(TASK, 5).preset == "hourly"
