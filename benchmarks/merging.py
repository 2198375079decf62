"""The cost of merging musl: CPU time of a start, compared with the same Node unmerged.

The unmerged one has the same blob. musl's own loader starts it and maps Node's libraries.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import measure

from rigs import debian, musl
from rigs.binaries import PYPI_RELEASES, find_binary
from rigs.cache import dev_cache
from rigs.machine import bare_environment
from sealift import assemble, nodes
from sealift.model import SilentObserver
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target
from sealift.verify import Expectation, verify

_MAIN = b"console.log('hello')\n"


@dataclass(frozen=True, slots=True)
class MergedStart:
    """Median milliseconds of CPU time, and the size in bytes of the merged executable."""

    release: str
    separate: float
    merged: float
    size: int


def merged_starts(base: Path, rounds: int) -> list[MergedStart]:
    """Measure the pinned musl releases of Node on linux-x64."""
    loader = debian.package("musl", "x64") / "usr/lib/x86_64-linux-musl/libc.so"
    return [_measure(release, loader, base, rounds) for release in PYPI_RELEASES]


def _measure(release: str, loader: Path, base: Path, rounds: int) -> MergedStart:
    version = NodeVersion.parse(release)
    target = Target(
        NodeRange((version.major, version.minor, version.patch)), Platform.ALPINE, Arch.X64
    )
    options = NodeOptions(
        binaries={str(target): find_binary(release, "alpine", "x64")},
        cache=dev_cache() / "sealift",
    )
    node = nodes.obtain(target, options, SilentObserver())
    base.mkdir(exist_ok=True)
    programs = {}
    for name, merged_with in (("separate", None), ("merged", musl.musl("x64"))):
        with assemble.temporary(base / f"{release}-{name}") as file:
            observer = SilentObserver()
            assemble.write(file, node, [], _MAIN, [], observer, musl=merged_with)
            verify(file.path, Expectation(node, [], _MAIN, [], merged_with))
            file.publish()
        programs[name] = base / f"{release}-{name}"
    folders = ":".join(dict.fromkeys(str(library.path.parent) for library in node.libraries))
    times = measure.cpu_times(
        {
            "separate": [loader, "--library-path", folders, programs["separate"]],
            "merged": [programs["merged"]],
        },
        base,
        bare_environment(None),
        rounds,
    )
    size = programs["merged"].stat().st_size
    print(f"  linuxstatic, Node {release}: {times}", flush=True)
    return MergedStart(release, times["separate"], times["merged"], size)


def merged_row(start: MergedStart) -> list[str]:
    """Return a row: both times, their difference, and the merged executable's size."""
    change = 100 * (start.merged / start.separate - 1)
    return [
        start.release,
        f"{start.separate:.1f} ms",
        f"{start.merged:.1f} ms ({change:+.1f} %)",
        f"{start.size / 1e6:.1f} MB",
    ]
