"""Whether the absence of a requested module is expected by the code around the request."""

from __future__ import annotations

import re

from tree_sitter import Node

from sealift.project.scan.scopes import FUNCTIONS
from sealift.project.scan.syntax import NodePath, Source, arguments_of

# What asks for the platform or for a thing being there. NODE_ENV only chooses among files that
# are all there, and the names of module systems are tested by code that runs on any of them.
_PRESENCE = re.compile(
    r"process\.(?:platform|arch|versions?\b)|process\.env\.(?!NODE_ENV\b)|process\.env\["
    r"|\b(?:platform|arch)\(\)|['\"](?:win32|darwin|linux|musl|arm64|x64)['\"]"
    r"|\bis_?(?:win|mac|linux|darwin|musl|installed|available)\w*"
    r"|\bexistsSync\b|\brequire\.resolve\b"
    r"|\btypeof\s+(?!(?:module|exports|require|define|process|global|globalThis|window|document"
    r"|self|navigator|__\w+)\b)[\w$.]+",
    re.IGNORECASE,
)
_REQUESTS = re.compile(rb"\b(?:require|import)\b")
_MAX_CONDITION = 2000


def is_guarded(source: Source, path: NodePath) -> bool:
    """Whether a failure of the request at ``path`` is caught, or it is behind a test for it."""
    return _has_catch(source, path) or any(
        above.up is not None and _guards(source, above.up.node, above)
        for above in _within_flow(path)
    )


def _within_flow(path: NodePath) -> list[NodePath]:
    """The spot and those around it, until a function that runs at another time."""
    found = [path]
    for above in path.above():
        if above.node.type in FUNCTIONS and not _runs_at_once(above):
            break
        found.append(above)
    return found


def _runs_at_once(function: NodePath) -> bool:
    """Whether a function is called where it stands: passed as an argument, or called itself."""
    at = function.up
    while at is not None and at.node.type == "parenthesized_expression":
        at = at.up
    return at is not None and at.node.type in ("arguments", "call_expression")


def _guards(source: Source, node: Node, child: NodePath) -> bool:
    """Whether ``node`` guards what is in its child."""
    kind = node.type
    if kind == "try_statement":
        return child.is_field("body") and node.child_by_field_name("handler") is not None
    if kind == "catch_clause":
        # The second choice after a failed request; a report of another failure is not one.
        whole = child.up.up.node if child.up is not None and child.up.up is not None else None
        body = whole.child_by_field_name("body") if whole is not None else None
        return (
            body is not None
            and _REQUESTS.search(source.data, body.start_byte, body.end_byte) is not None
        )
    if kind in ("if_statement", "ternary_expression"):
        condition = node.child_by_field_name("condition")
        if condition is None or condition.id == child.node.id:
            return False
        text = source.data[condition.start_byte : condition.end_byte][:_MAX_CONDITION]
        return _PRESENCE.search(text.decode("utf-8", "replace")) is not None
    if kind == "binary_expression":
        operator = node.child_by_field_name("operator")
        left = node.child_by_field_name("left")
        if operator is None or operator.type != "&&" or left is None or left.id == child.node.id:
            return False
        text = source.data[left.start_byte : left.end_byte][:_MAX_CONDITION]
        return _PRESENCE.search(text.decode("utf-8", "replace")) is not None
    if kind == "switch_statement":
        value = node.child_by_field_name("value")
        return (
            value is not None
            and value.id != child.node.id
            and _PRESENCE.search(source.text(value)[:_MAX_CONDITION]) is not None
        )
    return False


def _has_catch(source: Source, path: NodePath) -> bool:
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
