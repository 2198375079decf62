"""What the command line says of a build that takes hours."""

from __future__ import annotations

import pytest

from sealift.cli import progress


def test_without_a_terminal_stages_are_lines_and_progress_is_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.observing(quiet=False, at_length=True) as observer:
        observer.stage("compiling", 300)
        for _ in range(150):
            now[0] += 1
            observer.advance(1)
    assert capsys.readouterr().err == "compiling\n  61 of 300\n  122 of 300\n"


@pytest.mark.parametrize(("quiet", "at_length"), [(True, True), (False, False)])
def test_otherwise_nothing_is_said(
    capsys: pytest.CaptureFixture[str], quiet: bool, at_length: bool
) -> None:
    with progress.observing(quiet=quiet, at_length=at_length) as observer:
        observer.stage("compiling", 300)
        observer.advance(300)
    assert capsys.readouterr().err == ""
