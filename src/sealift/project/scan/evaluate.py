"""What an expression is worth: constants folded, names followed back to their declarations."""

from __future__ import annotations

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.bindings import Bindings
from sealift.project.scan.call_results import Results
from sealift.project.scan.node_api import GLOBALS, member_of
from sealift.project.scan.object_literals import Literals
from sealift.project.scan.scopes import FUNCTIONS, Binding, Scope, Scopes
from sealift.project.scan.syntax import Source, arguments_of, unescape
from sealift.project.scan.values import Builtin, Intrinsic, Text, Value, Values

_MAX_DEPTH = 60

MAX_STEPS = 300_000
"""Expressions looked at per file; real files need some thousands at most."""


class Evaluator:
    """Evaluates the expressions of one file."""

    def __init__(self, source: Source, scopes: Scopes) -> None:
        self._source = source
        self._scopes = scopes
        self._bindings = Bindings(source, scopes, self)
        self._results = Results(source, scopes, self)
        self.literals = Literals(source, scopes, self)
        self._steps = 0
        self._cut = 0
        self._cache: dict[int, Values] = {}
        self._workers = b"worker_threads" in source.data

    @property
    def exhausted(self) -> bool:
        """Whether the file is too intricate to be followed to its end."""
        return self._steps > MAX_STEPS

    def spend(self, steps: int) -> None:
        """Count work done, in expressions looked at."""
        self._steps += steps

    def cut(self) -> None:
        """Note that a value was given up on the way: what was found now is not for keeping."""
        self._cut += 1

    @property
    def consulted(self) -> set[tuple[bytes, int, int]]:
        """The reach of the names whose assignments mattered."""
        return self._bindings.consulted

    def give(self, binding: Binding, value: Value) -> bool:
        """Record that a parameter is given a value; False when that was known."""
        is_new = self._bindings.give(binding, value)
        if is_new:
            self._cache.clear()
        return is_new

    def name(self, name: str, scope: Scope) -> Values:
        """The value of a name in a scope."""
        binding = self._scopes.lookup(name, scope)
        if binding is not None:
            return self._bindings.values(binding)
        if name == "Worker" and self._workers:
            return (Builtin("worker_threads.Worker"),)
        found = GLOBALS.get(name)
        return v.NOTHING if found is None else (found,)

    def values(self, node: Node, scope: Scope, depth: int = 0) -> Values:
        """Everything an expression can be worth; `values.NOTHING` when nothing is known."""
        known = self._cache.get(node.id)
        if known is not None:
            return known
        self.spend(1)
        if depth > _MAX_DEPTH or self.exhausted:
            self.cut()
            return v.NOTHING
        cut = self._cut
        found = self._values(node, scope, depth + 1)
        if self._bindings.is_settled and cut == self._cut:
            self._cache[node.id] = found
        return found

    def _values(self, node: Node, scope: Scope, deeper: int) -> Values:
        kind = node.type
        if kind == "string":
            return (v.constant(self._source.string(node)),)
        if kind in ("identifier", "shorthand_property_identifier"):
            return self.name(self._source.text(node), scope)
        if kind == "member_expression":
            return self._member(node, scope, deeper)
        if kind == "call_expression":
            return self._results.of_call(node, scope, deeper)
        if kind == "binary_expression":
            return self._binary(node, scope, deeper)
        if kind == "template_string":
            return self._template(node, scope, deeper)
        if kind == "number":
            return (v.constant(self._source.text(node)),)
        if kind == "new_expression":
            return self._results.of_new(node, scope, deeper)
        if kind in ("parenthesized_expression", "sequence_expression", "await_expression"):
            inner = [child for child in node.named_children if child.type != "comment"]
            return self.values(inner[-1], scope, deeper) if inner else v.NOTHING
        if kind == "ternary_expression":
            return self._either(node, ("consequence", "alternative"), scope, deeper)
        if kind == "assignment_expression":
            return self._either(node, ("right",), scope, deeper)
        if kind == "augmented_assignment_expression":
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type in ("||=", "??=", "&&="):
                return self._either(node, ("right",), scope, deeper)
            return v.NOTHING
        if kind == "subscript_expression":
            return self._subscript(node, scope, deeper)
        if kind == "import":
            return (Intrinsic.IMPORT,)
        if kind == "meta_property":
            is_import = self._source.text(node).startswith("import")
            return (Intrinsic.IMPORT_META,) if is_import else v.NOTHING
        if kind in FUNCTIONS or kind in ("object", "array"):
            path = self._source.path_of(node)
            if path is None:
                return v.NOTHING
            return (v.Function(path) if kind in FUNCTIONS else v.Literal(path),)
        return v.NOTHING

    def _either(self, node: Node, fields: tuple[str, ...], scope: Scope, depth: int) -> Values:
        found: list[Value] = []
        for field in fields:
            child = node.child_by_field_name(field)
            if child is not None:
                found.extend(self.values(child, scope, depth))
        return v.distinct(found)

    def _binary(self, node: Node, scope: Scope, depth: int) -> Values:
        operator = node.child_by_field_name("operator")
        kind = operator.type if operator is not None else ""
        if kind in ("||", "??"):
            return self._either(node, ("left", "right"), scope, depth)
        if kind == "&&":
            return self._either(node, ("right",), scope, depth)
        if kind != "+":
            return v.NOTHING
        # A long sum nests on its left side: go down it without recursion.
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
        self.spend(len(pieces))
        return v.concat_all([self.values(piece, scope, depth) for piece in reversed(pieces)])

    def _template(self, node: Node, scope: Scope, depth: int) -> Values:
        pieces: list[Values] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                inner = [c for c in child.named_children if c.type != "comment"]
                pieces.append(self.values(inner[0], scope, depth) if inner else v.NOTHING)
            else:
                pieces.append((v.constant(unescape(self._source.text(child))),))
        return v.concat_all(pieces)

    def _member(self, node: Node, scope: Scope, depth: int) -> Values:
        target = node.child_by_field_name("object")
        name = node.child_by_field_name("property")
        if target is None or name is None:
            return v.NOTHING
        return self.access(self.values(target, scope, depth), (self._source.text(name),))

    def _subscript(self, node: Node, scope: Scope, depth: int) -> Values:
        target = node.child_by_field_name("object")
        index = node.child_by_field_name("index")
        if target is None or index is None:
            return v.NOTHING
        objects = self.values(target, scope, depth)
        key = self.values(index, scope, depth)
        name = key[0].constant if len(key) == 1 and isinstance(key[0], Text) else None
        return self.access(objects, (name,)) if name is not None else self.elements(objects)

    def access(self, objects: Values, access: tuple[str, ...] | None) -> Values:
        """The value of a member of a member ... of the objects."""
        if access is None:
            return v.NOTHING
        for name in access:
            found: list[Value] = []
            for target in objects:
                if isinstance(target, v.Literal):
                    found.extend(self.literals.member(target, name))
                else:
                    found.append(member_of(target, name))
            objects = v.distinct(found)
        return objects

    def elements(self, objects: Values, *, keys: bool = False) -> Values:
        """What any member of the objects (or its name) can be worth."""
        contents = self.literals.keys if keys else self.literals.members
        found: list[Value] = []
        for target in objects:
            found.extend(contents(target) if isinstance(target, v.Literal) else v.NOTHING)
        return v.distinct(found)

    def arguments(self, call: Node, scope: Scope, depth: int = 0) -> list[Values]:
        """The values of each argument of a call."""
        return [self.values(node, scope, depth) for node in arguments_of(call)]
