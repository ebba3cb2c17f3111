"""The columns of new files for a model: called as when it was fitted, or found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from esrnn.errors import InputError
from esrnn.files import Columns, Source, Survey
from esrnn.forecaster.model_files import read_parts
from esrnn.frames.long_tables import VALUE_NAMES
from esrnn.jobs.call import surveyed
from esrnn.jobs.fitting import RUN
from esrnn.jobs.networks import model_path
from esrnn.store import bytes_to_json

__all__ = ["surveyed_for_model"]


def surveyed_for_model(model: str, data: str | Source, columns: Columns | None) -> Survey:
    """Find files and columns, which are called as when the model was fitted if nothing is named.

    Parameters
    ----------
    model : str
        A model directory, or the name of networks of the package.
    data : str or Source
    columns : Columns or None
        What the user named.

    Returns
    -------
    Survey
        Where the files lack these columns, and have others with usual names, those are taken.

    Raises
    ------
    EsrnnError
        As `esrnn.jobs.call.surveyed`.
    """
    given, known = columns or Columns(), _columns_of(model)
    if known is None:
        return surveyed(data, given)
    try:
        return surveyed(
            data,
            replace(
                given,
                id=given.id or known.id,
                time=given.time or known.time,
                value=given.value or known.value,
            ),
        )
    except InputError as error:
        found = _found_by_usual_names(data, given)
        if found is not None:
            return found
        if given.future:
            error.add_note(
                f"rows that are still to come need a column {known.value!r} too, which is empty;"
                " esrnn update takes them into the model, and then esrnn predict without data"
                " forecasts from there"
            )
        raise


def _found_by_usual_names(data: str | Source, given: Columns) -> Survey | None:
    """Find columns as without a model; none if the value is only the one number that is there."""
    try:
        found = surveyed(data, given)
    except InputError:
        return None
    value = found.columns.value
    usual = value is not None and (value == given.value or value.lower() in VALUE_NAMES)
    return found if usual else None


def _columns_of(model: str) -> Columns | None:
    """Return the columns that a model was fitted or updated with, if it has a record of them."""
    _, files = read_parts(model_path(model))
    if RUN not in files:
        return None
    run: Any = bytes_to_json(files[RUN], RUN)
    own = run["columns"]
    return Columns(own["id"], own["time"], own["value"])
