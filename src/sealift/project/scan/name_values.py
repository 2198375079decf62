"""The values of names: by their declarations, their assignments, and what they are passed as."""

from __future__ import annotations

import re

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.members import any_member, member, member_names
from sealift.project.scan.node_api import GLOBALS, module_value
from sealift.project.scan.scopes import Binding, Declared, Scope
from sealift.project.scan.seeds import is_written
from sealift.project.scan.syntax import NodePath, arguments_of
from sealift.project.scan.values import (
    NOTHING,
    UNKNOWN,
    Builtin,
    Function,
    Literal,
    Require,
    Value,
    Values,
    distinct,
)

_WRAPPER = frozenset(("require", "module", "exports", "__dirname", "__filename"))
# Methods of arrays that call a function with every element.
_EACH = frozenset(("forEach", "map", "flatMap", "filter", "some", "every", "find"))
_ESBUILD_REQUIRE = re.compile(r"__require\d*")


def value_of_name(analysis: FileAnalysis, name: str, scope: Scope) -> Values:
    """Return the values of a name in a scope."""
    binding = analysis.scopes.lookup(name, scope)
    if binding is not None:
        return values_of_binding(analysis, binding)
    if name == "Worker" and b"worker_threads" in analysis.source.data:
        return (Builtin("worker_threads.Worker"),)
    found = GLOBALS.get(name)
    return NOTHING if found is None else (found,)


def give_to_parameter(analysis: FileAnalysis, binding: Binding, value: Value) -> bool:
    """Record that a parameter receives a value. Return False if that was known."""
    given = analysis.names.given.setdefault(binding, [])
    if value in given:
        return False
    given.append(value)
    analysis.forget_values()
    return True


def values_of_binding(analysis: FileAnalysis, binding: Binding) -> Values:
    """Return the values that a declared name can have."""
    names = analysis.names
    known = names.known.get(binding)
    if known is not None:
        return known
    of_wrapper = (
        binding.name in _WRAPPER and binding.declared is Declared.VAR and binding.scope.up is None
    )
    wrapper = (GLOBALS.get(binding.name, UNKNOWN),) if of_wrapper else ()
    if binding in names.active:  # ``root = join(root, '..')``: what it is before that
        names.provisional += 1
        return names.before.get(binding) or wrapper
    if binding.declared in (Declared.LET, Declared.VAR):
        analysis.relevance.assigned.add(binding.extent)
    state = analysis.state
    names.active.add(binding)
    try:
        found = _declared_values(analysis, binding)
    finally:
        names.active.discard(binding)
    if of_wrapper and (not found or found == NOTHING):
        found = wrapper
    result = found or NOTHING
    if not names.active or analysis.is_final(state):
        names.known[binding] = result
    return result


def _declared_values(analysis: FileAnalysis, binding: Binding) -> Values:
    node = binding.node
    if binding.declared is Declared.IMPORT:
        source = node.child_by_field_name("source")
        if source is None:
            return NOTHING
        module = module_value(analysis.source.string(source))
        return member(analysis, (module,), binding.access)
    if binding.declared is Declared.FUNCTION:
        path = analysis.source.path_of(node)
        return (Function(path),) if path is not None else NOTHING
    if binding.declared is Declared.PARAMETER:
        return _parameter_values(analysis, binding)
    if binding.declared is Declared.OTHER:
        return _loop_values(analysis, binding)
    if _ESBUILD_REQUIRE.fullmatch(binding.name) and binding.scope.up is None:
        return (Require(),)  # esbuild's stand-in for require
    return _variable_values(analysis, binding)


def _variable_values(analysis: FileAnalysis, binding: Binding) -> Values:
    found: list[Value] = []
    value = binding.node.child_by_field_name("value")
    if value is not None:
        found.extend(member(analysis, analysis.values(value, binding.scope), binding.access))
    if binding.declared is not Declared.CONST:
        analysis.names.before[binding] = tuple(found)
        assigned, otherwise = _assignments(analysis, binding)
        for right, scope in assigned:
            found.extend(analysis.values(right, scope))
        if otherwise:
            found.append(UNKNOWN)
    found = [Literal(x.path, (*x.names, binding)) if isinstance(x, Literal) else x for x in found]
    return distinct(found) if found else ()


