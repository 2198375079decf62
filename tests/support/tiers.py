"""The three tiers of tests, and what keeps the first of them off the network.

``unit``
    Needs no network and no set-up. The default of ``dev.py check``.
``integration``
    Uses real Node binaries, npm packages, compilers or registries, or takes long. A test that
    requests the fixture `equipment`, directly or through another fixture, is one without a mark.
``rigs``
    Runs executables on an emulated machine. Marked by hand.

A plugin that ``tests/conftest.py`` loads. Each test gets the mark of exactly one tier.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

TIERS = ("unit", "integration", "rigs")

_ROOT = Path(__file__).resolve().parents[2]
_FORBIDDEN: list[str] = []  # holds the unit test that runs now
_LOCAL_NAMES = {"localhost", "", None}


def tier_of(item: pytest.Item) -> str:
    """Return the tier of a test: its mark, or what its fixtures imply."""
    for tier in reversed(TIERS):
        if item.get_closest_marker(tier):
            return tier
    if item.get_closest_marker("registry") or item.get_closest_marker("corpus"):
        return "integration"
    return "integration" if "equipment" in getattr(item, "fixturenames", ()) else "unit"


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its tier."""
    for item in items:
        tier = tier_of(item)
        if not item.get_closest_marker(tier):
            item.add_marker(tier)


def pytest_configure() -> None:
    """Undo what the shell that started the tests passes on to programs that tests start.

    Those that are Python import the same sealift as the tests.
    """
    # A shell ignores SIGINT for its background jobs, and ignored signals stay ignored in children.
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o022)
    paths = [str(_ROOT / "src"), str(_ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, dict.fromkeys(paths)))
    sys.addaudithook(_refuse_network)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many seconds the tests of each tier took, summed over all processes."""
    seconds: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                # In this order: the folder `rigs` is a keyword of the tests in it.
                tier = next((tier for tier in TIERS if tier in report.keywords), "")
                seconds[tier] = seconds.get(tier, 0) + report.duration
    took = ", ".join(f"{tier} {seconds[tier]:.0f} s" for tier in TIERS if tier in seconds)
    terminalreporter.write_line(f"time in tests: {took}")


@pytest.fixture(autouse=True)
def unit_isolation(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Refuse a unit test the network, the developers' cache and the user's cache.

    The children of a test inherit a proxy that nothing listens at.
    """
    if tier_of(request.node) != "unit":
        yield
        return
    empty = tmp_path_factory.getbasetemp() / "no-cache"
    for name in ("SEALIFT_DEV_CACHE", "SEALIFT_CACHE"):
        monkeypatch.setenv(name, str(empty))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    _FORBIDDEN.append(request.node.nodeid)
    yield
    _FORBIDDEN.pop()


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """Raise at an address that is not this machine's own, while a unit test runs."""
    if not _FORBIDDEN or not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path: AF_UNIX
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host not in _LOCAL_NAMES and not _is_loopback(str(host)):
        raise RuntimeError(f"{_FORBIDDEN[-1]} is a unit test and asks for {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
