"""Measure programs: wall time, peak memory and start times; describe the machine."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | Path]


class FailedError(Exception):
    """A measured program failed; the message is its last output."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians of several runs: seconds of wall time, and peak resident memory in MB (10^6 bytes).

    The peak is that of the largest process of the tree, as the kernel reports it. ``cpu`` is the
    processor time of all of them, in seconds.
    """

    seconds: float
    peak: float
    cpu: float = 0.0


def once(command: Command, cwd: Path, env: Mapping[str, str]) -> Cost:
    """Run a command once."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            said = output.read().decode("utf-8", "replace").strip()
            raise FailedError(said[-300:] or f"exit code {process.returncode}")
    return Cost(seconds, usage.ru_maxrss * 1024 / 1e6, usage.ru_utime + usage.ru_stime)


def build_cost(
    command: Command, cwd: Path, env: Mapping[str, str], rounds: int, clean: Callable[[], None]
) -> Cost:
    """Return the medians of ``rounds`` builds after a first one; call ``clean`` before each."""
    costs = []
    for _ in range(rounds + 1):
        clean()
        costs.append(once(command, cwd, env))
    warm = costs[1:]
    return Cost(
        statistics.median(cost.seconds for cost in warm),
        statistics.median(cost.peak for cost in warm),
    )


def start_times(
    commands: Mapping[str, Command], cwd: Path, env: Mapping[str, str], rounds: int
) -> dict[str, float]:
    """Return the median milliseconds of each command; they run in turn, under equal load."""
    times = wall_times(commands, cwd, env, rounds)
    return {name: 1000 * statistics.median(each) for name, each in times.items()}


def wall_times(
    commands: Mapping[str, Command], cwd: Path, env: Mapping[str, str], rounds: int
) -> dict[str, list[float]]:
    """Return the seconds of each command in each round; they run in turn."""
    costs = in_turn(commands, cwd, env, rounds)
    return {name: [cost.seconds for cost in each] for name, each in costs.items()}


def cpu_times(
    commands: Mapping[str, Command], cwd: Path, env: Mapping[str, str], rounds: int
) -> dict[str, float]:
    """Return the median processor time in milliseconds, which other load disturbs less."""
    costs = in_turn(commands, cwd, env, rounds)
    return {name: 1000 * statistics.median(c.cpu for c in each) for name, each in costs.items()}


def in_turn(
    commands: Mapping[str, Command], cwd: Path, env: Mapping[str, str], rounds: int
) -> dict[str, list[Cost]]:
    """Return the costs of each command in each round; they run in turn."""
    for path in {Path(part) for command in commands.values() for part in command}:
        if path.is_file():
            _forget_pages(path)
    taken: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(rounds + 2):
        for name, command in commands.items():
            cost = once(command, cwd, env)
            if turn >= 2:
                taken[name].append(cost)
    return taken


def _forget_pages(program: Path) -> None:
    """Let the kernel read a file from the disk again.

    What was just written lies in memory in small pieces, and a start of it takes a tenth longer.
    """
    with program.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def machine() -> str:
    """Describe the machine without naming it."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {system}, "
        f"Python {platform.python_version()}"
    )
