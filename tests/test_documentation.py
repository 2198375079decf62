"""The documentation site is built, and each link within it leads to a page or a heading."""

from __future__ import annotations

import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from rigs import RigError
from rigs.browser import OpenedPage, open_page
from support.catalogues import all_messages
from support.equipment import lacking

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    done = subprocess.run(
        [*command, "--builder", "html", ROOT / "docs", directory],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return directory


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and remembers what is missing."""

    missing: list[str]

    def send_error(self, code: int, *args: object, **named: object) -> None:
        if self.path != "/favicon.ico":
            self.missing.append(self.path)
        self.send_response(code)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    missing: list[str] = []
    handler = type("Handler", (_Handler,), {"missing": missing})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(handler, directory=str(site))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    assert missing == []


def in_browser(url: str) -> OpenedPage:
    try:
        return open_page(url)
    except RigError as error:
        lacking(str(error))


@pytest.mark.integration
def test_the_site_in_a_browser(address: str) -> None:
    page = in_browser(f"{address}/index.html")
    assert page.console == ()
    assert "Your first executable" in page.document
    # The results are made by scripts, out of the index.
    found = in_browser(f"{address}/search.html?q=relocation")
    assert found.console == ()
    assert 'href="how-bytecode-relocation-works.html"' in found.document


class _Page(HTMLParser):
    """The links of a page, and the places that links can lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.add(value)
            if value and name == "id":
                self.places.add(value)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.integration
def test_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    assert len(pages) > 30
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            fragment = unquote(parts.fragment)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            has_place = target not in pages or fragment in {"", *pages[target].places}
            if not target.is_file() or not has_place:
                broken.append((path.name, link))
    assert broken == []


@pytest.mark.integration
def test_options_and_quotation_marks_are_as_they_are_written(site: Path) -> None:
    page = _Page((site / "errors.html").read_text(encoding="utf-8"))
    shown = " ".join(page.text.split())
    remedies = [message.value.remedy for message in all_messages()]
    with_signs = [text for text in remedies if "--" in text or '"' in text]
    assert len(with_signs) > 50
    for text in with_signs:
        written = text.replace("{{", "{").replace("}}", "}").replace("`", "")
        assert written in shown


def test_every_page_is_in_the_contents() -> None:
    contents = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages <= set(contents)


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
def test_links_from_the_root(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        assert link.startswith("http") or (ROOT / link).exists(), link
