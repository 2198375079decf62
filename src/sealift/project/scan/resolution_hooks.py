"""Code that changes what specifiers resolve to, for the whole program.

It replaces a function of ``node:module`` (``Module._resolveFilename = …``), or has hooks
(``registerHooks({…})``, ``register('./hooks.mjs', import.meta.url)``).
"""

from __future__ import annotations

import re

_SIGNS = (b"_resolveFilename", b"_load", b"prototype.require", b"registerHooks", b"register(")
_CHANGES = re.compile(
    rb"\._resolveFilename\s*=(?![=>])"
    rb"|\b[Mm]od\w*\.(?:_load|prototype\.require)\s*=(?![=>])"
    rb"|\bregisterHooks\s*\("
    rb"|\bregister\([^;]{1,300}?\b(?:import\.meta\.url|pathToFileURL)\b"
)


def line_of_resolution_hook(source: bytes) -> int:
    """Return the line where a script changes what specifiers resolve to; 0 if it does not."""
    if not any(sign in source for sign in _SIGNS):
        return 0
    found = _CHANGES.search(source)
    return source.count(b"\n", 0, found.start()) + 1 if found is not None else 0
