"""Training one member: repeatable, learning, loud when it diverges."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import SmoothingConfig
from esrnn.errors import TrainingError
from esrnn.model import HybridModel
from esrnn.panel import Panel
from esrnn.smoothing import PreparedPanel, fit_smoothing
from esrnn.training import History, Job, member_quantiles
from esrnn.training.compiled_step import CompiledStep
from esrnn.training.initial import initial_model
from esrnn.training.loop import Clock, run_epoch
from esrnn.training.problem import TrainingProblem
from esrnn.training.state import TrainingState
from tests.hybrids import random_panel, small_config
from tests.training.members import QUICK, assert_same, config, example, forecast, same, train


class TestRepeatable:
    def test_one_seed_gives_the_same_bits(self):
        settings = config(dropout=0.3, calibration=0.5, training_window=9, origin_step=2)
        panel = example()
        one = train(panel, settings, seed=5)
        torch.manual_seed(999)  # whatever the caller did in between
        np.random.default_rng().normal(size=3)
        two = train(panel, settings, seed=5)
        assert_same(one, two)
        assert_array_equal(one.holdout.scores, two.holdout.scores)
        assert_array_equal(forecast(panel, one), forecast(panel, two))

    def test_another_seed_gives_another_member(self):
        panel = example()
        one, two = (train(panel, config(), seed=seed) for seed in (5, 6))
        assert not same(one, two)
        assert not np.array_equal(forecast(panel, one), forecast(panel, two))

    def test_the_callers_generators_and_threads_are_left_alone(self):
        panel, settings = example(), config(dropout=0.3)
        before = torch.get_num_threads()
        try:
            torch.set_num_threads(2)
            state, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
            for learning_rate in (1e-2, 1e30):  # the second one diverges
                try:
                    train(panel, replace(
                        settings, training=replace(QUICK, learning_rate=learning_rate)
                    ))  # fmt: skip
                except TrainingError:
                    assert learning_rate > 1.0
                assert torch.get_num_threads() == 2
                assert torch.equal(torch.get_rng_state(), state)
                assert_array_equal(np.random.get_state()[1], numpys)  # noqa: NPY002
        finally:
            torch.set_num_threads(before)

    def test_the_fit_and_the_panel_are_left_alone(self):
        panel, settings = example(), config()
        fit = fit_smoothing(panel, settings.smoothing)
        rows, values = fit.rows.copy(), panel.values.copy()
        train(panel, settings, fit=fit)
        assert_array_equal(fit.rows, rows)
        assert_array_equal(panel.values, values)

    def test_nothing_is_printed_or_written(self, capfd, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        train(example(), config())
        assert capfd.readouterr() == ("", "")
        assert list(tmp_path.iterdir()) == []


class TestLearning:
    @pytest.mark.parametrize("loss", ["owa", "smape", "mase", "pinball", "log_pinball"])
    def test_loss_goes_down(self, loss):
        panel = example(lengths=[40] * 6)
        member = train(panel, config(loss=loss, n_epochs=8))
        assert len(member.history.losses) == 8
        assert member.history.losses[-1] < 0.9 * member.history.losses[0]

    def test_a_pattern_that_smoothing_cannot_know_is_learnt(self):
        """Series that bounce back: after every high value comes a low one."""
        t = np.arange(60)
        parts = [50.0 + 10.0 * (-1.0) ** (t + k) + 0.1 * k for k in range(8)]
        panel = Panel.from_arrays([part[:54] for part in parts])
        settings = replace(
            small_config(periods=(), training=replace(QUICK, n_epochs=30, learning_rate=2e-2))
        )
        middle = forecast(panel, train(panel, settings))[1]
        actual = np.array([part[54:57] for part in parts])
        assert np.abs(middle - actual).mean() < 2.0  # smoothing's flat forecast misses by 10

    def test_series_parameters_move_by_their_own_rate_and_stay_without_one(self):
        panel = example()
        fit = fit_smoothing(panel, config().smoothing)
        still = train(panel, config(series_learning_rate=0.0), fit=fit)
        assert_array_equal(still.smoothing.rows, fit.rows)
        slow = train(panel, config(series_learning_rate=1e-3, schedule="constant"), fit=fit)
        moved = np.abs(slow.smoothing.rows - fit.rows)[:, :2]
        assert moved[:5].max() == pytest.approx(2e-3, rel=0.2)  # two epochs
        assert moved[:5].min() > 0.0

    @pytest.mark.parametrize(("penalty", "size"), [(0.0, 1.0), (20.0, 1.0), (0.0, 1e-6)])
    def test_series_rate_does_not_depend_on_the_batch_size(self, penalty, size, monkeypatch):
        """Nor where gradients are so small that Adam's epsilon counts."""
        proper = HybridModel.loss
        monkeypatch.setattr(HybridModel, "loss", lambda *args: proper(*args) * size)
        panel = random_panel(3, [30] * 8)
        fit = fit_smoothing(panel, config().smoothing)
        moves = [
            train(
                panel, fit=fit,
                settings=config(
                    batch_size=batch_size, learning_rate=1e-12, series_learning_rate=1e-3,
                    n_epochs=3, schedule="constant", level_penalty=penalty,
                ),
            ).smoothing.rows - fit.rows
            for batch_size in (1, 3, 8)
        ]  # fmt: skip
        assert np.abs(moves[0]).max() > 5e-4
        for other in moves[1:]:
            assert_allclose(other, moves[0], rtol=0.05, atol=2e-4 * min(size * 1e5, 1.0))

    def test_dropout_is_on_in_training_and_off_in_forecasts(self):
        panel = example()
        with_dropout, without = (train(panel, config(dropout=share)) for share in (0.5, 0.0))
        assert not same(with_dropout, without)
        assert_array_equal(forecast(panel, with_dropout), forecast(panel, with_dropout))

    def test_schedule_and_callback(self):
        panel, seen = example(), []
        member = train(panel, config(n_epochs=3), on_epoch=seen.append)
        assert [(e.number, e.loss) for e in seen] == list(enumerate(member.history.losses, start=1))
        assert [e.gradient_norm for e in seen] == list(member.history.gradient_norms)
        constant = train(panel, config(n_epochs=3, schedule="constant"))
        assert not same(member, constant)

    def test_member_holds_copies(self):
        panel = example()
        member = train(panel, config())
        before = forecast(panel, member)
        model = member.network.model()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
        assert not model.training
        assert_array_equal(forecast(panel, member), before)


