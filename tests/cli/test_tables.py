"""The tables of `sealift inspect`, `size` and `diff`."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from sealift.cli.tables import print_table

PATH = "app/node_modules/" + "a-package/" * 9 + "index.js"


def printed(capsys: pytest.CaptureFixture[str], head: str, cell: str) -> str:
    print_table((head, "size"), [(cell, "1.0 kB")])
    return capsys.readouterr().out


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))


@pytest.mark.parametrize("head", ["file", "largest files"])
def test_a_path_keeps_its_end_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], head: str
) -> None:
    on_terminal(monkeypatch)
    lines = printed(capsys, head, PATH).splitlines()
    assert {len(line) for line in lines[1:]} == {80}
    shown = lines[-1].split()[0]
    assert shown.startswith("...")
    assert PATH.endswith(shown.removeprefix("..."))


def test_what_is_not_a_path_is_complete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_terminal(monkeypatch)
    assert PATH in printed(capsys, "package", PATH)


def test_without_a_terminal_paths_are_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert PATH in printed(capsys, "file", PATH)
