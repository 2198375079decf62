"""The forms of specifiers, and the directories in which packages are searched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

PACKAGE_NAME = re.compile(r"((?:@[^/\\%]+/)?[^./\\%][^/\\%]*)(/.*)?", re.DOTALL)
"""A bare specifier: the package's name, and the path below it with its slash."""

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")
"""The beginning of a specifier that is a URL."""


def package_name_of(specifier: str) -> str:
    """Return the package that a bare specifier names (``@a/b`` of ``@a/b/c``); else ""."""
    if specifier.startswith(("#", "/")) or SCHEME.match(specifier):
        return ""
    match = PACKAGE_NAME.fullmatch(specifier)
    return match[1] if match else ""


def is_relative(specifier: str) -> bool:
    """Return True for a path relative to the file that refers to it."""
    if specifier in (".", "..") or specifier.startswith(("./", "../")):
        return True
    return os.sep == "\\" and specifier.startswith((".\\", "..\\"))


def module_directories(directory: str) -> Iterator[str]:
    """Yield the ``node_modules`` directories searched from ``directory``, nearest first."""
    while True:
        parent, name = os.path.split(directory)
        if name != "node_modules":
            yield os.path.join(directory, "node_modules")
        if parent == directory:
            return
        directory = parent