class TestDivergence:
    def test_an_absurd_learning_rate_is_named(self):
        where = r"in epoch \d, step \d of member 1 of 1 \(cell 'lstm', learning_rate 1e\+30\)"
        with pytest.raises(TrainingError, match=where + r", for \d series: 'series.*another cell"):
            train(example(), config(learning_rate=1e30, n_epochs=5))

    @pytest.mark.parametrize("cell", ["lstm", "cnn"])
    def test_a_last_step_that_ruins_the_network_is_noticed(self, cell):
        found = f"forecasts overflow after epoch 1 of member 1 of 1 .cell '{cell}'"
        settings = config(learning_rate=1e8, n_epochs=1, batch_size=6)
        network = replace(settings.network, cell=cell)
        with pytest.raises(TrainingError, match=found):
            train(random_panel(0, [30] * 6), replace(settings, network=network))

    def test_an_absurd_series_learning_rate_is_named(self):
        with pytest.raises(TrainingError, match=r"Lower learning_rate or series_learning_rate"):
            train(example(), config(series_learning_rate=1e5, n_epochs=5))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_epoch_and_series_are_named(self, monkeypatch, value):
        """Two series go wrong in epoch 2; their batch mates are not to blame."""
        panel = random_panel(0, [30] * 6)
        lost = [float(panel.series(i)[0]) for i in (1, 4)]
        proper, epoch = HybridModel.windows_and_targets, []

        def broken(self, batch, *rest):
            windows, targets = proper(self, batch, *rest)
            bad = torch.from_numpy(np.isin(batch.values[batch.indptr[:-1]], lost))
            weight = torch.where(bad & bool(epoch), value, targets.mase_weight)
            return windows, targets._replace(mase_weight=weight)

        monkeypatch.setattr(HybridModel, "windows_and_targets", broken)
        monkeypatch.setattr(CompiledStep, "is_possible", lambda *_: False)
        with pytest.raises(TrainingError) as caught:
            train(
                panel, config(n_epochs=4, batch_size=6), on_epoch=epoch.append
            )  # fmt: skip
        names = (
            r"not finite in epoch 2, step 1 .*, for 2 series: 'series (\d)'; 'series (\d)'\. Lower"
        )
        assert set(re.search(names, str(caught.value)).groups()) == {"1", "4"}

    def test_a_gradient_that_is_not_finite_stops_it_too(self, monkeypatch):
        proper = HybridModel.windows_and_targets

        def broken(self, batch, rows, *rest):
            windows, targets = proper(self, batch, rows, *rest)
            nothing = (rows * 0.0).sqrt().sum()  # of infinite slope
            return windows, targets._replace(mase_weight=targets.mase_weight + nothing.float())

        monkeypatch.setattr(HybridModel, "windows_and_targets", broken)
        monkeypatch.setattr(CompiledStep, "is_possible", lambda *_: False)
        with pytest.raises(TrainingError, match="in epoch 1, step 1 of"):
            train(example(), config())


