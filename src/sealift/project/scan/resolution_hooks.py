"""Code that changes what specifiers resolve to, for the whole program.

It replaces a function of ``node:module`` (``Module._resolveFilename = …``), or has hooks
(``registerHooks({…})``, ``register('./hooks.mjs', import.meta.url)``).
"""

from __future__ import annotations

import re

_ASSIGNED = rb"\s*=(?![=>])"
_OF_MODULE = re.compile(rb"\b[Mm]od\w{0,60}\Z")
_WORD_BEGINS = re.compile(rb"(?:\A|\W)\Z")
_LONGEST_BEFORE = 64

# A text, the expression that begins with it, and what ends before it. Expressions that begin with
# a text, and are searched for only where it is, make large scripts cheap.
_CHANGES = tuple(
    (text, re.compile(re.escape(text) + after), before)
    for text, after, before in (
        (b"._resolveFilename", _ASSIGNED, re.compile(b"")),
        (b"._load", _ASSIGNED, _OF_MODULE),
        (b".prototype.require", _ASSIGNED, _OF_MODULE),
        (b"registerHooks", rb"\s*\(", _WORD_BEGINS),
        (
            b"register(",
            rb"[^;]{1,300}?\b(?:import\.meta\.url|pathToFileURL)\b",
            _WORD_BEGINS,
        ),
    )
)


def line_of_resolution_hook(source: bytes) -> int:
    """Return the line where a script changes what specifiers resolve to; 0 if it does not."""
    places = [
        found.start()
        for text, form, before in _CHANGES
        if text in source
        for found in form.finditer(source)
        if before.search(source[max(0, found.start() - _LONGEST_BEFORE) : found.start()])
    ]
    return source.count(b"\n", 0, min(places)) + 1 if places else 0
