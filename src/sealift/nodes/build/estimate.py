"""What compiling Node takes: time, disk and memory, as far as can be said beforehand."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sealift.target import Platform

_CORE_HOURS = (3.0, 12.0)
"""Hours of one core, fast and slow; docs/building-node.md says where the numbers come from."""

_GB = 1e9
_DISK_GB = 3.0  # 0.5 GB of source; objects, of which archives are lists; a few programs
_DISK_GB_OF_COPIES = 8.0  # on macOS and Windows archives hold the objects once more
_GENERATORS = 2.0  # a build for another machine makes V8 twice
_MOST_JOBS = 4096  # GNU make 4.3 waits for ever from 65,537 on: its jobs do not fit a pipe
MEMORY_PER_JOB = 2_000_000_000
"""Bytes; BUILDING.md: 8 GB for four jobs."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a build takes.

    Attributes:
        jobs: how many compilers run at once.
        hours: from a fast machine to a slow one.
        disk: bytes that it needs at its end.
    """

    jobs: int
    hours: tuple[float, float]
    disk: int

    def __str__(self) -> str:
        jobs = f"{self.jobs} job{'s' if self.jobs > 1 else ''}"
        return f"{_durations(*self.hours)} with {jobs}, {self.disk / _GB:.0f} GB of disk"


def estimate(platform: Platform, cross: bool, jobs: int) -> Estimate:
    """Estimate a build.

    Args:
        platform: what Node is to run on.
        cross: the generators of V8's code are compiled too.
        jobs: as asked, or 0.
    """
    factor = _GENERATORS if cross else 1.0
    jobs = min(max(jobs, 0) or jobs_for(cores(), memory()), _MOST_JOBS)
    fast, slow = (hours * factor / min(jobs, cores()) for hours in _CORE_HOURS)
    copies = platform in (Platform.MACOS, Platform.WIN)
    disk = (_DISK_GB_OF_COPIES if copies else _DISK_GB) * factor
    return Estimate(jobs, (fast, slow), int(disk * _GB))


def jobs_for(cores: int, memory: int) -> int:
    """Give how many compilers run at once: one for a core, but 2 GB of memory for each."""
    return max(1, min(cores, memory // MEMORY_PER_JOB)) if memory else cores


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Give the memory that may be used, in bytes; 0 if that cannot be told."""
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
    """Give the free bytes where a directory is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def used_disk(folder: Path) -> int:
    """Give the bytes that the files of a directory hold on the disk."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            status = Path(place, name).lstat()
            total += getattr(status, "st_blocks", status.st_size // 512) * 512
    return total


def _durations(fast: float, slow: float) -> str:
    """Say hours from one to another, in one unit."""
    if slow >= 2:
        return f"{fast:.1f} to {slow:.1f} hours"
    return f"{max(fast * 60, 1):.0f} to {max(slow * 60, 1):.0f} minutes"
