"""Estimate what compiling Node needs: time, disk space and memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from msgspec import Struct

from sealift.host import cores
from sealift.target import Platform

_CORE_HOURS = (3.0, 12.0)
"""Hours on a fast and on a slow core; docs/building-node.md says where the numbers come from."""

_GB = 1e9
_DISK_GB = 3.0  # 0.5 GB of source, objects, a few programs; archives refer to the objects
_DISK_GB_OF_COPIES = 8.0  # on macOS and Windows, archives contain copies of the objects
_GENERATORS = 2.0  # a build for another machine compiles V8 twice
_MOST_JOBS = 4096  # with 65,537 jobs or more, GNU make 4.3 hangs: they do not fit into a pipe
MEMORY_PER_JOB = 2_000_000_000
"""Bytes; BUILDING.md: 8 GB for four jobs."""


class Estimate(Struct, frozen=True):
    """What a build needs.

    Attributes:
        jobs: number of concurrent compilers.
        hours: on a fast and on a slow machine.
        disk: bytes at its end.
    """

    jobs: int
    hours: tuple[float, float]
    disk: int

    def __str__(self) -> str:
        jobs = f"{self.jobs} job{'s' if self.jobs > 1 else ''}"
        return f"{_durations(*self.hours)} with {jobs}, {self.disk / _GB:.0f} GB of disk"


def estimate(platform: Platform, cross: bool, jobs: int) -> Estimate:
    """Return the estimate of a build.

    Args:
        platform: of the Node to make.
        cross: V8's code generators are compiled for the host as well.
        jobs: the user's number, or 0.
    """
    factor = _GENERATORS if cross else 1.0
    jobs = min(max(jobs, 0) or jobs_for(cores(), memory()), _MOST_JOBS)
    fast, slow = (hours * factor / min(jobs, cores()) for hours in _CORE_HOURS)
    copies = platform in (Platform.MACOS, Platform.WIN)
    disk = (_DISK_GB_OF_COPIES if copies else _DISK_GB) * factor
    return Estimate(jobs, (fast, slow), int(disk * _GB))


def jobs_for(cores: int, memory: int) -> int:
    """Return the number of concurrent compilers: one per core, with 2 GB of memory for each."""
    return max(1, min(cores, memory // MEMORY_PER_JOB)) if memory else cores


def memory() -> int:
    """Return the memory that this process may use, in bytes; 0 if it is unknown."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return size
    return min(size, int(limit)) if limit.isdigit() else size


def free_disk(folder: Path) -> int:
    """Return the free bytes of the file system where a directory is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def used_disk(folder: Path) -> int:
    """Return the bytes that the files of a directory use on the disk."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            status = Path(place, name).lstat()
            total += getattr(status, "st_blocks", status.st_size // 512) * 512
    return total


def _durations(fast: float, slow: float) -> str:
    """Return a range of hours as text, in one unit."""
    if slow >= 2:
        return f"{fast:.1f} to {slow:.1f} hours"
    return f"{max(fast * 60, 1):.0f} to {max(slow * 60, 1):.0f} minutes"
