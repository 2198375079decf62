"""Functions that load the files of an extension: ``require.extensions['.foo'] = load``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealift.project.references import ExtensionHandler

_NAME = b"extensions"
_ASSIGNED = re.compile(rb"""extensions\s*\[\s*(["'`])(\.[\w.-]{1,32})\1\s*\]\s*=(?![=>])""")
_KEPT = re.compile(rb"""=\s*[\w$.]*extensions\s*\[\s*(["'`])(\.[\w.-]{1,32})\1\s*\](?!\s*[=(])""")
_READS = b"readFile"


def extension_handlers(source: bytes) -> Iterator[ExtensionHandler]:
    """Yield the functions that a script sets for extensions that it names as literals.

    A script that keeps the function before its own one calls it, and reads only what that cannot
    load: so it is not certain that it reads any file.
    """
    if _NAME not in source:
        return
    kept = {match[2] for match in _KEPT.finditer(source)}
    for assigned in _ASSIGNED.finditer(source):
        line = source.count(b"\n", 0, assigned.start()) + 1
        reads = _READS in source and assigned[2] not in kept
        yield ExtensionHandler(assigned[2].decode(), line, reads)
