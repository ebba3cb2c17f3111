"""Files to long frames and back: CSV, Parquet, Monash and GluonTS; single, in folders, partitioned.

`survey` finds the files of a `Source` and their columns, `read_partition` reads one file,
`as_written` gives results the form of the file that was read, and `write_table` writes them. All
paths go through fsspec.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from esrnn.files.source import Columns, CsvOptions, Source

if TYPE_CHECKING:
    from esrnn.files.first_look import Survey, survey
    from esrnn.files.frame import Form, Table, as_written
    from esrnn.files.partitions import Partition, checksum, find_partitions, output_name
    from esrnn.files.reading import read_partition, read_pieces
    from esrnn.files.shared import find_shared_series, refuse_shared_series
    from esrnn.files.writing import write_table

__all__ = [
    "Columns",
    "CsvOptions",
    "Form",
    "Partition",
    "Source",
    "Survey",
    "Table",
    "as_written",
    "checksum",
    "find_partitions",
    "find_shared_series",
    "output_name",
    "read_partition",
    "read_pieces",
    "refuse_shared_series",
    "survey",
    "write_table",
]

# Loaded on first use, since pandas and Arrow take longer to load than a help text may take.
_HOME_OF = {
    "Form": "frame",
    "Partition": "partitions",
    "Survey": "first_look",
    "Table": "frame",
    "as_written": "frame",
    "checksum": "partitions",
    "find_partitions": "partitions",
    "find_shared_series": "shared",
    "output_name": "partitions",
    "read_partition": "reading",
    "read_pieces": "reading",
    "refuse_shared_series": "shared",
    "survey": "first_look",
    "write_table": "writing",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"esrnn.files.{_HOME_OF[name]}"), name)
    globals()[name] = value  # the next access is an ordinary lookup
    return value
