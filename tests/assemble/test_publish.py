"""Outputs are replaced all together, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from sealift.assemble.publish import publish_all
from sealift.assemble.temporary import temporary
from sealift.errors import OutputError


def publish(outputs: list[Path]) -> None:
    with ExitStack() as stack:
        files = [stack.enter_context(temporary(output)) for output in outputs]
        for file in files:
            file.path.write_text("new")
        if outputs[-1].name == "blocked":
            outputs[-1].mkdir()  # after its temporary file was made
        publish_all(files)


def content_of(directory: Path) -> dict[str, str]:
    return {
        path.name: path.read_text() if path.is_file() else "directory"
        for path in directory.iterdir()
    }


def test_all_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    publish([tmp_path / "a", tmp_path / "b"])
    assert content_of(tmp_path) == {"a": "new", "b": "new"}


def test_a_failure_restores_what_was_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(OutputError):
        publish([tmp_path / "a", tmp_path / "b", tmp_path / "blocked"])
    assert content_of(tmp_path) == {"a": "old", "blocked": "directory"}


def test_a_symbolic_link_is_restored_as_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "a").symlink_to("target")
    with pytest.raises(OutputError):
        publish([tmp_path / "a", tmp_path / "blocked"])
    assert (tmp_path / "a").is_symlink()
    assert content_of(tmp_path) == {"a": "old", "target": "old", "blocked": "directory"}


INTERRUPTED = """
import os, signal, sys
from contextlib import ExitStack
from pathlib import Path
from sealift.assemble.publish import publish_all
from sealift.assemble.temporary import Temporary, temporary
from sealift.cli.interruption import ended_by_signals

publish = Temporary.publish
def publish_and_interrupt(file):
    publish(file)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
Temporary.publish = publish_and_interrupt

with ended_by_signals(), ExitStack() as stack:
    files = [stack.enter_context(temporary(Path(output))) for output in sys.argv[1:]]
    for file in files:
        file.path.write_text("new")
    publish_all(files)
    print("not ended")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="missing: POSIX signals")
def test_a_signal_waits_until_all_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("old")
    outputs = [str(tmp_path / name) for name in "abc"]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *outputs], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "")
    assert done.stderr == "\nTerminated; no incomplete file was left behind.\n"
    assert content_of(tmp_path) == {"a": "new", "b": "new", "c": "new"}


def test_a_replaced_output_has_no_second_name_left(tmp_path: Path) -> None:
    output = tmp_path / "app"
    output.write_bytes(b"old")
    output.chmod(0)  # it cannot be opened by others than root; it is removed all the same
    with temporary(output) as file:
        os.write(file.descriptor, b"new")
        publish_all([file])
    assert [path.name for path in tmp_path.iterdir()] == ["app"]
    assert output.read_bytes() == b"new"
