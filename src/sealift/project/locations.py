"""The locations of packaged files at run time.

The base is the nearest directory that contains the project's root and every packaged file. A
location is the base's own name and the path below it: ``/home/u/proj/lib/a.js`` becomes
``proj/lib/a.js``; with ``node_modules`` hoisted above a workspace it is
``mono/packages/app/index.js``. If only the file system's root contains them all, the whole path is
the location. Files on different Windows drives have the drive's letter as first component.
"""

from __future__ import annotations

import os
from collections.abc import Iterable


class Layout:
    """Maps real paths of the host to locations."""

    __slots__ = ("_base", "_cut", "_known", "_prefix")

    def __init__(self, root: str, directories: Iterable[str]) -> None:
        """Create the layout of a project.

        ``directories`` are those of every packaged file and symbolic link.
        """
        try:
            self._base = os.path.commonpath([root, *directories])
        except ValueError:  # several drives
            self._base = ""
        above = os.path.dirname(self._base)
        if os.path.basename(above) == "node_modules" and os.path.basename(self._base).startswith(
            "@"
        ):
            self._base = above  # of packages of one scope: Node finds them below `node_modules`
        name = os.path.basename(self._base)
        self._prefix = name + "/" if name else ""
        self._cut = len(self._base.rstrip(os.sep)) + 1 if self._base else 0
        self._known: dict[str, str] = {}

    def location(self, path: str) -> str:
        """Return the location of a packaged file or directory; of one path always one object."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._location(path)
        return known

    def _location(self, path: str) -> str:
        if not self._base:
            return path.replace(":", "", 1).replace(os.sep, "/").lstrip("/")
        below = path[self._cut :]
        if os.sep != "/":
            below = below.replace(os.sep, "/")
        return (self._prefix + below).rstrip("/")
