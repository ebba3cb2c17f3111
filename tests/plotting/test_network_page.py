import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from esrnn.diagnostics import NetworkDiagnostics
from esrnn.plotting import write_diagnostics_page
from esrnn.plotting.svg import COLORS
from tests.diagnostics.made_up import GRU, layer_of, network_of

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Reads a page, holds to its tags being balanced, and collects what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def found() -> NetworkDiagnostics:
    return network_of(layer_of(0), layer_of(1, low={"forget": 0.64}), layer_of(2))


@pytest.fixture(scope="module")
def text(found: NetworkDiagnostics, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "network.html"
    assert write_diagnostics_page(found, path) == path
    return path.read_text(encoding="utf-8")


def test_it_loads_nothing(text: str) -> None:
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(page.tags)
    for name, value in page.attributes:
        if name in ("href", "xlink:href"):
            assert value is not None
            assert value.startswith("#")
        assert name not in ("src", "srcset")
    assert "http" not in text
    assert "@import" not in text
    assert set(re.findall(r"url\((.)", text)) <= {"#"}


def test_names_are_unique_and_known(text: str) -> None:
    page = Page(text)
    assert len(page.ids) == len(set(page.ids)) > 20
    used = {value[1:] for name, value in page.attributes if name == "href" and value}
    used |= set(re.findall(r"url\(#([^)]+)\)", text))
    assert used
    assert used <= set(page.ids)


def test_every_colour_is_known_on_light_and_dark_paper(text: str) -> None:
    style, _, body = text.partition("</style>")
    used = set(re.findall(r"var\(--([\w-]+)\)", body))
    assert {"blue", "orange", "green", "ink"} <= used
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    dark, _ = dark.split("* {", 1)
    for name in used | set(COLORS.values()):
        assert f"--{name}: #" in light
        assert f"--{name}: #" in dark
    assert not re.findall(r"#[0-9a-f]{6}\b", body)  # none is fixed
    for color, name in COLORS.items():
        assert name in ("ink", "soft") or f"--{name}: {color};" in light


def test_it_says_what_the_numbers_mean(text: str) -> None:
    words = "".join(Page(text).words)
    assert "Inside the network of member 2" in words
    assert "3 LSTM layers of 6 units, on 2 multiplicative series, 40 origins." in words
    assert "Worth a look: layer 2." in words
    assert "64% of forget gates are saturated shut" in words
    assert words.count("All 6 units take part.") == 3
    assert "Update gate" not in words


def test_a_picture_of_every_gate_of_every_layer(text: str) -> None:
    assert Page(text).tags.count("svg") == 2 + 3 * 5
    labels = re.findall(r'aria-label="([^"]+)"', text)
    assert "forget gate of layer 3" in labels
    assert all(re.findall(r'<svg viewBox="0 0 [\d.]+ [\d.]+" role="img"', text))


def test_the_numbers_of_each_gate(found: NetworkDiagnostics, text: str) -> None:
    own = found.layers[1].gates[1]
    row = re.search(r'<tr><th scope="row">forget</th>(.*?)</tr>', text.split("Layer 2")[1])
    assert row is not None
    cells = re.findall("<td>(.*?)</td>", row.group(1))
    assert cells[1] == "64.0%"
    assert cells[3] == f"{own.input_norm:.2f}"
    assert cells[-1] == f"{own.spectral_norm:.2f}"


def test_equal_findings_give_equal_pages(
    found: NetworkDiagnostics, text: str, tmp_path: Path
) -> None:
    again = write_diagnostics_page(found, str(tmp_path / "again.html"))
    assert again.read_text(encoding="utf-8") == text


def test_a_gru_has_gates_of_its_own(tmp_path: Path) -> None:
    path = write_diagnostics_page(network_of(layer_of(gates=GRU)), tmp_path / "gru.html")
    words = "".join(Page(path.read_text(encoding="utf-8")).words)
    assert "1 GRU layer of 6 units" in words
    assert "Reset gate" in words
    assert "Forget gate" not in words
