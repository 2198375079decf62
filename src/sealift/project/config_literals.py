"""Constant values out of JavaScript configuration files, without running them.

``module.exports = {...}`` and ``export default {...}`` are understood, also by way of one
``const``. Anything that is not a literal is refused with its line: a host need not have Node.
"""

from __future__ import annotations

from typing import Any

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser


class NotConstantError(ValueError):
    """The file holds something that only Node could evaluate, at ``line`` (1-based)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def read_exported_value(source: bytes) -> Any:
    """The constant that a configuration module exports; `NotConstantError` if it is not one."""
    root = Parser(Language(tree_sitter_javascript.language())).parse(source).root_node
    if root.has_error:
        raise NotConstantError("the file has a syntax error", _first_error_line(root))
    constants: dict[str, Node] = {}
    exported: Node | None = None
    for statement in root.named_children:
        if statement.type in ("lexical_declaration", "variable_declaration"):
            for declarator in statement.named_children:
                name = declarator.child_by_field_name("name")
                value = declarator.child_by_field_name("value")
                if name is not None and value is not None:
                    constants[_text(name)] = value
        elif statement.type == "export_statement":
            exported = statement.child_by_field_name("value") or exported
        elif statement.type == "expression_statement":
            exported = _assigned_export(statement) or exported
    if exported is None:
        raise NotConstantError("the file exports nothing", 1)
    try:
        return _value(exported, constants)
    except RecursionError as error:
        raise NotConstantError("it is nested too deeply", exported.start_point[0] + 1) from error


def _assigned_export(statement: Node) -> Node | None:
    assignment = statement.named_children[0] if statement.named_children else None
    if assignment is None or assignment.type != "assignment_expression":
        return None
    left = assignment.child_by_field_name("left")
    if left is None or _text(left) not in ("module.exports", "exports.default"):
        return None
    return assignment.child_by_field_name("right")


def _first_error_line(root: Node) -> int:
    pending = [root]
    while pending:
        node = pending.pop(0)
        if node.is_error or node.is_missing:
            return node.start_point[0] + 1
        pending.extend(child for child in node.children if child.has_error or child.is_error)
    return 1


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _value(node: Node, constants: dict[str, Node]) -> Any:
    match node.type:
        case "string":
            return _string(node)
        case "template_string" if all(
            child.type != "template_substitution" for child in node.children
        ):
            return _string(node)
        case "number":
            return _number(node)
        case "true" | "false" | "null" | "undefined":
            return _WORDS[node.type]
        case "array":
            return [_value(child, constants) for child in _operands(node)]
        case "object":
            return dict(_pair(child, constants) for child in _operands(node))
        case "parenthesized_expression":
            return _value(_operands(node)[0], constants)
        case "identifier" if _text(node) in constants:
            # Each name is taken once, so that two constants naming each other cannot loop.
            rest = {name: value for name, value in constants.items() if name != _text(node)}
            return _value(constants[_text(node)], rest)
    raise NotConstantError(f"`{_text(node)[:60]}` is not a constant", node.start_point[0] + 1)


def _operands(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _pair(node: Node, constants: dict[str, Node]) -> tuple[str, Any]:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if node.type != "pair" or key is None or value is None or key.type == "computed_property_name":
        raise NotConstantError(f"`{_text(node)[:60]}` is not a constant", node.start_point[0] + 1)
    return (_string(key) if key.type == "string" else _text(key)), _value(value, constants)


def _number(node: Node) -> float | int:
    text = _text(node).replace("_", "")
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise NotConstantError(f"`{text}` is not understood", node.start_point[0] + 1) from error


def _string(node: Node) -> str:
    parts = []
    for child in node.named_children:
        text = _text(child)
        if child.type != "escape_sequence":
            parts.append(text)
        elif text[1] in "xu":
            parts.append(_character(child, text[2:].strip("{}")))
        elif text[1] not in "\r\n":  # a line continuation stands for nothing
            parts.append(_ESCAPES.get(text[1], text[1]))
    return "".join(parts)


def _character(node: Node, digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError) as error:
        line = node.start_point[0] + 1
        raise NotConstantError(f"`{_text(node)}` is no character", line) from error
