"""The bytes that another program has written so far."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sealift.tools.arriving_files import ArrivingFiles
from sealift.tools.subprocesses import CommandError, run

WRITER = """
import pathlib, sys, time
for size in (1000, 5000, 2000, 70000):
    pathlib.Path(sys.argv[1], "folder", "file").write_bytes(bytes(size))
    time.sleep(0.2)
"""


def test_growth_is_reported_and_shrinking_is_not(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    arrived: list[int] = []
    count = ArrivingFiles(tmp_path, arrived.append)
    count()
    for size in (1000, 5000, 2000, 7000):
        (tmp_path / "folder" / "file").write_bytes(bytes(size))
        count()
    assert arrived == [1000, 4000, 2000]


def test_a_program_is_followed_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealift.tools.subprocesses._SECONDS_BETWEEN_CALLS", 0.05)
    (tmp_path / "folder").mkdir()
    arrived: list[int] = []
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    run(command, meanwhile=ArrivingFiles(tmp_path, arrived.append))
    assert len(arrived) > 1
    assert sum(arrived) == 70_000


def test_a_program_that_is_followed_has_a_time_limit() -> None:
    with pytest.raises(CommandError, match="no answer within 1 seconds"):
        run(
            [sys.executable, "-c", "import time; time.sleep(60)"], seconds=1, meanwhile=lambda: None
        )
