"""Paths that are only printed: ``console.log({ directory: __dirname })``."""

from __future__ import annotations

import re

from sealift.project.references import UseKind
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.syntax import NodePath
from sealift.project.scan.texts import relative_parts
from sealift.project.scan.values import Text, Values
from sealift.record import replace

_PRINTS = re.compile(r"(?:console\.\w+|process\.(?:stdout|stderr)\.write)$")
_FORMATS = re.compile(r"JSON\.stringify$|String$|(?:.*\.)?(?:inspect|format)$")
# What is around a value in a value that is printed.
_PARTS = frozenset((
    "array", "object", "pair", "spread_element", "parenthesized_expression", "binary_expression",
    "ternary_expression", "template_substitution", "template_string",
))  # fmt: skip
_MAX_CALLEE = 40  # bytes


def is_printed(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True if a value becomes part of what is printed, and nothing else."""
    is_argument = False
    for above in path.above():
        kind = above.node.type
        if kind == "arguments":
            is_argument = True
        elif kind == "call_expression" and is_argument:
            callee = above.node.child_by_field_name("function")
            name = analysis.source.head(callee, _MAX_CALLEE) if callee is not None else ""
            if _PRINTS.match(name):
                return True
            if not _FORMATS.match(name):
                return False
            is_argument = False
        elif kind not in _PARTS or is_argument:
            return False
    return False


def add_printed(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Add files that the printed paths name; people have files packaged that way."""
    references = analysis.references
    for value in values:
        if isinstance(value, Text) and value.is_anchored:
            text = replace(value, parts=(*value.parts[:-1], value.parts[-1].rstrip()))
            is_path = relative_parts(replace(text, embedded=False, before="")) is not None
            if is_path and not references.is_plain(text):
                references.add_path(UseKind.PATH, text, path.node, guarded=False)
