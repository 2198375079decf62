"""What is in the objects and arrays that a file writes out, as long as nothing changes them.

An object counts as changed when its name is used for more than looking into it. What is done with
objects within objects is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.scopes import Binding, Scopes
from sealift.project.scan.syntax import NodePath, Source
from sealift.project.scan.values import Literal, Value

if TYPE_CHECKING:
    from sealift.project.scan.evaluate import Evaluator

_MAX_USES = 200
_MAX_NESTED = 20
_CHANGING = frozenset((
    "push", "unshift", "splice", "sort", "reverse", "fill", "pop", "shift", "copyWithin",
))  # fmt: skip
_LOOKING = frozenset(("Object.keys", "Object.values", "Object.entries", "Object.freeze"))
_CHANGED = frozenset((
    "assignment_expression", "augmented_assignment_expression", "update_expression",
    "array_pattern", "object_pattern", "pair_pattern", "for_in_statement",
))  # fmt: skip


class Literals:
    """The contents of the objects and arrays of one file.

    Attributes:
        reaches: the reach of every name whose uses decide what is in an object.
        read: where the literals that were looked into begin.
    """

    def __init__(self, source: Source, scopes: Scopes, evaluator: Evaluator) -> None:
        self.reaches: set[tuple[bytes, int, int]] = set()
        self.read: set[int] = set()
        self._source = source
        self._scopes = scopes
        self._evaluator = evaluator
        self._active: set[int] = set()
        self._unchanged: dict[Binding, bool] = {}

    def member(self, literal: Literal, name: str) -> list[Value]:
        """What a member can be worth; nothing if there is no such member."""
        return self._values_of(literal, name)

    def members(self, literal: Literal) -> list[Value]:
        """What any member can be worth."""
        return self._values_of(literal, None)

    def keys(self, literal: Literal) -> list[Value]:
        """The names of the members."""
        found: list[Value] = [
            v.constant(key) if key is not None else v.UNKNOWN for key, _ in self._members(literal)
        ]
        return found if self._is_unchanged(literal) else [*found, v.UNKNOWN]

    def _values_of(self, literal: Literal, name: str | None) -> list[Value]:
        node = literal.path.node
        if node.id in self._active or len(self._active) >= _MAX_NESTED:
            self._evaluator.cut()
            return [v.UNKNOWN]
        self._active.add(node.id)
        try:
            scope = self._scopes.of(literal.path)
            found: list[Value] = []
            for key, value in self._members(literal):
                if key is None or value is None:
                    found.append(v.UNKNOWN)
                elif name in (key, None):
                    found.extend(self._evaluator.values(value, scope))
            is_known = any(value != v.UNKNOWN for value in found)
            return [*found, v.UNKNOWN] if is_known and not self._is_unchanged(literal) else found
        finally:
            self._active.discard(node.id)

    def _members(self, literal: Literal) -> Iterator[tuple[str | None, Node | None]]:
        """The members by name, None for an unknown one."""
        node = literal.path.node
        self.read.add(node.start_byte)
        nodes = [child for child in node.named_children if child.type != "comment"]
        self._evaluator.spend(len(nodes))
        for index, member in enumerate(nodes):
            if member.type == "spread_element":
                yield None, None
            elif node.type == "object":
                yield self._property(member)
            else:
                yield str(index), member

    def _property(self, member: Node) -> tuple[str | None, Node | None]:
        if member.type == "shorthand_property_identifier":
            return self._source.text(member), member
        key = member.child_by_field_name("key" if member.type == "pair" else "name")
        value = member.child_by_field_name("value") if member.type == "pair" else member
        if key is None:
            return None, None
        if key.type == "string":
            return self._source.string(key), value
        return (self._source.text(key) if key.type != "computed_property_name" else None), value

    # ------------------------------------------------------------------ changes

    def _is_unchanged(self, literal: Literal) -> bool:
        """Whether an object stays as it is written: its names are only used to look into it."""
        for name in literal.names:
            if name not in self._unchanged:
                self._unchanged[name] = self._find_unchanged(name)
        return all(self._unchanged[name] for name in literal.names)

    def _find_unchanged(self, binding: Binding) -> bool:
        self.reaches.add(binding.reach)
        places = self._source.names.places(*binding.reach)
        self._evaluator.spend(len(places))
        if len(places) > _MAX_USES:
            return False
        for position in places:
            path = self._source.at(position)
            if path is None or path.up is None:
                return False
            if path.node.type not in ("identifier", "shorthand_property_identifier"):
                continue
            if self._scopes.lookup(binding.name, self._scopes.of(path)) is not binding:
                continue
            declares = path.up.node.id == binding.node.id and path.is_written
            if not declares and not self._only_looks(path, path.up):
                return False
        return True

    def _only_looks(self, path: NodePath, up: NodePath) -> bool:
        kind = up.node.type
        if kind in ("member_expression", "subscript_expression") and path.is_field("object"):
            if up.up is None or up.up.node.type in _CHANGED:
                return (
                    up.up is not None
                    and not up.is_field("left")
                    and (up.up.node.type == "assignment_expression" or up.is_field("right"))
                )
            name = up.node.child_by_field_name("property")
            changes = name is not None and self._source.text(name) in _CHANGING
            return up.up.node.type != "unary_expression" and not (up.is_called and changes)
        if kind == "arguments" and up.up is not None:
            callee = up.up.node.child_by_field_name("function")
            return callee is not None and self._source.text(callee) in _LOOKING
        if kind == "for_in_statement":
            return path.is_field("right")
        return kind == "binary_expression" and path.is_field("right")
