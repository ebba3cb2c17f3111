"""The model directory on disk: named files, a manifest with their checksums, plain data only.

`directory` writes and reads the whole, `remote` does so at a URL; `manifest` says what belongs to
it and checks it; `arrays` turns arrays into the bytes of a file and back, `tables` does so with
data frames. Nothing here knows what a model is: `esrnn.forecaster` and `esrnn.estimator` decide
what goes into the files. Reading runs no code from a file.
"""

from esrnn.store.arrays import arrays_to_bytes, bytes_to_arrays
from esrnn.store.directory import (
    read_directory,
    read_manifest,
    require_replaceable,
    write_directory,
)
from esrnn.store.manifest import FORMAT_VERSION, MANIFEST
from esrnn.store.plain import bytes_to_json, json_to_bytes
from esrnn.store.remote import is_remote

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST",
    "arrays_to_bytes",
    "bytes_to_arrays",
    "bytes_to_json",
    "is_remote",
    "json_to_bytes",
    "read_directory",
    "read_manifest",
    "require_replaceable",
    "write_directory",
]
