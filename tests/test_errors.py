import pickle

import numpy as np
import pandas as pd
import pytest

from esrnn import errors
from esrnn.errors import InputError, InputTypeError, TrainingError, describe_offenders


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [(InputError, ValueError), (InputTypeError, TypeError), (TrainingError, RuntimeError)],
)
def test_errors_are_also_the_builtin_ones(cls, builtin):
    with pytest.raises(builtin, match="what happened"):
        raise cls("what happened")
    assert issubclass(cls, errors.EsrnnError)


def test_offenders_are_counted_and_the_first_five_listed():
    text = describe_offenders(list("abcdefgh"), range(8), np.arange(8.0))
    assert text.startswith("8 found: series 'a', step 0: 0.0; series 'b', step 1: 1.0; ")
    assert text.endswith("series 'e', step 4: 4.0; and 3 more")


def test_offenders_passed_only_in_part_are_counted_in_full():
    assert describe_offenders(["a"], count=40) == "40 found: series 'a'; and 39 more"


def test_library_types_look_like_plain_values():
    text = describe_offenders(
        [np.int64(7), (np.str_("x"), 1)],
        [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 06:00")],
        [np.float64(-3), None],
    )
    assert text == (
        "2 found: series 7, step 2024-02-29: -3.0; series ('x', 1), step 2024-02-29 06:00:00: None"
    )


def test_divergence_names_epoch_and_series_and_survives_a_process_boundary():
    error = TrainingError.diverged(4, ["H1", "H2", "H3", "H4", "H5", "H6"], what="level")
    text = str(pickle.loads(pickle.dumps(error)))
    assert "level is not finite in epoch 4 for 6 series: 'H1'; " in text
    assert "'H5'; and 1 more. Lower learning_rate" in text
    assert str(TrainingError.diverged(1, ["a"], remedy="Scale it.")).endswith(": 'a'. Scale it.")
