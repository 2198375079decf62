"""Whether the code around a reference expects that the module may be missing."""

from __future__ import annotations

import re

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.scopes import FUNCTIONS, Scope
from sealift.project.scan.syntax import NodePath, ParsedSource, arguments_of

# Tests of the platform, or of the existence of something. NODE_ENV only selects among files that
# all exist, and code that runs in several module systems tests for their names.
_PRESENCE = re.compile(
    r"process\.(?:platform|arch|versions?\b)|process\.env\.(?!NODE_ENV\b)|process\.env\["
    r"|\b(?:platform|arch)\(\)|['\"](?:win32|darwin|linux|musl|arm64|x64)['\"]"
    r"|\bis_?(?:win|mac|linux|darwin|musl|installed|available)\w*"
    r"|\b(?:Bun|Deno|EdgeRuntime)\b|\bis_?(?:bun|deno)\w*|navigator\.userAgent"
    r"|\bexistsSync\b|\brequire\.resolve\b"
    r"|\btypeof\s+(?!(?:module|exports|require|define|process|global|globalThis|window|document"
    r"|self|navigator|__\w+)\b)[\w$.]+",
    re.IGNORECASE,
)
_LOOPS = frozenset(("for_statement", "for_in_statement", "while_statement", "do_statement"))
_SHORT = frozenset(("&&", "||", "??"))
_LOADS = re.compile(rb"\b(?:require|import)\b")
_MAX_CONDITION = 2000  # bytes of a condition that are looked at
_MAX_NAMES = 20  # names in a condition, and in what they stand for
_MAX_FUNCTION = 500  # bytes: a longer function does more than to test for something


def is_guarded(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True if a failure of the reference at ``path`` is caught or tested for."""
    return _has_catch(analysis.source, path) or any(
        above.up is not None and _guards(analysis, above.up, above) for above in _within_flow(path)
    )


def is_conditional(path: NodePath) -> bool:
    """Return True if the reference at ``path`` may never run, although the file runs."""
    below = path
    for above in path.above():
        if may_skip(above, below):
            return True
        below = above
    return False


def may_skip(path: NodePath, below: NodePath) -> bool:
    """Return True if the node at ``path`` may not run what is at ``below``, a part of it."""
    kind = path.node.type
    if kind in FUNCTIONS:
        return not _is_called(path)
    if kind in _LOOPS or kind in ("switch_case", "switch_default", "catch_clause"):
        return True
    if kind in ("if_statement", "ternary_expression"):
        return not below.is_field("condition")
    if kind == "binary_expression":
        operator = path.node.child_by_field_name("operator")
        return operator is not None and operator.type in _SHORT and below.is_field("right")
    return kind == "assignment_pattern" and below.is_field("right")


def _is_called(function: NodePath) -> bool:
    """Return True if a function is called where it is written, or passed to such a function."""
    at = function
    up = at.up
    while up is not None and up.node.type in ("parenthesized_expression", "member_expression"):
        at, up = up, up.up  # (function () {})(), (function () {}).call(this)
    if up is None:
        return False
    if up.node.type == "arguments" and up.up is not None:  # (function (f) {})(function () {})
        callee = up.up.node.child_by_field_name("function")
        while callee is not None and callee.type == "parenthesized_expression":
            callee = callee.named_child(0)
        return callee is not None and callee.type in FUNCTIONS
    return at.is_called


def _within_flow(path: NodePath) -> list[NodePath]:
    """Return the node and those around it, up to a function that runs at another time."""
    found = [path]
    for above in path.above():
        if above.node.type in FUNCTIONS and not _runs_immediately(above):
            break
        found.append(above)
    return found


def _runs_immediately(function: NodePath) -> bool:
    """Return True if a function is called where it is written, or passed as an argument."""
    at = function.up
    while at is not None and at.node.type == "parenthesized_expression":
        at = at.up
    return at is not None and at.node.type in ("arguments", "call_expression")


def _guards(analysis: FileAnalysis, path: NodePath, child: NodePath) -> bool:
    """Return True if the node at ``path`` guards its child."""
    node = path.node
    kind = node.type
    if kind == "try_statement":
        return child.is_field("body") and node.child_by_field_name("handler") is not None
    if kind == "catch_clause":
        # Code that loads something else after a failure, not code that reports a failure.
        whole = child.up.up.node if child.up is not None and child.up.up is not None else None
        body = whole.child_by_field_name("body") if whole is not None else None
        return (
            body is not None
            and _LOADS.search(analysis.source.data, body.start_byte, body.end_byte) is not None
        )
    if kind in ("if_statement", "ternary_expression"):
        condition = node.child_by_field_name("condition")
        if condition is None or condition.id == child.node.id:
            return False
        return _tests_presence(analysis, condition, path)
    if kind == "binary_expression":
        operator = node.child_by_field_name("operator")
        left = node.child_by_field_name("left")
        if operator is None or operator.type != "&&" or left is None or left.id == child.node.id:
            return False
        return _tests_presence(analysis, left, path)
    if kind == "switch_statement":
        value = node.child_by_field_name("value")
        return (
            value is not None
            and value.id != child.node.id
            and _tests_presence(analysis, value, path)
        )
    return False


def _tests_presence(analysis: FileAnalysis, condition: Node, path: NodePath) -> bool:
    """Return True if a condition, or what its names stand for, tests for something's presence."""
    source = analysis.source
    pending: list[tuple[Node, Scope]] = [(condition, analysis.scopes.of(path))]
    known = set()
    for _ in range(_MAX_NAMES):
        if not pending:
            return False
        node, scope = pending.pop(0)
        analysis.spend(1)
        if _PRESENCE.search(source.head(node, _MAX_CONDITION)) is not None:
            return True
        for name in _names_in(node):
            binding = analysis.scopes.lookup(source.text(name), scope)
            if binding is None or binding in known:
                continue
            known.add(binding)
            value = binding.node.child_by_field_name("value") or binding.node
            is_function = value.type in FUNCTIONS
            if is_function and value.end_byte - value.start_byte > _MAX_FUNCTION:
                continue
            if is_function or value is not binding.node:
                pending.append((value, binding.scope))
    return False


def _names_in(node: Node) -> list[Node]:
    """Return the first names in an expression, those in functions left out."""
    found: list[Node] = []
    pending = [node]
    while pending and len(found) < _MAX_NAMES:
        item = pending.pop(0)
        if item.type == "identifier":
            found.append(item)
        elif item.type not in FUNCTIONS:
            pending.extend(item.named_children[:_MAX_NAMES])
    return found


def _has_catch(source: ParsedSource, path: NodePath) -> bool:
    """``import('x').then(...).catch(...)`` or ``.then(ok, failed)``."""
    at = path
    while at.up is not None and at.up.node.type == "member_expression" and at.is_field("object"):
        call = at.up.up
        if call is None or call.node.type != "call_expression":
            return False
        name = at.up.node.child_by_field_name("property")
        method = source.text(name) if name is not None else ""
        if method == "catch" or (method == "then" and len(arguments_of(call.node)) > 1):
            return True
        at = call
    return False
