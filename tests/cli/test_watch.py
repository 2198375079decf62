"""``--watch`` builds again after a change of a file that the build has read."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rigs.machine import complete, host_target
from support.command_line import build_environment, command_line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="missing: POSIX signals")
SECONDS = 240
"""For one step; a build takes minutes on a busy machine."""


class Watching:
    """A process that watches ``app.js`` in a directory, and the lines that it prints."""

    def __init__(self, directory: Path, options: list[str]) -> None:
        target = "-".join(("node24", *host_target()))
        arguments = ("app.js", "--watch", "--run", "-t", target, "-o", "out/app", *options)
        self.process = subprocess.Popen(
            command_line(*arguments, "--", "first", "--second"),
            cwd=directory,
            env=build_environment({"PYTHONUNBUFFERED": "1"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip())

    def until(self, text: str) -> list[str]:
        """Return the lines up to one that contains a text."""
        found = []
        while True:
            try:
                found.append(self._lines.get(timeout=SECONDS))
            except queue.Empty:
                pytest.fail(f"{text!r} is not printed, but {found}")
            if text in found[-1]:
                return found

    def wait(self, *texts: str) -> list[str]:
        """Return the lines up to the last of some that are printed in any order."""
        missing, found = set(texts), []
        while missing:
            found.append(self._lines.get(timeout=SECONDS))
            missing -= {text for text in missing if text in found[-1]}
        return found


@pytest.fixture
def start(
    tmp_path: Path, binary_options: Callable[..., list[str]]
) -> Iterator[Callable[[], Watching]]:
    started: list[Watching] = []

    def begin() -> Watching:
        target = "-".join(("node24", *host_target()))
        started.append(Watching(tmp_path, binary_options(target)))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait(SECONDS)


PROGRAM = """
console.log('pid', process.pid, require('./part'), process.argv.slice(2).join());
setInterval(() => {}, 1000);
"""


def test_a_change_builds_and_starts_the_program_again(
    tmp_path: Path, start: Callable[[], Watching]
) -> None:
    (tmp_path / "app.js").write_text(PROGRAM)
    (tmp_path / "part.js").write_text("module.exports = 'one'")
    watching = start()
    lines = watching.wait("Watching for changes", " one first,--second")
    first = int(next(line for line in lines if line.startswith("pid")).split()[1])

    (tmp_path / "unread.txt").write_text("nobody reads it")
    (tmp_path / "part.js").write_text("module.exports = require('./new')")
    lines = watching.until("Watching for changes")
    assert lines[0] == "part.js has changed."
    assert any("'./new' cannot be resolved" in line for line in lines)
    os.kill(first, 0)  # a build that fails does not end the program

    (tmp_path / "new.js").write_text("module.exports = 'two'")
    lines = watching.wait("Watching for changes", " two first,--second")
    second = int(next(line for line in lines if line.startswith("pid")).split()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)

    os.utime(tmp_path / "app.js")  # the executable is the same, so the program goes on
    lines = watching.until("Watching for changes")
    assert not [line for line in lines if line.startswith("pid")]
    os.kill(second, 0)

    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(SECONDS) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["app"]


def test_the_end_of_the_program_is_reported_once(
    tmp_path: Path, start: Callable[[], Watching]
) -> None:
    (tmp_path / "app.js").write_text("process.exitCode = 3")
    watching = start()
    watching.wait("Watching for changes", "The program has ended with exit code 3.")
    (tmp_path / "app.js").write_text("process.exitCode = 4")
    assert watching.until("exit code 4.")[0] == "app.js has changed."


def test_what_an_earlier_build_has_read_is_watched(
    tmp_path: Path, start: Callable[[], Watching], binary_options: Callable[..., list[str]]
) -> None:
    """The first build of the command does not read the project, as nothing has changed."""
    (tmp_path / "app.js").write_text("process.exitCode = require('./part')")
    (tmp_path / "part.js").write_text("module.exports = 3")
    time.sleep(0.2)  # what has just changed is read again
    target = "-".join(("node24", *host_target()))
    command = command_line("app.js", "-t", target, "-o", "out/app", *binary_options(target))
    done = complete(command, cwd=tmp_path, env=build_environment(), timeout=SECONDS)
    assert done.code == 0, done.stderr
    watching = start()
    watching.wait("Watching for changes", "exit code 3.")
    (tmp_path / "part.js").write_text("module.exports = 4")
    assert watching.until("exit code 4.")[0] == "part.js has changed."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("app.js", "--run"), "--run is given without --watch."),
        (("app.js", "--watch", "-t", "linux,win"), "--target names several."),
        (("app.js", "--watch", "other"), "Got unexpected extra argument (other)"),
        (("app.js", "one", "two"), "Got unexpected extra arguments (one two)"),
    ],
)
def test_options_that_contradict_each_other(
    arguments: tuple[str, ...], code: str, tmp_path: Path
) -> None:
    command = command_line(*arguments)
    done = complete(command, cwd=tmp_path, env=build_environment(), timeout=60)
    assert done.code == 2
    assert code in done.stderr
