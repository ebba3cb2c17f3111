"""The picture of what is inside every cell."""

import numpy as np

from docs.cell_gallery import draw, look_inside, series


def test_a_row_shows_a_network_before_and_after_training() -> None:
    y = series(3)
    pairs = {cell: look_inside(cell, y, n_epochs=2) for cell in ("gru", "mlp")}
    for before, after in pairs.values():
        assert before.found.cell == after.found.cell
        assert before.weights.shape == after.weights.shape
        assert 1e-4 < np.abs(before.weights - after.weights).max() < 1.0
    figure = draw(pairs)
    rows = np.array(figure.axes).reshape(2, 4)
    assert [ax.get_ylabel() for ax in rows[:, 0]] == list(pairs)
    assert [len(ax.lines) > 0 for ax in rows[:, 2]] == [True, False]
    assert [text.get_text() for text in rows[1, 2].texts] == ["no gates"]
