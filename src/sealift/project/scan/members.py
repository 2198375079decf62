"""The values of members: ``path.join``, ``options.name``, ``list[0]``.

The contents of the objects and arrays that a file writes out count as long as nothing changes
them. An object counts as changed if its name is used for more than looking into it. What is done
with objects within objects is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.node_api import member_of
from sealift.project.scan.scopes import Binding
from sealift.project.scan.syntax import NodePath
from sealift.project.scan.values import (
    NOTHING,
    UNKNOWN,
    Literal,
    Value,
    Values,
    constant,
    distinct,
)

_MAX_USES = 200
_MAX_OPEN = 20  # objects within one another
_CHANGING = frozenset((
    "push", "unshift", "splice", "sort", "reverse", "fill", "pop", "shift", "copyWithin",
))  # fmt: skip
_LOOKING = frozenset(("Object.keys", "Object.values", "Object.entries", "Object.freeze"))
_CHANGED = frozenset((
    "assignment_expression", "augmented_assignment_expression", "update_expression",
    "array_pattern", "object_pattern", "pair_pattern", "for_in_statement",
))  # fmt: skip


def member(analysis: FileAnalysis, objects: Values, access: tuple[str, ...] | None) -> Values:
    """Return the values of ``object.a.b`` for the names in ``access``.

    None stands for members that are not known.
    """
    if access is None:
        return NOTHING
    for name in access:
        found: list[Value] = []
        for target in objects:
            if isinstance(target, Literal):
                found.extend(_contents(analysis, target, name))
            else:
                found.append(member_of(target, name))
        objects = distinct(found)
    return objects


def any_member(analysis: FileAnalysis, objects: Values) -> Values:
    """Return the values that any member of the objects can have."""
    found: list[Value] = []
    for target in objects:
        if isinstance(target, Literal):
            found.extend(_contents(analysis, target, None))
        else:
            found.append(UNKNOWN)
    return distinct(found)


def member_names(analysis: FileAnalysis, objects: Values) -> Values:
    """Return the names of the objects' members."""
    found: list[Value] = []
    for target in objects:
        if not isinstance(target, Literal):
            found.append(UNKNOWN)
            continue
        found.extend(
            constant(key) if key is not None else UNKNOWN for key, _ in _members(analysis, target)
        )
        if not _is_unchanged(analysis, target):
            found.append(UNKNOWN)
    return distinct(found)


def _contents(analysis: FileAnalysis, literal: Literal, name: str | None) -> list[Value]:
    """Return the values of a member, or of all members without a name."""
    node = literal.path.node
    if node.id in analysis.open_literals or len(analysis.open_literals) >= _MAX_OPEN:
        return list(analysis.give_up_value())
    analysis.open_literals.add(node.id)
    try:
        scope = analysis.scopes.of(literal.path)
        found: list[Value] = []
        for key, value in _members(analysis, literal):
            if key is None or value is None:
                found.append(UNKNOWN)
            elif name in (key, None):
                found.extend(analysis.values(value, scope))
        is_known = any(value != UNKNOWN for value in found)
        return [*found, UNKNOWN] if is_known and not _is_unchanged(analysis, literal) else found
    finally:
        analysis.open_literals.discard(node.id)


def _members(analysis: FileAnalysis, literal: Literal) -> Iterator[tuple[str | None, Node | None]]:
    """Return the members by name, None for an unknown one."""
    node = literal.path.node
    analysis.relevance.contents.add(node.start_byte)
    nodes = [child for child in node.named_children if child.type != "comment"]
    analysis.spend(len(nodes))
    for index, item in enumerate(nodes):
        if item.type == "spread_element":
            yield None, None
        elif node.type == "object":
            yield _property(analysis, item)
        else:
            yield str(index), item


def _property(analysis: FileAnalysis, item: Node) -> tuple[str | None, Node | None]:
    source = analysis.source
    if item.type == "shorthand_property_identifier":
        return source.text(item), item
    key = item.child_by_field_name("key" if item.type == "pair" else "name")
    value = item.child_by_field_name("value") if item.type == "pair" else item
    if key is None:
        return None, None
    if key.type == "string":
        return source.string(key), value
    return (source.text(key) if key.type != "computed_property_name" else None), value


# ---------------------------------------------------------------------- changes


def _is_unchanged(analysis: FileAnalysis, literal: Literal) -> bool:
    """Return True if an object stays as written: its names are only used to look into it."""
    known = analysis.names.unchanged
    for name in literal.names:
        if name not in known:
            known[name] = _find_unchanged(analysis, name)
    return all(known[name] for name in literal.names)


def _find_unchanged(analysis: FileAnalysis, binding: Binding) -> bool:
    source, scopes = analysis.source, analysis.scopes
    analysis.relevance.used.add(binding.extent)
    positions = source.identifiers.positions(*binding.extent)
    analysis.spend(len(positions))
    if len(positions) > _MAX_USES:
        return False
    for position in positions:
        path = source.at(position)
        if path is None or path.up is None:
            return False
        if path.node.type not in ("identifier", "shorthand_property_identifier"):
            continue
        if scopes.lookup(binding.name, scopes.of(path)) is not binding:
            continue
        declares = path.up.node.id == binding.node.id and path.is_written
        if not declares and not _only_looks(analysis, path, path.up):
            return False
    return True


def _only_looks(analysis: FileAnalysis, path: NodePath, up: NodePath) -> bool:
    """Return True if an object's name is only used to look into the object."""
    text = analysis.source.text
    kind = up.node.type
    if kind in ("member_expression", "subscript_expression") and path.is_field("object"):
        if up.up is None or up.up.node.type in _CHANGED:
            return (
                up.up is not None
                and not up.is_field("left")
                and (up.up.node.type == "assignment_expression" or up.is_field("right"))
            )
        name = up.node.child_by_field_name("property")
        changes = name is not None and text(name) in _CHANGING
        return up.up.node.type != "unary_expression" and not (up.is_called and changes)
    if kind == "arguments" and up.up is not None:
        callee = up.up.node.child_by_field_name("function")
        return callee is not None and text(callee) in _LOOKING
    if kind == "for_in_statement":
        return path.is_field("right")
    return kind == "binary_expression" and path.is_field("right")
