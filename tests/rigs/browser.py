"""A real browser without a window: Debian's Chromium."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass

from rigs.cache import RigError
from rigs.machine import bare_environment, complete

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    # It contacts no server but the one of the page.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=10000",  # milliseconds of the page's own clock, which runs ahead
    "--enable-logging=stderr",
)
_CONSOLE = re.compile(r'CONSOLE[^"]*"(.*?)", source: ', re.DOTALL)


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page after its scripts have run: its document, and what it wrote to the console."""

    document: str
    console: tuple[str, ...]


def open_page(url: str) -> OpenedPage:
    """Open a page; raise RigError if there is no browser, or if it fails."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise RigError("a browser: Debian's chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *_OPTIONS, f"--user-data-dir={profile}", "--dump-dom", url]
        done = complete(command, cwd=None, env=bare_environment({"HOME": profile}), timeout=120)
    if done.code != 0 or "</html>" not in done.stdout:
        raise RigError(f"{program} ended with code {done.code}: {done.stderr[-400:]}")
    return OpenedPage(done.stdout, tuple(_CONSOLE.findall(done.stderr)))
