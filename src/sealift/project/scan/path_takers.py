"""Which package gets a path: its functions may open the file with native code."""

from __future__ import annotations

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.syntax import NodePath
from sealift.project.scan.values import Package

_CALLED = {"call_expression": "function", "new_expression": "constructor"}
_INNER = {**_CALLED, "member_expression": "object", "await_expression": "argument"}
_MOST = 20
"""Calls in a chain that are looked at: ``sharp(a).composite(b).png()``."""


def taker_of(analysis: FileAnalysis, path: NodePath) -> str:
    """Return the specifier of the package whose function gets a value; "" if there is none.

    The value is an argument, or in an object or array that is one.
    """
    for above in path.above():
        kind = above.node.type
        if kind == "arguments":
            call = above.up
            return _package_of(analysis, call) if call is not None else ""
        if kind not in ("pair", "object", "array"):
            break
    return ""


def _package_of(analysis: FileAnalysis, call: NodePath) -> str:
    """Return the package that a chain of calls starts at."""
    target: Node | None = call.node.child_by_field_name(_CALLED.get(call.node.type, "function"))
    for _ in range(_MOST):
        if target is None:
            break
        for value in analysis.values(target, analysis.scopes.of(call)):
            if isinstance(value, Package):
                return value.specifier
        field = _INNER.get(target.type)
        target = target.child_by_field_name(field) if field is not None else None
    return ""
