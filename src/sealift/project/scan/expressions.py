"""The values of expressions, by kind of expression: constants are folded, names are looked up."""

from __future__ import annotations

from collections.abc import Mapping

from tree_sitter import Node

from sealift.project.scan.analysis import Expression, FileAnalysis
from sealift.project.scan.call_results import result_of_call, result_of_new
from sealift.project.scan.members import any_member, member
from sealift.project.scan.name_values import value_of_name
from sealift.project.scan.scopes import FUNCTIONS, Scope
from sealift.project.scan.syntax import operands_of, unescape
from sealift.project.scan.texts import concat_all
from sealift.project.scan.values import (
    NOTHING,
    Function,
    Intrinsic,
    Literal,
    Text,
    Value,
    Values,
    constant,
    distinct,
)

_ALWAYS_SET = frozenset(f"import.meta.{name}" for name in ("url", "dirname", "filename"))


def _string(analysis: FileAnalysis, node: Node, _: Scope) -> Values:
    return (constant(analysis.source.string(node)),)


def _number(analysis: FileAnalysis, node: Node, _: Scope) -> Values:
    return (constant(analysis.source.text(node)),)


def _name(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    return value_of_name(analysis, analysis.source.text(node), scope)


def _last_operand(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    """``(x)``, ``(a, x)``, ``await x``."""
    operands = operands_of(node)
    return analysis.values(operands[-1], scope) if operands else NOTHING


def _either(analysis: FileAnalysis, node: Node, fields: tuple[str, ...], scope: Scope) -> Values:
    found: list[Value] = []
    for field in fields:
        child = node.child_by_field_name(field)
        if child is not None:
            found.extend(analysis.values(child, scope))
    return distinct(found)


def _ternary(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    return _either(analysis, node, ("consequence", "alternative"), scope)


def _assignment(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    """``a = b = ... = x``: it nests on its right side, which is descended without recursion."""
    right: Node | None = node
    while right is not None and right.type == "assignment_expression":
        right = right.child_by_field_name("right")
    return distinct(list(analysis.values(right, scope))) if right is not None else NOTHING


def _augmented_assignment(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    operator = node.child_by_field_name("operator")
    if operator is not None and operator.type in ("||=", "??=", "&&="):
        return _either(analysis, node, ("right",), scope)
    return NOTHING


def _binary(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    operator = node.child_by_field_name("operator")
    kind = operator.type if operator is not None else ""
    if kind in ("||", "??"):
        fields = ("left",) if _is_always_set(analysis, node) else ("left", "right")
        return _either(analysis, node, fields, scope)
    if kind == "&&":
        return _either(analysis, node, ("right",), scope)
    return _sum(analysis, node, scope) if kind == "+" else NOTHING


def _is_always_set(analysis: FileAnalysis, node: Node) -> bool:
    """Return True if the left operand is a property of ``import.meta`` that every file has."""
    left = node.child_by_field_name("left")
    return left is not None and analysis.source.text(left) in _ALWAYS_SET


def _sum(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    """``a + b + c + ...``: it nests on its left side, which is descended without recursion."""
    pieces: list[Node] = []
    at: Node | None = node
    while at is not None and at.type == "binary_expression":
        operator = at.child_by_field_name("operator")
        if operator is None or operator.type != "+":
            break
        right = at.child_by_field_name("right")
        if right is not None:
            pieces.append(right)
        at = at.child_by_field_name("left")
    if at is not None:
        pieces.append(at)
    analysis.spend(len(pieces))
    return concat_all([analysis.values(piece, scope) for piece in reversed(pieces)])


def _template(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    pieces: list[Values] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            operands = operands_of(child)
            pieces.append(analysis.values(operands[0], scope) if operands else NOTHING)
        else:
            pieces.append((constant(unescape(analysis.source.text(child))),))
    return concat_all(pieces)


def _member(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    target = node.child_by_field_name("object")
    name = node.child_by_field_name("property")
    if target is None or name is None:
        return NOTHING
    return member(analysis, analysis.values(target, scope), (analysis.source.text(name),))


def _subscript(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    target = node.child_by_field_name("object")
    index = node.child_by_field_name("index")
    if target is None or index is None:
        return NOTHING
    objects = analysis.values(target, scope)
    key = analysis.values(index, scope)
    name = key[0].constant if len(key) == 1 and isinstance(key[0], Text) else None
    return member(analysis, objects, (name,)) if name is not None else any_member(analysis, objects)


def _import(_: FileAnalysis, _node: Node, _scope: Scope) -> Values:
    return (Intrinsic.IMPORT,)


def _meta_property(analysis: FileAnalysis, node: Node, _: Scope) -> Values:
    is_import = analysis.source.text(node).startswith("import")
    return (Intrinsic.IMPORT_META,) if is_import else NOTHING


def _function(analysis: FileAnalysis, node: Node, _: Scope) -> Values:
    path = analysis.source.path_of(node)
    return (Function(path),) if path is not None else NOTHING


def _literal(analysis: FileAnalysis, node: Node, _: Scope) -> Values:
    path = analysis.source.path_of(node)
    return (Literal(path),) if path is not None else NOTHING


EXPRESSIONS: Mapping[str, Expression] = {
    "string": _string,
    "number": _number,
    "template_string": _template,
    "identifier": _name,
    "shorthand_property_identifier": _name,
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": result_of_call,
    "new_expression": result_of_new,
    "binary_expression": _binary,
    "ternary_expression": _ternary,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _augmented_assignment,
    "parenthesized_expression": _last_operand,
    "sequence_expression": _last_operand,
    "await_expression": _last_operand,
    "import": _import,
    "meta_property": _meta_property,
    "object": _literal,
    "array": _literal,
    **dict.fromkeys(FUNCTIONS, _function),
}
"""What works out the values of each kind of expression; all other kinds are unknown."""
