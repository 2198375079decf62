"""How large the packaged files of a target project may be."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.target_build import TargetBuild


def size_limit(builds: Sequence[TargetBuild], project_key: str) -> int:
    """Return the least of the limits, in bytes, of the targets that have the same files."""
    return min(
        build.target.platform.facts.size_limit
        for build in builds
        if build.project_key == project_key
    )
