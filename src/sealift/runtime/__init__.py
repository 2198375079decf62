"""The JavaScript that runs inside an executable, as packaged text.

`main_script` is the blob's main script; `modules` are the assets ``sealift/runtime/NAME.js`` that
it loads on demand. Both are the same for every target and every project.
"""

from __future__ import annotations

from importlib.resources import files

from sealift.runtime.releases import (
    require_bytecode,
    require_options,
    require_release,
    require_targets,
    requires_commonjs_only,
)

__all__ = [
    "bytecode_wrapper",
    "main_script",
    "modules",
    "require_bytecode",
    "require_options",
    "require_release",
    "require_targets",
    "requires_commonjs_only",
]

_MAIN = "main.js"
_BYTECODE_WRAPPER = "bytecode-wrapper.js"


def main_script() -> bytes:
    """Read the script that Node runs at start."""
    return (files(__name__) / "js" / _MAIN).read_bytes()


def bytecode_wrapper() -> bytes:
    """Read the module that a compiler of bytecode must agree with."""
    return (files(__name__) / "js" / _BYTECODE_WRAPPER).read_bytes()


def modules() -> tuple[tuple[str, bytes], ...]:
    """Read the runtime's own modules: (file name, text) pairs, sorted by name."""
    found = [
        (item.name, item.read_bytes())
        for item in (files(__name__) / "js").iterdir()
        if item.name.endswith(".js") and item.name != _MAIN
    ]
    return tuple(sorted(found))
