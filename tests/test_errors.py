import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from esrnn import errors
from esrnn.datasets.faults import CorruptDownloadError, DatasetNotFoundError, FetchError
from esrnn.errors import EsrnnWarning, InputError, InputTypeError, Offenders, TrainingError


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [(InputError, ValueError), (InputTypeError, TypeError), (TrainingError, RuntimeError)],
)
def test_errors_are_also_the_builtin_ones(cls, builtin):
    with pytest.raises(builtin, match="what happened"):
        raise cls("what happened")
    assert issubclass(cls, errors.EsrnnError)


def test_offenders_are_counted_and_the_first_five_listed():
    text = str(Offenders(list("abcdefgh"), range(8), np.arange(8.0)))
    assert text.startswith("8 found: series 'a', step 0: 0.0; series 'b', step 1: 1.0; ")
    assert text.endswith("series 'e', step 4: 4.0; and 3 more")


def test_rows_without_a_time_stamp_are_named_by_position():
    assert str(Offenders(["a"], rows=[7], values=["x"])) == "1 found: series 'a', row 7: 'x'"
    assert str(Offenders([None], rows=np.array([7]))) == "1 found: row 7"


def test_library_types_look_like_plain_values():
    text = str(
        Offenders(
            [np.int64(7), (np.str_("x"), 1)],
            [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 06:00")],
            [np.float64(-3), None],
        )
    )
    assert text == (
        "2 found: series 7, step 2024-02-29: -3.0; series ('x', 1), step 2024-02-29 06:00:00: None"
    )


def test_divergence_names_the_series_and_survives_a_process_boundary():
    names = ["H1", "H2", "H3", "H4", "H5", "H6"]
    error = TrainingError.diverged("a level is not finite in epoch 4", names)
    text = str(pickle.loads(pickle.dumps(error)))
    assert "diverged: a level is not finite in epoch 4, for 6 series: 'H1'; " in text
    assert "'H5'; and 1 more. Lower learning_rate" in text
    assert error.series == ("H1", "H2", "H3", "H4", "H5", "H6")
    assert error.reason == "training diverged: a level is not finite in epoch 4"


CLASSES = [
    errors.EsrnnError,
    InputError,
    InputTypeError,
    errors.ModelFileError,
    TrainingError,
    EsrnnWarning,
    CorruptDownloadError,
    DatasetNotFoundError,
    FetchError,
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_every_field_survives_copies_and_pickles(cls, again):
    stamps = pd.date_range("2024-01-01", periods=7)
    ids = pd.MultiIndex.from_product([["x"], range(7)])
    error = cls.of_series("no good", Offenders(ids, stamps, np.arange(7.0)), "Mend it.")
    other = again(error)
    assert type(other) is cls
    assert str(other) == str(error)
    assert (other.series, other.steps) == (tuple(ids), tuple(stamps))
    assert (other.values, other.rows) == (tuple(range(7)), None)
    assert (other.reason, other.remedy) == ("no good", "Mend it.")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_about_no_series_has_none(cls):
    error = pickle.loads(pickle.dumps(cls("no file")))
    assert str(error) == "no file"
    assert (error.series, error.steps, error.values, error.rows) == ((), None, None, None)
    assert (error.reason, error.remedy) == ("", "")


def test_fields_hold_plain_objects_and_all_of_them():
    ids = pd.Index(np.arange(100_000))
    error = InputError.of_series("no", Offenders(ids, ids, ids + 0.5, rows=ids))
    assert error.series == error.steps == error.rows == tuple(range(100_000))
    assert {type(value) for value in error.series} == {int}
    assert {type(value) for value in error.values} == {float}
    assert str(error).endswith("row 4: 4.5; and 99995 more.")
