"""Settings and fixtures of the whole suite."""

import gc
import os
import socket
from pathlib import Path

# Read once, when torch and BLAS are first imported, so set before any of them. One thread per
# process, since test processes run side by side.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("ESRNN_OFFLINE", "1")  # a group that is absent is not fetched, but skipped
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # of fev, whose tasks are local files here

import hypothesis  # noqa: E402
import pytest  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run; HYPOTHESIS_PROFILE=thorough draws many fresh ones.
hypothesis.settings.register_profile(
    "quick", derandomize=True, max_examples=20, deadline=None, database=None
)
hypothesis.settings.register_profile("thorough", max_examples=500, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


# What is imported and collected lives to the end: the collector need not look for garbage in it,
# which would take a fifth of the time of collecting.
gc.disable()


def pytest_collection_finish() -> None:
    """Leave what is there out of all later collections."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow tests first; skip those marked `gpu` where torch finds no CUDA device."""
    # One that began last would leave the other test process without work for a minute.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch  # here, so that a run without such tests need not load it

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device; torch finds none"))


@pytest.fixture(scope="session")
def competition_data_dir() -> Path:
    """Give the folder of the M3 and M4 files: $ESRNN_DATA_DIR, or ../shared/data by the checkout.

    A folder that was named but is not there fails the test: skipping would hide the mistake.
    """
    named = os.environ.get("ESRNN_DATA_DIR")
    if named:
        if not (Path(named) / "m4").is_dir():
            pytest.fail(f"ESRNN_DATA_DIR={named} has no folder m4")
        return Path(named)
    beside = ROOT.parent / "shared" / "data"
    if not (beside / "m4").is_dir():
        pytest.skip("competition data absent: set ESRNN_DATA_DIR to the folder that holds m4/")
    return beside


@pytest.fixture
def fev_alone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what fev caches in a temporary folder, and let it look for no host in a network."""
    datasets = pytest.importorskip("datasets", reason="needs fev: pip install '.[fev]'")

    def refuse(*_: object) -> None:
        raise AssertionError("fev looks for a host in the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("fev"))
