#!/usr/bin/env bash
# sktime 1.2.0: a Monash series that starts after the first day of a period is dated a period late.
#
# Expected: in a .tsf file with "@frequency yearly", the first value of a series with the start
#   "1990-12-31 00-00-00" is that of 1990, the year that holds the start.
# Happens: `sktime.datasets.load_tsf_to_dataframe` dates it 1991-01-01, and all values after it a year
#   late. So it does with quarterly and monthly series that do not start on a first day.
# Matters: forecasts carry the dates of the wrong period, calendar features and covariates are joined
#   to the wrong one, and a file with starts on first and on last days is shifted in part, silently.
# Remedy: set such starts to the first day of their period in the file, or shift the index.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check \
    numpy==2.4.6 pandas==3.0.6 sktime==1.2.0

cd "$folder"
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import sys
from pathlib import Path

import pandas
import sktime
from sktime.datasets import load_tsf_to_dataframe

print(f"Python {sys.version.split()[0]}, sktime {sktime.__version__}, pandas {pandas.__version__}")

HEADER = """@relation example
@attribute series_name string
@attribute start_timestamp date
@frequency {}
@missing false
@equallength true
@data
T1:{}:10,20,30
"""
seen = []
for frequency in ("yearly", "quarterly", "monthly"):
    for start in ("1990-12-01 00-00-00", "1990-12-31 00-00-00"):
        Path("example.tsf").write_text(HEADER.format(frequency, start))
        frame, _ = load_tsf_to_dataframe("example.tsf")
        first = frame.index.get_level_values(-1)[0]
        right = pandas.Period("1990-12-31", {"y": "Y", "q": "Q", "m": "M"}[frequency[0]])
        got = pandas.Period(first, right.freq)
        print(f"{frequency:<9}  start {start[:10]}: the first value is dated {first.date()},"
              f" in {got} (expected {right})")
        seen.append((start[8:10], got - right == right.freq))

late = [is_late for day, is_late in seen if day == "31"]
if not all(late):
    sys.exit("\nThe behaviour has changed.")
print("\nAs described: series that start on the last day are one period late.")
PYTHON
