"""Scripts that hold data, as manifests of frameworks: ``globalThis.__MANIFEST = {...}``.

Frameworks read such files as text and evaluate them, or send them to browsers.
"""

from __future__ import annotations

import re

from sealift.project.scan.syntax import ParsedSource

MAX_SIZE = 4 << 20
"""Larger scripts are not looked at, in bytes."""

_BEGINS = re.compile(
    rb"\s*(?:['\"]use strict['\"];?\s*)?\(?(?:globalThis|global|self|window)\s*[.\[]"
)
_GLOBAL = re.compile(r"(?:globalThis|global|self|window)\b")
_DATA = frozenset((
    "program", "expression_statement", "empty_statement", "sequence_expression",
    "assignment_expression", "parenthesized_expression", "member_expression",
    "subscript_expression", "identifier", "property_identifier", "binary_expression",
    "unary_expression", "object", "array", "pair", "string", "template_string", "number", "true",
    "false", "null", "undefined", "comment", "string_fragment", "escape_sequence",
))  # fmt: skip


def is_data(source: bytes) -> bool:
    """Return True if a script only assigns literals to properties of the global object."""
    if len(source) > MAX_SIZE or _BEGINS.match(source) is None:
        return False
    parsed = ParsedSource(source)
    cursor = parsed.root.node.walk()
    while True:
        node = cursor.node
        if node is None:
            return False
        if node.is_named and node.type not in _DATA:
            return False
        if node.type == "assignment_expression" and not _is_of_global(parsed.head(node, 16)):
            return False
        descend = node.type not in ("string", "comment")
        if descend and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return True


def _is_of_global(assignment: str) -> bool:
    return _GLOBAL.match(assignment) is not None
