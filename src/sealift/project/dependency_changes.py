"""What has changed of the paths that a kept project depends on."""

from __future__ import annotations

import os
import sys

from sealift.cache import PathState, state_of_path
from sealift.project.dependencies import Dependencies, digest_of_names
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_contents import is_packaged_executable
from sealift.record import replace


def changed_contents(known: Dependencies) -> dict[str, PathState] | None:
    """Return the files whose contents have changed, with their states now.

    None if anything else on the disk is not as it was.

    What counts is named to the hooks of `sys.addaudithook`, by the event ``sealift.compared`` and
    the path: ``--watch`` looks at what a build has read, or has compared in its place.
    """
    changed = {}
    for path, state in known.states.items():
        content = state.content is not None
        if content:
            sys.audit("sealift.compared", path)
        now = state_of_path(path, content=content)
        if now == state:
            continue
        if not content or now.kind != PathKind.FILE.value or now.content is None:
            return None
        if replace(now, content=state.content) != state:
            return None
        changed[path] = now
    for path, listing in known.listings.items():
        sys.audit("sealift.compared", path)
        if state_of_path(path, content=True) != listing.state:
            present = FileSystem()
            if digest_of_names(present.entries(path)) != listing.names or present.unlistable:
                return None
    outputs = known.executables
    if not all(is_packaged_executable(FileSystem(), one, os.stat(one).st_size) for one in outputs):
        return None
    return changed
