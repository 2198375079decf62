"""Large scripts that are stored between the texts that make them a function.

V8 compiles a CommonJS script as a function (``runtime/js/bytecode/wrapper.js``). If that text is
stored around the source, the runtime creates one string of all of it. Otherwise V8 copies the
source once more, which takes longer for a large one than its checksum. V8 11 (Node 20) has another
text.
"""

from __future__ import annotations

from collections.abc import Iterable

from sealift.model import Bytecode, Project, Role

HEAD = b"(function (exports, require, module, __filename, __dirname) { "
TAIL = b"\n})"

_LARGE = 1 << 16
"""Bytes from which a copy is felt."""
_OTHER_TEXT = "11."
_HASHBANG = b"#!"


def wrapped_scripts(project: Project, bytecode: Bytecode | None) -> frozenset[str]:
    """Return the locations of the scripts that are stored so, if their bytes fit.

    Which of them have bytecode does not count: targets that differ in that share the files.
    """
    if bytecode is None or bytecode.v8_version.startswith(_OTHER_TEXT):
        return frozenset()
    return frozenset(
        file.location
        for file in project.files
        if file.role is Role.COMMONJS
        and file.size >= _LARGE
        and file.location not in bytecode.source_left_out
    )


def fits(chunks: Iterable[bytes]) -> bool:
    """Return True if the text of a script is its bytes: ASCII, without a ``#!`` line."""
    start = b""
    for chunk in chunks:
        start = start or chunk[: len(_HASHBANG)]
        if not chunk.isascii():
            return False
    return start != _HASHBANG
