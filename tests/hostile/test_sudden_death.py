"""Builds that end suddenly leave nothing; what SIGKILL leaves, the next build removes."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command_line import command_line
from support.executables import small_node

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="missing: POSIX signals")

TIMEOUT = 600
"""Seconds; on a busy machine 16 builds take minutes."""
GENTLE = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
ASSET_SIZE = 256 << 20  # so that writing the executable takes long enough to be interrupted
"""Large enough that many of the random moments fall into the time of writing."""


def _default_signals() -> None:
    """Undo what nohup, or a shell with background jobs, passes on: sealift ignores these too."""
    for number in GENTLE:
        signal.signal(number, signal.SIG_DFL)


class Place:
    """A project, and the directories in which its builds may leave something."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.temporary, self.output = root / "tmp", root / "out"
        for folder in (self.temporary, self.output, root / "project"):
            folder.mkdir()
        for number in range(50):
            text = f"exports.a = {number};" + "//\n" * number
            (root / f"project/part{number}.js").write_text(text)
        requires = "".join(f"require('./part{number}.js');" for number in range(50))
        asset = "require('fs').readFileSync(__dirname + '/asset.bin');"
        (root / "project/index.js").write_text(requires + asset)
        (root / "project/asset.bin").touch()
        os.truncate(root / "project/asset.bin", ASSET_SIZE)
        self.node = small_node(root).path

    def start(self) -> subprocess.Popen[str]:
        """Start a build."""
        return subprocess.Popen(
            command_line(
                self.root / "project/index.js",
                *("-t", "node26-linux-x64", "--sea", "-o", self.output / "app"),
                f"--node-binary=node26-linux-x64={self.node}",
                *("--json", self.output / "report.json", "--quiet"),
            ),
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.environ["PYTHONPATH"],
                "SEALIFT_CACHE": str(self.root / "cache"),
                "TMPDIR": str(self.temporary),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_default_signals,
        )

    def build(self) -> float:
        """Build without interruption; return the seconds."""
        start = time.monotonic()
        process = self.start()
        _, said = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, said
        return time.monotonic() - start

    def wait_for_output(self, process: subprocess.Popen[str]) -> None:
        """Wait until a build writes its executable."""
        while not any(path.name.startswith(".app.sealift-") for path in self.output.iterdir()):
            assert process.poll() is None, "the build has ended"
            time.sleep(0.0005)

    def left(self) -> set[str]:
        """Return the names of temporary files and directories."""
        names = {path.name for path in (*self.temporary.iterdir(), *self.output.iterdir())}
        return names - {"app", "report.json"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def kill_at_random_moments(place: Place, signals: list[signal.Signals], times: int) -> None:
    """Kill as many builds; each must leave nothing, and end as its signal demands."""
    chance = random.Random(12)
    seconds = place.build()
    for turn in range(times):
        number = signals[turn % len(signals)]
        process = place.start()
        time.sleep(chance.uniform(0, seconds))
        process.send_signal(number)
        _, said = process.communicate(timeout=TIMEOUT)
        if number == signal.SIGKILL:
            place.build()
            assert place.left() == set()
            continue
        # Until sealift/early_interruption.py has run, SIGINT is Python's: a traceback, or a fatal
        # error with exit code 1 if Python itself is still starting.
        ran = set(re.findall(r"[/\\]sealift[/\\](\w+)", said))
        if "KeyboardInterrupt" not in said or ran - {"__init__", "early_interruption"}:
            # A signal that comes before Python runs sealift has its default action.
            assert process.returncode in (0, 128 + number, -number), said
            assert "Traceback" not in said
        if process.returncode == 128 + number and not said.startswith("Traceback"):
            assert said.strip().endswith("no incomplete file was left behind.")
        assert place.left() == set()


def test_builds_that_signals_end_leave_nothing(place: Place) -> None:
    kill_at_random_moments(place, GENTLE, 24)


@pytest.mark.corpus
def test_a_thousand_builds_that_signals_end_leave_nothing(place: Place) -> None:
    kill_at_random_moments(place, [*GENTLE, signal.SIGKILL], 1000)


@pytest.mark.parametrize("number", GENTLE)
def test_a_second_signal_changes_nothing(place: Place, number: signal.Signals) -> None:
    for _ in range(10):
        process = place.start()
        place.wait_for_output(process)
        for _ in range(5):
            process.send_signal(number)
        _, said = process.communicate(timeout=TIMEOUT)
        if process.returncode:  # 0: the build ended before the first signal
            break
    assert process.returncode == 128 + number
    assert said.count("no incomplete file was left behind") == 1
    assert place.left() == set()


def test_the_next_build_removes_what_sigkill_left(place: Place) -> None:
    process = place.start()
    place.wait_for_output(process)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    left = place.left()
    assert {name.split("-")[0] for name in left} >= {"sealift"}
    place.build()
    assert place.left() == set()


@pytest.mark.parametrize("count", [6, pytest.param(16, marks=pytest.mark.corpus)])
def test_builds_at_the_same_time_do_not_remove_each_others_files(place: Place, count: int) -> None:
    processes = [place.start() for _ in range(count)]
    ends = [(process.communicate(timeout=TIMEOUT)[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * len(ends)
    assert place.left() == set()
