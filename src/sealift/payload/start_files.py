"""Choose the files of a compressed payload that stay as they are, because each start reads them."""

from __future__ import annotations

from collections.abc import Iterator

from sealift.model import Project, ProjectFile

_LARGE = 1 << 18
"""Bytes from which the time to decompress a file is felt: a tenth of a millisecond and more."""

_PART = 0.3
"""Of the bytes of all files. The rest shrinks to a fifth, so that the whole stays below a half."""


def start_files(project: Project) -> frozenset[str]:
    """Return the locations of the large files that the entry point loads.

    They are those that static specifiers lead to, nearest to the entry point first, as many as fit
    in three tenths of the bytes of all files.
    """
    left = _PART * sum(file.size for file in project.files)
    chosen = set()
    for file in _from_entry(project):
        if _LARGE <= file.size <= left:
            left -= file.size
            chosen.add(file.location)
    return frozenset(chosen)


def _from_entry(project: Project) -> Iterator[ProjectFile]:
    """Yield the files that static specifiers lead to, nearest to the entry point first."""
    files = {file.location: file for file in project.files}
    seen = {project.entry}
    level = [project.entry]
    while level:
        found: list[str] = []
        for location in level:
            file = files.get(location)
            if file is not None:  # not a link
                yield file
                found += (one.target for one in file.resolutions if one.target is not None)
        level = [one for one in dict.fromkeys(found) if one not in seen]
        seen.update(level)
