"""`ESRNN` with every cell: it trains, is saved and loaded, and shows what is inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sktime.utils.estimator_checks import check_estimator

from esrnn import ESRNN, load_model
from esrnn.config import CELL_OPTIONS
from esrnn.errors import InputError, InputTypeError
from esrnn.plotting import plot_diagnostics, write_diagnostics_page
from tests.estimator.frames import months, panel_of, small, wave

PANEL = panel_of({"b": wave(40), "a": wave(34, 7.0, seed=1), "c": wave(40, seed=2)}, months(40))
DILATIONS = [[1, 2], [4]]
# sktime's checks of what a cell may break: state that a fit or a forecast leaves behind, copies.
# `python -m benchmarks.sktime_checks --cell gru` runs all of them.
SOME_CHECKS = ["test_methods_have_no_side_effects", "test_persistence_via_pickle"]


def with_cell(cell: str, **parameters: object) -> ESRNN:
    own = {"cell": cell, "dilations": DILATIONS, "horizon": 3, "n_epochs": 2}
    return small(**{**own, **parameters})


@pytest.mark.parametrize("cell", CELL_OPTIONS)
def test_it_trains_and_is_saved_and_shown(cell: str, tmp_path: Path) -> None:
    forecaster = with_cell(cell).fit(PANEL)
    assert forecaster.strategy_ == "train"
    assert np.isfinite(forecaster.training_history()["loss"]).all()
    quantiles = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    assert np.isfinite(quantiles.to_numpy()).all()
    again = with_cell(cell).fit(PANEL).predict_quantiles(alpha=[0.1, 0.5, 0.9])
    pd.testing.assert_frame_equal(again, quantiles, check_exact=True)
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model").predict_quantiles(alpha=[0.1, 0.5, 0.9])
    pd.testing.assert_frame_equal(loaded, quantiles, check_exact=True)
    found = forecaster.inspect_network()
    assert found.input_gradient[0] > 0.0
    assert all(layer.gradient[0] > 0.0 for layer in found.layers)
    assert plot_diagnostics(found).axes


@pytest.mark.parametrize("cell", ["attentive_lstm", "cnn", "lmu", "lstm"])
def test_there_is_a_page_of_what_is_inside(cell: str, tmp_path: Path) -> None:
    """Cells of four makes, since a page takes a second."""
    found = with_cell(cell).fit(PANEL).inspect_network()
    page = write_diagnostics_page(found, tmp_path / "page.html").read_text(encoding="utf-8")
    assert ">nan" not in page
    assert f"{found.cell} layer" in page


@pytest.mark.parametrize("cell", CELL_OPTIONS)
def test_weights_are_learnt(cell: str) -> None:
    """Training moves every weight and lowers the loss."""
    trained = with_cell(cell, n_epochs=30, learning_rate=1e-2, calibration=0.0).fit(PANEL)
    losses = trained.training_history()["loss"].to_numpy()
    assert losses[-5:].mean() < losses[:5].mean()
    drawn = with_cell(cell, n_epochs=1, learning_rate=1e-12, calibration=0.0).fit(PANEL)
    last, first = (one.ensemble_.members[0].network.weights for one in (trained, drawn))
    still = [name for name in last if not np.any(np.abs(last[name] - first[name]) > 1e-6)]
    assert [name for name in still if not name.endswith("n_trained")] == []  # which is a count


@pytest.mark.slow
@pytest.mark.contract
@pytest.mark.filterwarnings("ignore:Forecasters' predict_proba requires skpro:UserWarning")
@pytest.mark.filterwarnings("ignore:Sorting by default when concatenating all DatetimeIndex")
@pytest.mark.filterwarnings("ignore:y has . columns:esrnn.errors.EsrnnWarning")
@pytest.mark.parametrize("cell", [cell for cell in CELL_OPTIONS if cell != "lstm"])
def test_sktimes_checks(cell: str) -> None:
    estimator = small(cell=cell)
    results = check_estimator(
        estimator, raise_exceptions=True, tests_to_run=SOME_CHECKS, verbose=False
    )
    assert results
    assert set(results.values()) == {"PASSED"}


def test_options_are_saved(tmp_path: Path) -> None:
    forecaster = with_cell("lmu", cell_options={"order": 6}).fit(PANEL)
    forecaster.save_model(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.get_params()["cell_options"] == {"order": 6}
    pd.testing.assert_frame_equal(loaded.predict(), forecaster.predict(), check_exact=True)


def test_options_reach_the_network() -> None:
    forecaster = with_cell("gru", cell_options={"recurrent_dropout": 0.5}, random_state=1)
    forecaster.fit(PANEL)
    network = forecaster.config_.network
    assert network.options.recurrent_dropout == 0.5
    plain = with_cell("gru", random_state=1).fit(PANEL)
    assert not np.allclose(forecaster.predict(), plain.predict())


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"cell": "lsmt"}, InputError, "cell must be one of .*'lstm'.*got 'lsmt'"),
        ({"cell": 3}, InputError, "cell must be one of .*got 3"),
        ({"cell": ["gru"]}, InputError, "cell must be one of .*got \\['gru'\\]"),
        (
            {"cell": "gru", "cell_options": {"order": 3, "a": 1}},
            InputError,
            "the cell 'gru' has the options \\['recurrent_dropout'\\]; got \\['a', 'order'\\]",
        ),
        (
            {"cell_options": {"recurrent_dropout": 1.0}},
            InputError,
            "recurrent_dropout must be at least 0 and below 1; got 1.0",
        ),
        ({"cell_options": "fast"}, InputTypeError, "cell_options must be a dict.*got 'fast'"),
        ({"cell_options": {3: 1}}, InputError, "got \\['3'\\]"),
    ],
)
def test_what_is_wrong_is_refused(
    settings: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        small(horizon=3, **settings).fit(PANEL)


def test_another_cell_than_the_trained_networks_trains_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    forecaster = ESRNN(
        cell="gru", n_members=1, n_epochs=1, n_jobs=1, verbose=1, hidden_size=None, horizon=3
    )
    forecaster.fit(PANEL)
    assert forecaster.strategy_ == "train"
    told = capsys.readouterr().out
    assert "networks are trained on these series (they have cell='lstm'; got cell='gru'" in told
    with pytest.raises(InputError, match="they have cell='lstm'; got cell='gru'"):
        ESRNN(cell="gru", strategy="zero_shot").fit(PANEL, fh=[1])
