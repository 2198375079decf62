"""The progress that the command line prints of a build that takes hours."""

from __future__ import annotations

import os
import select
import sys
import time

import pytest

from sealift.cli import progress
from sealift.model import Unit


def test_without_a_terminal_progress_is_printed_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.observing(quiet=False, at_length=True) as observer:
        observer.stage("compiling", 300)
        for _ in range(150):
            now[0] += 1
            observer.advance(1)
    assert capsys.readouterr().err == (
        "compiling\n  61 of 300, about 4 minutes left\n  122 of 300, about 3 minutes left\n"
    )


def test_without_a_terminal_a_download_says_when_it_begins_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.observing(quiet=False) as observer:
        observer.stage("asking")
        observer.stage("fetching Node", unit=Unit.DOWNLOADED)
        observer.advance(58_200_000)
        now[0] += 34
        observer.stage("packing", 20)
    assert capsys.readouterr().err == "fetching Node\n  58.2 MB in 34 s\n"


def test_only_downloads_are_announced_but_all_bytes_are_megabytes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_SECONDS_UNTIL_LINE", 600.0)
    with progress.observing(quiet=False) as observer:
        observer.stage("assembling", 254_000_000, unit=Unit.BYTES)
        observer.advance(254_000_000)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "_SECONDS_UNTIL_LINE", 0.05)
    said = ""
    with progress.observing(quiet=False) as observer:
        observer.stage("assembling", 254_000_000, unit=Unit.BYTES)
        observer.advance(113_500_000)
        while "so far" not in said:
            said += capsys.readouterr().err
    assert "113.5 of 254.0 MB in 0 s so far" in said


def test_without_a_terminal_what_takes_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_SECONDS_UNTIL_LINE", 0.05)
    monkeypatch.setattr(progress.time, "monotonic", lambda: 1000.0)
    # A list, as capturing standard error may lose what another thread writes while it is read.
    lines: list[str] = []
    monkeypatch.setattr(progress, "say", lines.append)
    with progress.observing(quiet=False) as observer:
        observer.stage("asking the registry")
        while lines.count("  0 s so far") < 2:
            time.sleep(0.01)
        observer.stage("fetching Node", 50_000_000, unit=Unit.DOWNLOADED)
        observer.advance(12_300_000)
        while "  12.3 of 50.0 MB in 0 s so far" not in lines:
            time.sleep(0.01)
    assert lines[:2] == ["asking the registry", "  0 s so far"]
    assert lines.count("asking the registry") == lines.count("fetching Node") == 1
    assert lines[-1] == "  12.3 MB in 0 s"


@pytest.mark.parametrize(("quiet", "at_length"), [(True, True), (False, False)])
def test_otherwise_nothing_is_printed(
    capsys: pytest.CaptureFixture[str], quiet: bool, at_length: bool
) -> None:
    with progress.observing(quiet=quiet, at_length=at_length) as observer:
        observer.stage("compiling", 300)
        observer.advance(300)
    assert capsys.readouterr().err == ""


def read_until(controller: int, *last: str) -> str:
    """Read what was written to a terminal up to some words; it does not arrive all at once."""
    said = b""
    while not all(word.encode() in said for word in last):
        assert select.select([controller], [], [], 20)[0], said
        said += os.read(controller, 1 << 16)
    return said.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="missing: pseudo-terminals")
def test_on_a_terminal_long_lines_are_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = f"/cache/{'directory/' * 12}build.log"
    controller, terminal = os.openpty()
    with os.fdopen(terminal, "w") as stderr, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stderr)
        patched.setenv("TERM", "xterm")
        patched.setenv("COLUMNS", "80")
        with progress.observing(quiet=False, at_length=True) as observer:
            observer.stage(f"Node takes long; log: {log}")
            observer.stage("compiling Node", 300)
            observer.advance(150)
        stderr.flush()
        said = read_until(controller, " 50%", "left:")
    os.close(controller)
    assert f"Node takes long; log: {log}\r\n" in said
    assert "compiling Node\r\n" in said
