"""Valid syntax that the grammar does not know, rewritten at the same length to what it knows.

Only sources that did not parse are rewritten. Every offset and line stays the same.
"""

from __future__ import annotations

import re

_VISIBLE = re.compile(rb"[^\r\n]")
# ``import defer * as x from``, ``import source x from``, ``import.defer(``, ``import.source(``:
# they load the same module as they do without the word.
_PHASE = re.compile(
    rb"\bimport(?:\s+(?P<defer>defer)(?=\s*\*)|\s+(?P<source>source)(?=\s+(?!from\b)[\w$]+\s+from\b)"
    rb"|\s*(?P<call>\.\s*(?:defer|source))(?=\s*\())"
)
# ``from 'x' assert {type: 'json'}``, and after ``export`` also ``with {type: 'json'}``.
_ATTRIBUTES = re.compile(
    rb"(\b(?:from|import)\s*(?P<quote>['\"])[^'\"\n]*(?P=quote)\s*)(?P<what>(?:assert|with)\s*\{[^{}]*\})"
)
# A class field that ends with its line although ``[`` or ``*`` follows (ECMA-262, 12.10.1).
_FIELD = re.compile(
    rb"^([ \t]*(?:static[ \t]+)?(?:#?[A-Za-z_$][\w$]*|'[^'\n]*'|\"[^\"\n]*\")\s*\n[ \t]*)"
    rb"[ \t](?=[\[*])",
    re.MULTILINE,
)


def rewrite_imports(source: bytes) -> bytes:
    """Return the source with newer forms of ``import`` in the older form."""
    return _ATTRIBUTES.sub(_blanked, _PHASE.sub(_blanked, source))


def rewrite_fields(source: bytes) -> bytes:
    """Return the source with semicolons after class fields that end without one."""
    return _FIELD.sub(rb"\1;", source)


def _blanked(match: re.Match[bytes]) -> bytes:
    """What matched, with blanks in place of its last named group."""
    word = match[match.lastgroup or 0]
    return match[0][: -len(word)] + _VISIBLE.sub(b" ", word)
