"""Series of the M4 and M3 competitions as data frames.

What lives here finds files, reads them and lays them out; what is nowhere is downloaded into the
user's cache and checked before it is kept there. M4 Hourly ships with the package. Places are, in
this order, the argument `data_dir`, the environment variable ``ESRNN_DATA_DIR``, the user's cache
(`cache_dir`), and the package itself. Each may hold Parquet files
(``<place>/m4/yearly_train.parquet``, ``<place>/m4/yearly_test.parquet`` and so on,
``<place>/m3/...`` likewise, each with the columns ``unique_id`` (string), ``ds`` (step, an integer)
and ``y`` (number)) or the competitions' own files. Input of the user's own goes through
`esrnn.frames`.

`places` says where files are looked for, `tables` and `m3` read them, `published` holds what is
known of the published data, `download` and `fetch` bring them, and `loaders` puts these together.

References
----------
Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2020). The M4 competition: 100,000 time
series and 61 forecasting methods. International Journal of Forecasting 36(1), 54-74.
doi:10.1016/j.ijforecast.2019.04.014

Makridakis, S., Hibon, M. (2000). The M3-Competition: results, conclusions and implications.
International Journal of Forecasting 16(4), 451-476. doi:10.1016/S0169-2070(00)00057-1
"""

from esrnn.datasets.faults import CorruptDownloadError, DatasetNotFoundError
from esrnn.datasets.loaders import load_m3, load_m4, load_m4_info
from esrnn.datasets.places import cache_dir, find_file
from esrnn.datasets.published import values_sha256

__all__ = [
    "CorruptDownloadError",
    "DatasetNotFoundError",
    "cache_dir",
    "find_file",
    "load_m3",
    "load_m4",
    "load_m4_info",
    "values_sha256",
]
