import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, InputTypeError
from esrnn.plotting import plot_training
from tests.plotting.drawn import legend_of, lines_of, ticks_of, titles_of


def history(n_members: int, n_epochs: int, *, val_owa: bool = True) -> pd.DataFrame:
    """Make members that stop one epoch after another."""
    parts = []
    for k in range(n_members):
        epoch = np.arange(1, n_epochs + 1 - k % 3)
        parts.append(
            pd.DataFrame(
                {
                    "member": k,
                    "epoch": epoch,
                    "loss": 1.0 / epoch + k,
                    "val_owa": (epoch - 4.0) ** 2 + k if val_owa else np.nan,
                    "gradient_norm": 100.0 ** (1.0 / epoch),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_a_line_for_each_member_in_each_panel(tmp_path: Path) -> None:
    frame = history(3, 8)
    figure = plot_training(frame)
    assert titles_of(figure) == [
        "training loss", "OWA on held-back horizons", "norm of the gradient",
    ]  # fmt: skip
    for ax, column in zip(figure.axes, ("loss", "val_owa", "gradient_norm"), strict=True):
        lines = lines_of(ax)
        for k in range(3):
            own = frame.loc[frame["member"] == k, column]
            np.testing.assert_array_equal(lines[f"member {k}"], own)
    assert legend_of(figure) == ["member 0", "member 1", "member 2", "best epoch"]
    assert figure.axes[2].get_yscale() == "log"
    assert {ax.get_xlabel() for ax in figure.axes} == {"epoch"}
    figure.savefig(tmp_path / "training.png")


def test_the_best_epoch_is_marked() -> None:
    _, val_owa, _ = plot_training(history(2, 8)).axes
    marks = [line for line in val_owa.lines if "best epoch" in str(line.get_label())]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(4, 0.0), (4, 1.0)]


def test_columns_without_numbers_are_left_out() -> None:
    figure = plot_training(history(2, 5, val_owa=False))
    assert titles_of(figure) == ["training loss", "norm of the gradient"]
    assert "best epoch" not in legend_of(figure)
    with pytest.raises(InputError, match="all are NaN"):
        plot_training(history(1, 2).assign(loss=np.nan, val_owa=np.nan, gradient_norm=np.nan))


def test_many_members_are_drawn_alike_with_their_mean() -> None:
    frame = history(12, 6)
    figure = plot_training(frame)
    assert legend_of(figure) == ["each member", "mean of those still training", "best epoch"]
    mean = lines_of(figure.axes[0])["mean of those still training"]
    np.testing.assert_allclose(mean, frame.groupby("epoch")["loss"].mean())
    assert len({line.get_color() for line in figure.axes[0].lines}) == 2


def test_a_single_epoch_is_a_point() -> None:
    ax = plot_training(history(1, 1)).axes[0]
    assert ticks_of(ax) == ["1"]
    assert ax.lines[0].get_marker() == "o"


def test_one_member_needs_no_legend() -> None:
    assert legend_of(plot_training(history(1, 5, val_owa=False))) == []


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputTypeError, match=r"must be a data frame as ESRNN\.training_history"):
        plot_training([0.1, 0.2])
    with pytest.raises(InputError, match=re.escape("got 2 rows, without ['loss']")):
        plot_training(history(1, 2).drop(columns="loss"))
    with pytest.raises(InputError, match="got 0 rows"):
        plot_training(history(1, 2).iloc[:0])
