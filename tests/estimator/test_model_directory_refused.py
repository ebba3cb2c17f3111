"""A model directory that was changed or damaged is refused, whatever was done to it."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from esrnn import load_model
from esrnn.errors import ModelFileError
from esrnn.forecaster import FittedPanel
from esrnn.store import MANIFEST, arrays_to_bytes, bytes_to_arrays, json_to_bytes
from tests.estimator.saved_forecasters import fitted_panel, fitted_with_columns


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "model"
    fitted_with_columns().save_model(path)
    return path


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "model"))


FILES = [
    MANIFEST, "config.json", "ensemble.safetensors", "members/000.safetensors", "series.parquet",
    "covariates.parquet",
]  # fmt: skip


def test_these_are_the_files(saved: Path) -> None:
    found = sorted(path.relative_to(saved).as_posix() for path in saved.rglob("*.*"))
    assert found == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["changed", "truncated", "removed", "empty"])
def test_a_damaged_file_is_refused(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes({"changed": data, "truncated": data[:-7], "empty": b""}[damage])
    with pytest.raises(ModelFileError, match=name):
        load_model(folder)


def forge(folder: Path, **entries: object) -> None:
    """Change the manifest and give it a checksum that fits."""
    manifest = {**json.loads((folder / MANIFEST).read_bytes()), **entries}
    del manifest["sha256"]
    signed = {**manifest, "sha256": sha256(json_to_bytes(manifest)).hexdigest()}
    (folder / MANIFEST).write_bytes(json_to_bytes(signed))


def test_a_newer_version_is_refused(folder: Path) -> None:
    forge(folder, format_version=7)
    with pytest.raises(ModelFileError, match="Install a newer esrnn"):
        load_model(folder)


def test_a_path_outside_the_folder_is_refused(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"x")
    entry = {"bytes": 1, "sha256": sha256(b"x").hexdigest()}
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    forge(folder, files={**files, "../secret": entry})
    with pytest.raises(ModelFileError, match="inside its folder only"):
        load_model(folder)


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Put other content in place of a file, with a manifest that fits."""
    (folder / name).write_bytes(data)
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    entry = {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    forge(folder, files={**files, name: entry})


@pytest.mark.parametrize("name", [name for name in FILES if name != MANIFEST])
def test_a_file_of_another_kind_is_refused(folder: Path, name: str) -> None:
    replace_file(folder, name, b"no such thing")
    with pytest.raises(ModelFileError, match=name):
        load_model(folder)


def test_settings_of_another_release_are_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_bytes())
    config["estimator"]["parameters"]["depth"] = 3
    replace_file(folder, "config.json", json_to_bytes(config))
    with pytest.raises(ModelFileError, match="'depth'"):
        load_model(folder)


def change_config(folder: Path, *path: str, value: object) -> None:
    """Set or, for None, delete an entry of config.json, with checksums that fit."""
    config = json.loads((folder / "config.json").read_bytes())
    entry = config
    for name in path[:-1]:
        entry = entry[name]
    if value is None:
        del entry[path[-1]]
    else:
        entry[path[-1]] = value
    replace_file(folder, "config.json", json_to_bytes(config))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("encoder",), None),
        (("encoder",), 3),
        (("grid", "kind"), "lunar"),
        (("grid", "step"), "no such step"),
        (("choice",), []),
        (("config", "network", "hidden_size"), 5),
        (("config", "network", "hidden_size"), -1),
        (("config", "network", "input_window"), None),
        (("config", "ensemble", "n_members"), 3),
        (("config", "smoothing", "seasonal_periods"), [7]),
        (("series", "names"), ["a", "b", "c"]),
        (("panel", "stamps", "kind"), "time"),
        (("panel", "X", "columns"), ["one"]),
        (("estimator", "parameters"), [1]),
        (("estimator", "fh"), {"steps": ["x"]}),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    folder: Path, path: tuple[str, ...], value: object
) -> None:
    change_config(folder, *path, value=value)
    with pytest.raises(ModelFileError):
        load_model(folder)


@pytest.mark.parametrize("name", ["members/000.safetensors", "ensemble.safetensors"])
@pytest.mark.parametrize("change", ["shape", "dtype", "missing"])
def test_arrays_that_do_not_fit_are_refused(folder: Path, name: str, change: str) -> None:
    intact = bytes_to_arrays((folder / name).read_bytes(), name)
    checked = [key for key in intact if key.startswith(("network.weights", "holdout", "typical"))]
    assert checked
    for key in checked:
        arrays = dict(intact)
        if change == "missing":
            del arrays[key]
            if key == "holdout.intermittent":
                continue  # models saved by older releases don't have it
        elif change == "shape":
            arrays[key] = np.concatenate([arrays[key], arrays[key][:1]])
            if arrays[key].shape == intact[key].shape:  # there was nothing to repeat
                continue
        elif name.startswith("members"):
            single = arrays[key].dtype == np.float32
            arrays[key] = arrays[key].astype(np.float64 if single else np.float32)
            if key == "holdout.error_scale":
                continue  # its size alone is compared
        else:
            continue
        replace_file(folder, name, arrays_to_bytes(arrays))
        with pytest.raises(ModelFileError):
            load_model(folder)


def test_a_panel_is_asked_for_where_there_is_none(tmp_path: Path) -> None:
    fitted_panel().save_model(tmp_path / "model", include="networks")
    with pytest.raises(ModelFileError, match="holds no history"):
        FittedPanel.load(tmp_path / "model")
