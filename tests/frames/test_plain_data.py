"""What a model directory holds of time stamps, names and columns comes back the same."""

import json

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.frames import CovariateEncoder, make_grid, sktime_to_panel
from esrnn.frames.plain_data import (
    encoder_from_dict,
    encoder_to_dict,
    grid_from_dict,
    grid_to_dict,
    name_from_plain,
    name_to_plain,
    stamps_from_numbers,
    stamps_to_numbers,
)

STAMPS = {
    "integers": pd.Index([3, 7], name="t"),
    "small integers": pd.Index(np.array([3, 7], dtype=np.int32), name="t"),
    "months": pd.PeriodIndex(["2024-01", "2024-03"], freq="M", name="t"),
    "weeks": pd.PeriodIndex(["2024-01-01"], freq="W-TUE"),
    "naive": pd.DatetimeIndex(["2024-01-31", "2024-02-29"], name="t").as_unit("us"),
    "zoned": pd.DatetimeIndex(["2024-03-31 00:30", "2024-10-27 01:30"])
    .tz_localize("UTC")
    .tz_convert("Europe/Berlin"),
    "fixed": pd.DatetimeIndex(["2024-03-31"]).tz_localize("UTC+02:00").as_unit("s"),
    "utc": pd.DatetimeIndex(["2024-03-31"]).tz_localize("UTC"),
}
GRIDS = [
    ("integers", 5),
    ("months", "M"),
    ("weeks", "W-TUE"),
    *[
        ("naive", step)
        for step in (
            "D",
            "3D",
            "h",
            "15min",
            "ME",
            "QE-NOV",
            "B",
            "WOM-3FRI",
            "MS",
            "YS-APR",
            "3 months",
            "W-SUN",
        )
    ],
    *[("zoned", step) for step in ("D", "h", "ME")],
    ("fixed", "D"),
    ("utc", "30min"),
]


def through_json(plain: object) -> object:
    return json.loads(json.dumps(plain, allow_nan=False))


@pytest.mark.parametrize("stamps", STAMPS.values(), ids=STAMPS)
def test_stamps_come_back(stamps: pd.Index) -> None:
    numbers, plain = stamps_to_numbers(stamps)
    assert numbers.dtype == np.int64
    back = stamps_from_numbers(numbers, through_json(plain), stamps.name)
    pd.testing.assert_index_equal(back, stamps)


@pytest.mark.parametrize(("kind", "step"), GRIDS)
def test_grids_come_back(kind: str, step: int | str) -> None:
    grid = make_grid(STAMPS[kind], step)
    back = grid_from_dict(through_json(grid_to_dict(grid)))
    assert type(back) is type(grid)
    assert str(back) == str(grid)
    steps = np.array([1, 13])
    if kind != "naive":  # the stamps must lie on the grid
        pd.testing.assert_index_equal(
            back.advance(STAMPS[kind][:1].repeat(2), steps),
            grid.advance(STAMPS[kind][:1].repeat(2), steps),
        )


@pytest.mark.parametrize("name", ["a", 3, 2.5, None, True, ("a", 1), ("x", ("y", None))])
def test_names_come_back(name: object) -> None:
    back = name_from_plain(through_json(name_to_plain(name)))
    assert back == name
    assert type(back) is type(name)


@pytest.mark.parametrize("name", [pd.Timestamp("2024-01-01"), float("nan"), ("a", float("inf"))])
def test_a_name_that_is_no_plain_data_is_refused(name: object) -> None:
    with pytest.raises(InputError, match="text or numbers; got"):
        name_to_plain(name)


def test_an_encoder_comes_back() -> None:
    months = pd.period_range("2024-01", periods=4, freq="M")
    index = pd.MultiIndex.from_product([["a", "b"], months])
    framed = sktime_to_panel(pd.Series(range(8), index, dtype=float))
    X = pd.DataFrame(
        {
            "kind": ["food"] * 4 + ["toys"] * 4,
            7: [0.0, 1.0] * 4,
            ("p", 1): [1, 90, 1, 2] * 2,
            "same": 1,
        },
        index,
    )
    encoder = CovariateEncoder.fit(X, framed, ("month",))
    back = encoder_from_dict(through_json(encoder_to_dict(encoder)))
    assert back == encoder
