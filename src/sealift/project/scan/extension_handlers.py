"""Functions that load the files of an extension: ``require.extensions['.foo'] = load``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealift.project.references import ExtensionHandler

_NAME = b"extensions"
_ASSIGNED = re.compile(rb"""extensions\s*\[\s*(["'`])(\.[\w.-]{1,32})\1\s*\]\s*=(?![=>])""")
_READS = b"readFile"


def extension_handlers(source: bytes) -> Iterator[ExtensionHandler]:
    """Yield the functions that a script sets for extensions that it names as literals."""
    if _NAME not in source:
        return
    reads = _READS in source
    for assigned in _ASSIGNED.finditer(source):
        line = source.count(b"\n", 0, assigned.start()) + 1
        yield ExtensionHandler(assigned[2].decode(), line, reads)
