"""The words that can start a request or a path."""

from __future__ import annotations

import re

_WORDS = (
    rb"(?<![\w$])(?:require|import|__dirname|__filename|getBuiltinModule"
    rb"|__non_webpack_require__|createRequire(?:FromPath)?|module\s*\.\s*(?:filename|path)"
)
_STARTING = re.compile(_WORDS + rb"|export)(?![\w$])")
_STARTING_COMMONJS = re.compile(_WORDS + rb")(?![\w$])")
_WORKER = re.compile(rb"(?<![\w$.])Worker(?![\w$])")
_FUNCTION_OF_TEXT = re.compile(rb"(?<![\w$])Function\s*\(")


def starting_words(source: bytes, module: bool | None) -> list[int]:
    """Where in the source such words begin, in order."""
    pattern = _STARTING_COMMONJS if module is False else _STARTING
    found = [match.start() for match in pattern.finditer(source)]
    if found and b"worker_threads" in source:
        found.extend(match.start() for match in _WORKER.finditer(source))
    return found
