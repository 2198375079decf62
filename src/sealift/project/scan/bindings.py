"""What a name is worth: by its declaration, its assignments, and what it is passed as."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.node_api import GLOBALS, module_value
from sealift.project.scan.scopes import Binding, Declared, Scope, Scopes
from sealift.project.scan.seeds import is_written
from sealift.project.scan.syntax import NodePath, Source, arguments_of
from sealift.project.scan.values import Builtin, Value, Values

if TYPE_CHECKING:
    from sealift.project.scan.evaluate import Evaluator

_MAX_CHAIN = 60  # names that lead to one another

_WRAPPER = frozenset(("require", "module", "exports", "__dirname", "__filename"))
# Methods of arrays that call a function with every element.
_EACH = frozenset(("forEach", "map", "flatMap", "filter", "some", "every", "find"))


class Bindings:
    """The values of the names of one file.

    Attributes:
        consulted: the reach of every name that may be assigned and whose value was looked at;
            where parts of the source were left out of the tree, no assignment may be there.
    """

    def __init__(self, source: Source, scopes: Scopes, evaluator: Evaluator) -> None:
        self.consulted: set[tuple[bytes, int, int]] = set()
        self._source = source
        self._scopes = scopes
        self._evaluator = evaluator
        self._given: dict[Binding, list[Value]] = {}
        self._known: dict[Binding, Values] = {}
        self._active: set[Binding] = set()
        self._before: dict[Binding, Values] = {}
        self._assigned: dict[Binding, tuple[list[tuple[Node, Scope]], bool]] = {}

    @property
    def is_settled(self) -> bool:
        """Whether no name's value is being worked out: what is found now holds for good."""
        return not self._active

    def give(self, binding: Binding, value: Value) -> bool:
        """Record that a parameter is given a value; False when that was known."""
        given = self._given.setdefault(binding, [])
        if value in given:
            return False
        given.append(value)
        self._known.clear()
        return True

    def values(self, binding: Binding) -> Values:
        """The values a binding can have."""
        known = self._known.get(binding)
        if known is not None:
            return known
        of_wrapper = (
            binding.name in _WRAPPER
            and binding.declared is Declared.VAR
            and binding.scope.up is None
        )
        wrapper = (GLOBALS.get(binding.name, v.UNKNOWN),) if of_wrapper else ()
        if binding in self._active:  # ``root = join(root, '..')``: what it is before that
            return self._before.get(binding) or wrapper
        if len(self._active) > _MAX_CHAIN:
            self._evaluator.cut()
            return v.NOTHING
        if binding.declared in (Declared.LET, Declared.VAR):
            self.consulted.add(binding.reach)
        self._active.add(binding)
        try:
            found = self._binding(binding)
        finally:
            self._active.discard(binding)
        if of_wrapper and (not found or found == v.NOTHING):
            found = wrapper
        result = found or v.NOTHING
        if not self._active:
            self._known[binding] = result
        return result

    def _binding(self, binding: Binding) -> Values:
        node = binding.node
        if binding.declared is Declared.IMPORT:
            source = node.child_by_field_name("source")
            if source is None:
                return v.NOTHING
            module = module_value(self._source.string(source))
            return self._evaluator.access((module,), binding.access)
        if binding.declared is Declared.FUNCTION:
            path = self._source.path_of(node)
            return (v.Function(path),) if path is not None else v.NOTHING
        if binding.declared is Declared.PARAMETER:
            given = self._given.get(binding)
            if given:
                return v.distinct(given)
            called = self._called_with(binding)
            if called is not None:
                return called
            return (v.Require(),) if self._is_amd_require(binding) else v.NOTHING
        if binding.declared is Declared.OTHER:
            return self._looped_over(binding)
        if re.fullmatch(r"__require\d*", binding.name) and binding.scope.up is None:
            return (v.Require(),)  # esbuild's stand-in for require
        found: list[Value] = []
        value = node.child_by_field_name("value")
        if value is not None:
            found.extend(
                self._evaluator.access(self._evaluator.values(value, binding.scope), binding.access)
            )
        if binding.declared is not Declared.CONST:
            self._before[binding] = tuple(found)
            assigned, otherwise = self._assignments(binding)
            for right, scope in assigned:
                found.extend(self._evaluator.values(right, scope))
            if otherwise:
                found.append(v.UNKNOWN)
        found = [
            v.Literal(x.path, (*x.names, binding)) if isinstance(x, v.Literal) else x for x in found
        ]
        return v.distinct(found) if found else ()

    def _looped_over(self, binding: Binding) -> Values:
        """What the variable of a ``for ... of`` or ``for ... in`` loop can be."""
        node = binding.node
        right = node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if node.type != "for_in_statement" or right is None or operator is None:
            return v.NOTHING
        objects = self._evaluator.values(right, binding.scope)
        items = self._evaluator.elements(objects, keys=operator.type == "in")
        found = self._evaluator.access(items, binding.access)
        assigned, otherwise = self._assignments(binding)
        return v.distinct([*found, *([v.UNKNOWN] if assigned or otherwise else [])])

    def _called_with(self, binding: Binding) -> Values | None:
        """The argument for a parameter of a function that is called where it stands."""
        at = self._source.path_of(binding.scope.node)
        if binding.position == 0 and at is not None and at.up is not None:
            items = self._mapped_over(at, at.up)
            if items is not None:
                return self._evaluator.access(items, binding.access)
        if binding.access != ():
            return None
        while at is not None and at.up is not None:
            call = at.up
            kind = call.node.type
            offset = 0
            if kind == "member_expression" and at.is_field("object"):  # function () {}.call(this)
                name = call.node.child_by_field_name("property")
                if name is None or self._source.text(name) != "call" or call.up is None:
                    return None
                at, call, offset = call, call.up, 1
            if call.node.type == "call_expression" and at.is_field("function"):
                arguments = arguments_of(call.node)[offset:]
                if binding.position >= len(arguments):
                    return None
                return self._evaluator.values(arguments[binding.position], self._scopes.of(call))
            if kind not in ("parenthesized_expression", "unary_expression"):
                return None
            at = call
        return None

    def _mapped_over(self, function: NodePath, up: NodePath) -> Values | None:
        """The elements of ``array`` in ``array.forEach(function)``."""
        call = up.up
        if up.node.type != "arguments" or call is None:
            return None
        callee = call.node.child_by_field_name("function")
        first = arguments_of(call.node)[:1]
        if callee is None or callee.type != "member_expression" or first != [function.node]:
            return None
        target = callee.child_by_field_name("object")
        name = callee.child_by_field_name("property")
        if target is None or name is None or self._source.text(name) not in _EACH:
            return None
        objects = self._evaluator.values(target, self._scopes.of(call))
        if not any(isinstance(x, v.Literal) and x.path.node.type == "array" for x in objects):
            return None
        return self._evaluator.elements(objects)

    def _is_amd_require(self, binding: Binding) -> bool:
        """Whether this is the parameter of ``define(function (require) {})`` of amdefine."""
        if binding.name != "require":
            return False
        function = self._source.path_of(binding.scope.node)
        if function is None or function.up is None or function.up.up is None:
            return False
        call = function.up.up
        callee = call.node.child_by_field_name("function")
        if call.node.type != "call_expression" or callee is None:
            return False
        return Builtin("amdefine") in self._evaluator.values(callee, self._scopes.of(call))

    def _assignments(self, binding: Binding) -> tuple[list[tuple[Node, Scope]], bool]:
        """What is assigned to a name: the right sides, and whether it changes otherwise."""
        known = self._assigned.get(binding)
        if known is not None:
            return known
        found: list[tuple[Node, Scope]] = []
        otherwise = False
        name, start, end = binding.reach
        for position in self._source.names.places(name, start, end):
            if not is_written(self._source.data, name, position):
                continue
            self._evaluator.spend(1)
            path = self._source.at(position)
            if path is None or path.node.type != "identifier" or path.up is None:
                continue
            parent = path.up.node
            scope = self._scopes.of(path)
            if (
                parent.type == "assignment_pattern"
                or parent.id == binding.node.id
                or self._scopes.lookup(binding.name, scope) is not binding
            ):
                continue
            if parent.type == "variable_declarator":  # ``var a = 1; var a = 2``
                right = parent.child_by_field_name("value")
            elif parent.type == "assignment_expression" and path.is_field("left"):
                right = parent.child_by_field_name("right")
            else:
                right = None
            if right is not None:
                found.append((right, scope))
            else:
                otherwise = True
        self._assigned[binding] = (found, otherwise)
        return found, otherwise
