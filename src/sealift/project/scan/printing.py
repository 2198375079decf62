"""Paths that are only printed: ``console.log({ directory: __dirname })``."""

from __future__ import annotations

import re

from sealift.project.references import UseKind
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.syntax import NodePath
from sealift.project.scan.texts import relative_parts
from sealift.project.scan.uses import uses_of
from sealift.project.scan.values import Text, Values
from sealift.record import replace

_PRINTS = re.compile(
    r"(?:console\.\w+|process\.(?:stdout|stderr)\.write|.*\bcreateH(?:ash|mac)\(.*\)\.update)$"
)
_FORMATS = re.compile(r"JSON\.stringify$|String$|(?:.*\.)?(?:inspect|format)$")
# What is around a value in a value that is printed.
_PARTS = frozenset((
    "array", "object", "pair", "spread_element", "parenthesized_expression", "binary_expression",
    "ternary_expression", "template_substitution", "template_string",
))  # fmt: skip
# Methods of texts and lists of texts whose results are printed.
_METHODS = frozenset((
    "at", "concat", "join", "length", "padEnd", "padStart", "pop", "replace", "replaceAll", "shift",
    "slice", "split", "substr", "substring", "toLowerCase", "toString", "toUpperCase", "trim",
))  # fmt: skip
_MAX_CALLEE = 60  # bytes


def is_printed(analysis: FileAnalysis, path: NodePath, *, follow: bool = True) -> bool:
    """Return True if a value becomes part of what is printed or hashed, and nothing else.

    ``follow``: also if it is stored in a name, all of whose uses are printed.
    """
    is_argument, below = False, path
    for above in path.above():
        kind = above.node.type
        at, below = below, above
        if kind == "arguments":
            is_argument = True
        elif kind == "member_expression" and at.is_field("object") and not is_argument:
            member = above.node.child_by_field_name("property")
            if member is None or analysis.source.text(member) not in _METHODS:
                return False
        elif kind == "call_expression" and at.is_field("function"):
            continue
        elif kind == "variable_declarator" and follow:
            return _is_name_printed(analysis, above)
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


def _is_name_printed(analysis: FileAnalysis, declarator: NodePath) -> bool:
    """Return True if every use of the name that a value is stored in is printed."""
    name = declarator.node.child_by_field_name("name")
    if name is None or name.type != "identifier":
        return False
    if any(above.node.type == "export_statement" for above in declarator.above()):
        return False
    uses = [
        use
        for binding in analysis.scopes.declared_by(declarator.node, declarator)
        for use in uses_of(analysis, binding)
        if use.node.id != name.id
    ]
    return bool(uses) and all(
        not use.is_written and is_printed(analysis, use, follow=False) for use in uses
    )


def add_printed(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Add files that the printed paths name; people have files packaged that way."""
    references = analysis.references
    for value in values:
        if isinstance(value, Text) and value.is_anchored:
            text = replace(value, parts=(*value.parts[:-1], value.parts[-1].rstrip()))
            is_path = relative_parts(replace(text, embedded=False, before="")) is not None
            if is_path and not references.is_plain(text):
                references.add_path(UseKind.PATH, text, path.node, False, looked_at=True)
