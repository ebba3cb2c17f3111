"""The page of a report: all that it says, nothing loaded from elsewhere, text escaped."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import FileError
from esrnn.reports import check, write_report_page

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")


class _Links(HTMLParser):
    """Collect what a page loads, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loaded += [str(values[name]) for name in ("src", "href") if name in values]

    def handle_data(self, data: str) -> None:
        self.text += data


def _frame() -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=60, freq="D", tz="Europe/Berlin")
    values = 5.0 + np.random.default_rng(0).normal(size=60)
    values[40] = 500.0
    one = pd.DataFrame({"unique_id": "<b>", "ds": days, "y": values})
    two = one.assign(unique_id="short", y=np.inf).head(3)
    return pd.concat([one, two, one.assign(unique_id="early").head(20)])


def test_a_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report_page(check(_frame()), str(path), "A & B")
    content = path.read_text(encoding="utf-8")
    page = _Links()
    page.feed(content)
    assert all(link.startswith("#") for link in page.loaded)
    assert "<b>:" not in content
    for text in ("A & B", "1 of 3 series would be refused", "Europe/Berlin", "<b>: 2024-02-10",
                 "values must be finite", "short: 2024-01-01", "20 to 60 steps"):  # fmt: skip
        assert text in page.text, text
    assert content.count("<svg") == 3
    again = tmp_path / "again.html"
    write_report_page(check(_frame()), str(again), "A & B")
    assert again.read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    ("frame", "n_pictures"),
    [
        (pd.DataFrame({"unique_id": ["a"], "ds": [1], "y": [np.inf]}), 0),
        (pd.DataFrame({"unique_id": ["a"] * 3, "ds": [1, 2, 3], "y": [1.0, 2.0, 3.0]}), 1),
        (pd.DataFrame({"unique_id": ["a"] * 99 + ["b"], "ds": [*range(99), 3], "y": 1.0}), 2),
        (
            pd.DataFrame(
                {
                    "unique_id": ["a", "a", "b"],
                    "ds": pd.PeriodIndex(["2024-01", "2024-02", "2024-01"], freq="M"),
                    "y": 1.0,
                }
            ),
            2,
        ),
    ],
)
def test_pages_of_small_data(frame: pd.DataFrame, n_pictures: int, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report_page(check(frame), str(path))
    assert path.read_text(encoding="utf-8").count("<svg") == n_pictures


def test_a_page_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a folder of this name"):
        write_report_page(check(_frame()), str(tmp_path))
