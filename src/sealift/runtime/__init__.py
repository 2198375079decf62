"""The JavaScript that runs in executables, and the Node releases on which it works.

`main_script` returns the blob's main script, `scripts` what that script loads on demand from the
assets `script_assets`. All are the same for every target and every project.
docs/how-the-runtime-works.md explains the ideas.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sealift.runtime.releases import (
    check_bytecode,
    check_compression,
    check_modules,
    check_release,
    require_targets,
    start_options,
)
from sealift.runtime.script_assets import join_scripts, store_caches, store_scripts

__all__ = [
    "bytecode_wrapper",
    "check_bytecode",
    "check_compression",
    "check_modules",
    "check_release",
    "main_script",
    "modules",
    "require_targets",
    "script_assets",
    "scripts",
    "start_options",
    "store_caches",
]

# Not by importlib.resources, whose modules take longer to import than all scripts to read.
_SCRIPTS = Path(__file__).with_name("js")
_MAIN = "main.js"
_BYTECODE_WRAPPER = "bytecode/wrapper.js"
# On lines of their own, so that no string or template contains one.
_COMMENT = re.compile(rb"^[ \t]*/\*\*[^*]*\*+(?:[^/*][^*]*\*+)*/[ \t]*$", re.MULTILINE)


def main_script() -> bytes:
    """Return the script that Node runs at start."""
    return _without_comments((_SCRIPTS / _MAIN).read_bytes())


def bytecode_wrapper() -> bytes:
    """Return the module that the bytecode compiler needs too."""
    return (_SCRIPTS / _BYTECODE_WRAPPER).read_bytes()


def modules() -> tuple[tuple[str, bytes], ...]:
    """Return the runtime's own modules: (path below ``js``, text) pairs, sorted by path.

    The texts have no comments in front of functions and types: each start reads the texts, and half
    of them is such comments. The numbers of all lines stay.
    """
    found = _scripts()
    return tuple(sorted((name, text) for name, text in found if name != _MAIN))


def scripts() -> Sequence[tuple[str, bytes]]:
    """Return names and texts of what V8 compiles: those modules, the ones of each start as one."""
    return join_scripts(modules())


def script_assets() -> Sequence[tuple[str, bytes]]:
    """Return the assets of the scripts, by their keys below ``sealift/runtime/``."""
    return store_scripts(scripts())


def _scripts() -> Iterator[tuple[str, bytes]]:
    for folder, _, names in os.walk(_SCRIPTS):
        for name in names:
            if name.endswith(".js"):
                path = Path(folder, name)
                below = path.relative_to(_SCRIPTS).as_posix()
                yield below, _without_comments(path.read_bytes())


def _without_comments(text: bytes) -> bytes:
    """Return a script without the comments in front of functions and types; lines keep numbers."""
    return _COMMENT.sub(_line_ends, text)


def _line_ends(found: re.Match[bytes]) -> bytes:
    return b"\n" * found[0].count(b"\n")
