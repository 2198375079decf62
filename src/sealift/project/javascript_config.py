"""The constant values in JavaScript configuration files, read without running them.

``module.exports = {...}`` and ``export default {...}`` are understood, with constants of the file.
Anything else is refused with its line: a host need not have Node.
"""

from __future__ import annotations

from typing import Any

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

MAX_DEPTH = 100
"""Values within one another."""

MAX_VALUES = 100_000
"""Values in one configuration; constants that hold others can double them with every name."""


class NotConstantError(ValueError):
    """The file has something at ``line`` (1-based) that only Node could evaluate."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def read_exported_value(source: bytes) -> Any:
    """Return the constant that a configuration module exports.

    Raise `NotConstantError` if its value is not constant, or too large or too deep.
    """
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
    return _Reader(constants).value(exported, ())


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


class _Reader:
    """Reads the values of one file."""

    def __init__(self, constants: dict[str, Node]) -> None:
        self._constants = constants
        self._count = 0
        self._depth = 0

    def value(self, node: Node, names: tuple[str, ...]) -> Any:
        """Return the value of an expression that is part of the constants ``names``."""
        self._count += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _refusal(node, f"the values are nested more than {MAX_DEPTH} levels deep")
        if self._count > MAX_VALUES:
            raise _refusal(node, f"there are more than {MAX_VALUES} values")
        try:
            return self._value(node, names)
        finally:
            self._depth -= 1

    def _value(self, node: Node, names: tuple[str, ...]) -> Any:
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
                return [self.value(child, names) for child in _operands(node)]
            case "object":
                return dict(self._pair(child, names) for child in _operands(node))
            case "parenthesized_expression":
                return self.value(_operands(node)[0], names)
            case "identifier":
                name = _text(node)
                # A constant that is part of itself has no value.
                if name in self._constants and name not in names:
                    return self.value(self._constants[name], (*names, name))
        raise _not_constant(node)

    def _pair(self, node: Node, names: tuple[str, ...]) -> tuple[str, Any]:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        if node.type != "pair" or key is None or value is None:
            raise _not_constant(node)
        if key.type == "computed_property_name":
            raise _not_constant(node)
        return (_string(key) if key.type == "string" else _text(key)), self.value(value, names)


def _not_constant(node: Node) -> NotConstantError:
    return _refusal(node, f"`{_text(node)[:60]}` is not a constant")


def _refusal(node: Node, message: str) -> NotConstantError:
    return NotConstantError(message, node.start_point[0] + 1)


def _operands(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _number(node: Node) -> float | int:
    text = _text(node).replace("_", "")
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise _refusal(node, f"`{text[:60]}` is not a number") from error


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
        raise _refusal(node, f"`{_text(node)[:60]}` is not a character") from error
