"""Directories that code lists to read all of their files.

``for (const name of fs.readdirSync(directory)) fs.readFileSync(path.join(directory, name))``
"""

from __future__ import annotations

import re

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.guards import is_conditional, may_skip
from sealift.project.scan.scopes import FUNCTIONS, Declared, Scope
from sealift.project.scan.syntax import NodePath, arguments_of
from sealift.project.scan.texts import relative_parts
from sealift.project.scan.values import Builtin, Text

_LISTS = frozenset(("fs.readdirSync", "fs.readdir"))
_VISITS = frozenset(("forEach", "map", "flatMap"))
_LEAVES = re.compile(rb"\b(?:continue|break|return|throw)\b")


def reads_listing(analysis: FileAnalysis, path: NodePath, text: Text) -> bool:
    """Return True if code that always runs reads every file of a directory that it lists.

    Args:
        path: where a file is read.
        text: its path: the directory, and any name in it.
    """
    parts = relative_parts(text)
    if parts is None or len(parts) != 2 or parts[1]:
        return False
    statements = (above.node for above in path.above() if above.node.type.endswith("_statement"))
    start = next((node.start_byte for node in statements), path.node.start_byte)
    below = path
    for above in path.above():
        listed = _listed_by(analysis, above)
        if listed is not None:
            leaves = _LEAVES.search(analysis.source.data, above.node.start_byte, start)
            is_it = _is_listing(analysis, listed, analysis.scopes.of(above), parts[0])
            return is_it and leaves is None and not is_conditional(above)
        if may_skip(above, below):
            return False
        below = above
    return False


def _listed_by(analysis: FileAnalysis, path: NodePath) -> Node | None:
    """Return what a loop visits, or a call of ``forEach`` whose function stands at ``path``."""
    if path.node.type == "for_in_statement":
        operator = path.node.child_by_field_name("operator")
        is_of = operator is not None and operator.type == "of"
        return path.node.child_by_field_name("right") if is_of else None
    call = path.up.up if path.up is not None and path.up.node.type == "arguments" else None
    if path.node.type not in FUNCTIONS or call is None:
        return None
    callee = call.node.child_by_field_name("function")
    if callee is None or callee.type != "member_expression":
        return None
    name = callee.child_by_field_name("property")
    visits = name is not None and analysis.source.text(name) in _VISITS
    return callee.child_by_field_name("object") if visits else None


def _is_listing(analysis: FileAnalysis, node: Node, scope: Scope, directory: str) -> bool:
    """Return True if an expression has all names in a directory."""
    while node.type in ("await_expression", "parenthesized_expression"):
        inner = node.named_child(0)
        if inner is None:
            return False
        node = inner
    if node.type == "identifier":
        binding = analysis.scopes.lookup(analysis.source.text(node), scope)
        value = binding.node.child_by_field_name("value") if binding is not None else None
        if binding is None or value is None or binding.declared is not Declared.CONST:
            return False
        return value.type != "identifier" and _is_listing(analysis, value, binding.scope, directory)
    callee = node.child_by_field_name("function") if node.type == "call_expression" else None
    arguments = arguments_of(node) if callee is not None else []
    if callee is None or len(arguments) != 1:
        return False  # with options: entries of which some may be directories
    lists = any(
        isinstance(one, Builtin) and one.name in _LISTS for one in analysis.values(callee, scope)
    )
    return lists and any(
        isinstance(one, Text) and one.is_anchored and _same(relative_parts(one), directory)
        for one in analysis.values(arguments[0], scope)
    )


def _same(parts: tuple[str, ...] | None, directory: str) -> bool:
    return parts is not None and len(parts) == 1 and parts[0].rstrip("/") == directory.rstrip("/")