HOSTILE = [
    [3.0], [0.0], [3.0, 4.0], [3.0, 4.0, 2.0], [7.0] * 30, [0.0] * 30, [-7.0] * 30,
    [1.0, 0.0, 0.0] * 10, [5.0, np.nan, 6.0, np.nan, np.nan, 7.0] * 5,
    [-5.0, np.nan, 6.0, np.nan, np.nan, 7.0] * 5, [5.0, 4.0, 6.0, *[np.nan] * 27],
    np.arange(-15.0, 15.0), np.arange(1.0, 31.0) * 1e25, [*[1.0] * 20, 1e9, *[1.0] * 9],
]  # fmt: skip


@pytest.mark.parametrize(
    "training",
    [
        {},
        {"patience": 2},
        {"calibration": 0.5, "training_window": 4, "origin_step": 3},
        {"loss": "log_pinball"},
        {"level_penalty": 0.0},
        {"level_penalty": 0.0, "loss": "smape", "training_window": 4},
    ],
)
def test_bad_series_train_and_are_forecast(training):
    panel = Panel.from_arrays(HOSTILE)
    member = train(panel, config(**{"level_penalty": 1.0, **training}))
    assert np.isfinite(member.history.losses).all()
    assert np.isfinite(member.smoothing.rows).all()
    assert np.isfinite(forecast(panel, member)).all()


def test_a_series_of_one_observation_is_not_trained_but_forecast():
    panel, settings = example(), config()
    fit = fit_smoothing(panel, settings.smoothing)
    member = train(panel, settings, fit=fit)
    assert panel.lengths[-1] == 1
    assert_array_equal(member.smoothing.rows[-1], fit.rows[-1])
    assert np.isfinite(forecast(panel, member)[:, -1]).all()


def test_series_of_one_observation_do_not_thin_out_the_loss():
    still = config(loss="mase", batch_size=1, learning_rate=1e-12, series_learning_rate=0.0)
    panel = random_panel(0, [30] * 12)
    longer = Panel.from_arrays([*(panel.series(i) for i in range(12)), [3.0]])
    one, two = (train(p, still).history.losses[0] for p in (panel, longer))
    assert two == pytest.approx(one, rel=0.02)  # the fits' prior differs a little


def test_some_series_are_forecast_as_among_all():
    panel = example()
    member = train(panel, config())
    fit = fit_smoothing(panel, member.config.smoothing)
    data = PreparedPanel.of(panel, fit, 4)
    some = np.array([4, 0, 6])
    assert_allclose(
        member_quantiles(member, data, some), forecast(panel, member)[:, some], rtol=1e-4
    )


@pytest.mark.gpu
@pytest.mark.parametrize("seasonality", ["auto", "additive"])
def test_cpu_and_gpu_agree(seasonality):
    """Same seed, same batches; sums in another order, and in TF32, make the difference."""
    panel = example(lengths=[60] * 12)
    settings = config(seasonality=seasonality, n_epochs=3, learning_rate=3e-3)
    by_device = {}
    for device in ("cpu", "cuda"):
        member = train(panel, settings, device=device)
        by_device[device] = (member, forecast(panel, member, device=device))
    (cpu, on_cpu), (_, on_gpu) = by_device["cpu"], by_device["cuda"]
    size = np.abs(on_cpu).mean(axis=(0, 2), keepdims=True)
    assert_allclose(on_gpu / size, on_cpu / size, atol=0.02)
    # One member, forecast on either device.
    assert_allclose(forecast(panel, cpu, device="cuda") / size, on_cpu / size, atol=5e-3)


def test_a_level_that_is_not_smoothed_stays_so():
    settings = config()
    smoothing = SmoothingConfig((), scale_lag=4, level="last")
    settings = replace(settings, smoothing=smoothing)
    panel = example()
    member = train(panel, settings)
    assert_array_equal(member.smoothing.rows, fit_smoothing(panel, smoothing).rows)
    assert np.isfinite(forecast(panel, member)).all()


def test_an_epoch_trains_on_the_batches_that_it_is_given():
    """As one of several processes would, each with its share of the series."""
    panel, settings = example(), config(n_epochs=1)
    job = Job(panel, fit_smoothing(panel, settings.smoothing), settings, seed=3)
    rng = np.random.default_rng(3)
    problem = TrainingProblem(job, rng)
    generator = torch.Generator().manual_seed(3)
    state = TrainingState(problem, initial_model(job, generator), rng, generator)
    batches = problem.draw_batches(rng)
    assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2, 3, 4, 5]  # not the single value
    loss, norm = run_epoch(state, batches[:1], 1, Clock())
    assert np.isfinite([loss, norm]).all()
    rows = state.member(History()).smoothing.rows
    moved = np.flatnonzero((rows != job.fit.rows).any(axis=1))
    assert moved.tolist() == sorted(batches[0].tolist())
