"""Obtain the program in front of compact files."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.cache import cache_root
from sealift.model import Observer
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target_build import TargetBuild


def obtain_fronts(
    builds: Sequence[TargetBuild], is_compact: bool, options: NodeOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records, each with its front if compact files are to be written.

    Raises:
        NodeError, FormatError: as `obtain_front`.
    """
    if not is_compact:
        return tuple(builds)
    from sealift.compact.fronts import obtain_front  # few builds need it

    root = cache_root(options.cache)
    fronts = {
        arch: obtain_front(arch, cache=root, offline=options.offline, observer=observer)
        for arch in dict.fromkeys(build.target.arch for build in builds)
    }
    return tuple(replace(build, front=fronts[build.target.arch]) for build in builds)