def _parameter_values(analysis: FileAnalysis, binding: Binding) -> Values:
    given = analysis.names.given.get(binding)
    if given:
        return distinct(given)
    argument = _argument(analysis, binding)
    if argument is not None:
        return argument
    return (Require(),) if _is_amd_require(analysis, binding) else NOTHING


def _loop_values(analysis: FileAnalysis, binding: Binding) -> Values:
    """Return the values of the variable of a ``for ... of`` or ``for ... in`` loop."""
    node = binding.node
    right = node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if node.type != "for_in_statement" or right is None or operator is None:
        return NOTHING
    objects = analysis.values(right, binding.scope)
    items = (member_names if operator.type == "in" else any_member)(analysis, objects)
    found = member(analysis, items, binding.access)
    assigned, otherwise = _assignments(analysis, binding)
    return distinct([*found, *([UNKNOWN] if assigned or otherwise else [])])


def _argument(analysis: FileAnalysis, binding: Binding) -> Values | None:
    """Return the argument for a parameter of a function that is called where it is written."""
    source = analysis.source
    at = source.path_of(binding.scope.node)
    if binding.position == 0 and at is not None and at.up is not None:
        items = _elements_passed_to(analysis, at, at.up)
        if items is not None:
            return member(analysis, items, binding.access)
    if binding.access != ():
        return None
    while at is not None and at.up is not None:
        call = at.up
        kind = call.node.type
        offset = 0
        if kind == "member_expression" and at.is_field("object"):  # function () {}.call(this)
            name = call.node.child_by_field_name("property")
            if name is None or source.text(name) != "call" or call.up is None:
                return None
            at, call, offset = call, call.up, 1
        if call.node.type == "call_expression" and at.is_field("function"):
            arguments = arguments_of(call.node)[offset:]
            if binding.position >= len(arguments):
                return None
            return analysis.values(arguments[binding.position], analysis.scopes.of(call))
        if kind not in ("parenthesized_expression", "unary_expression"):
            return None
        at = call
    return None


def _elements_passed_to(analysis: FileAnalysis, function: NodePath, up: NodePath) -> Values | None:
    """Return the elements of ``array`` in ``array.forEach(function)``."""
    call = up.up
    if up.node.type != "arguments" or call is None:
        return None
    callee = call.node.child_by_field_name("function")
    first = arguments_of(call.node)[:1]
    if callee is None or callee.type != "member_expression" or first != [function.node]:
        return None
    target = callee.child_by_field_name("object")
    name = callee.child_by_field_name("property")
    if target is None or name is None or analysis.source.text(name) not in _EACH:
        return None
    objects = analysis.values(target, analysis.scopes.of(call))
    if not any(isinstance(x, Literal) and x.path.node.type == "array" for x in objects):
        return None
    return any_member(analysis, objects)


def _is_amd_require(analysis: FileAnalysis, binding: Binding) -> bool:
    """Return True for the parameter of ``define(function (require) {})`` of amdefine."""
    if binding.name != "require":
        return False
    function = analysis.source.path_of(binding.scope.node)
    if function is None or function.up is None or function.up.up is None:
        return False
    call = function.up.up
    callee = call.node.child_by_field_name("function")
    if call.node.type != "call_expression" or callee is None:
        return False
    return Builtin("amdefine") in analysis.values(callee, analysis.scopes.of(call))


def _assignments(analysis: FileAnalysis, binding: Binding) -> tuple[list[tuple[Node, Scope]], bool]:
    """Return the right sides that are assigned to a name, and whether it changes otherwise."""
    known = analysis.names.assignments.get(binding)
    if known is not None:
        return known
    source = analysis.source
    found: list[tuple[Node, Scope]] = []
    otherwise = False
    name, start, end = binding.extent
    for position in source.identifiers.positions(name, start, end):
        if not is_written(source.data, name, position):
            continue
        analysis.spend(1)
        path = source.at(position)
        if path is None or path.node.type != "identifier" or path.up is None:
            continue
        parent = path.up.node
        scope = analysis.scopes.of(path)
        if (
            parent.type == "assignment_pattern"
            or parent.id == binding.node.id
            or analysis.scopes.lookup(binding.name, scope) is not binding
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
    analysis.names.assignments[binding] = (found, otherwise)
    return found, otherwise
