"""What becomes of a value: it is stored in a name, returned, passed on, or only looked at."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.escapes import (
    add_argument,
    add_call_through,
    add_escaped,
    add_unused_path,
    add_working_directory,
)
from sealift.project.scan.kept_keys import is_only_kept
from sealift.project.scan.printing import add_printed, is_printed
from sealift.project.scan.scopes import FUNCTIONS, Binding
from sealift.project.scan.syntax import NodePath
from sealift.project.scan.uses import pass_to_parameter, trace_uses, trace_uses_again, uses_of
from sealift.project.scan.values import Builtin, Resolve, Values, is_anchored

_HARMLESS_METHODS = frozenset((
    "startsWith", "endsWith", "includes", "indexOf", "lastIndexOf", "match", "test", "length",
    "localeCompare", "search", "charAt", "charCodeAt", "protocol", "host", "hash",
    "searchParams", "origin",
))  # fmt: skip
_TESTS = frozenset(("===", "!==", "==", "!=", "in", "instanceof", "<", ">", "<=", ">="))
_CONDITIONS = frozenset((
    "if_statement", "while_statement", "do_statement", "for_statement", "ternary_expression",
    "switch_statement", "switch_case",
))  # fmt: skip
_CACHES = ("require.cache", "odule._cache")
TraceUses = Callable[[FileAnalysis, Binding], None]
_ASSIGNMENTS = frozenset(("assignment_expression", "augmented_assignment_expression"))


def trace_to_sink(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Trace a value that is part of no larger known one to what becomes of it."""
    at: NodePath | None = path
    while at is not None:  # in ``a = b = __dirname``, one assignment after another
        at = _trace_to_sink(analysis, at, values)


def _trace_to_sink(analysis: FileAnalysis, path: NodePath, values: Values) -> NodePath | None:
    """Trace a value; return the expression around it if that has the same value."""
    up = path.up
    traced = analysis.flow.sinks.setdefault(path.node.id, set())
    again = bool(traced)  # a parameter has received another value
    values = tuple(value for value in values if value not in traced)
    traced.update(values)
    if not values or up is None or path.is_called:
        return None
    trace = trace_uses_again if again else trace_uses
    kind = up.node.type
    if kind == "variable_declarator" and path.is_field("value"):
        _trace_declared(analysis, up, values, trace)
    elif kind == "assignment_pattern" and path.is_field("right"):
        _trace_default(analysis, up, path, values)
    elif kind in _ASSIGNMENTS:
        return _trace_assigned(analysis, up, path, values, trace)
    elif is_printed(analysis, path):
        add_printed(analysis, path, values)
    elif kind in ("arguments", "array") and is_only_kept(analysis, path):
        add_unused_path(analysis, path, values)
    elif kind == "arguments" and up.up is not None:
        add_argument(analysis, up.up, path, values)
    elif _is_option(analysis, up) or add_call_through(analysis, up, values):
        return None
    elif kind == "return_statement" or (kind == "arrow_function" and path.is_field("body")):
        _trace_returned(analysis, up, path, values)
    elif _is_harmless(analysis, up, path):
        add_unused_path(analysis, path, values)
    else:
        add_working_directory(analysis, path, values)
        add_escaped(analysis, path, values)
    return None


def _is_harmless(analysis: FileAnalysis, up: NodePath, path: NodePath) -> bool:
    """Return True if the code around a value only looks at it."""
    kind = up.node.type
    if kind in ("expression_statement", "unary_expression", "throw_statement"):
        return True
    if kind == "binary_expression":
        operator = up.node.child_by_field_name("operator")
        return operator is not None and (
            operator.type in _TESTS or (operator.type == "&&" and path.is_field("left"))
        )
    if kind == "sequence_expression":
        return up.node.named_children[-1].id != path.node.id
    if kind in _CONDITIONS:
        return True
    if kind == "subscript_expression" and path.is_field("index"):
        target = up.node.child_by_field_name("object")
        return target is not None and analysis.source.text(target).endswith(_CACHES)
    if kind == "parenthesized_expression":
        return up.up is not None and up.up.node.type in _CONDITIONS
    if kind in ("member_expression", "subscript_expression") and path.is_field("object"):
        if not any(is_anchored(x) for x in analysis.values_at(path)):
            return True  # require.cache, import.meta.env, ...
        name = up.node.child_by_field_name("property")
        return name is not None and analysis.source.text(name) in _HARMLESS_METHODS
    # Names that are not used: declarations, labels, exports under other names.
    return kind in ("import_specifier", "import_clause", "namespace_import")


def _is_option(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True in the options of ``require.resolve`` or of a cluster."""
    if path.node.type not in ("array", "pair"):
        return False
    for above in path.above():
        if above.node.type == "arguments":
            call = above.up
            callee = call.node.child_by_field_name("function") if call is not None else None
            if call is None or callee is None:
                return False
            functions = analysis.values(callee, analysis.scopes.of(call))
            return any(
                isinstance(f, Resolve) or (isinstance(f, Builtin) and f.name.startswith("cluster."))
                for f in functions
            )
        if above.node.type not in ("array", "object", "pair"):
            return False
    return False


def _trace_declared(
    analysis: FileAnalysis, declarator: NodePath, values: Values, trace: TraceUses
) -> None:
    scopes = analysis.scopes
    name = declarator.node.child_by_field_name("name")
    is_name = name is not None and name.type == "identifier"
    if not is_name and any(is_anchored(x) for x in values):
        return  # ``const {length} = __dirname``
    for binding in scopes.declared_by(declarator.node, declarator):
        trace(analysis, binding)
        if _is_exported(declarator):
            add_escaped(analysis, declarator, values)
    if is_name and name is not None:
        # ``var a = 1; var a = 2``: the second declarator declares nothing new.
        known = scopes.lookup(analysis.source.text(name), scopes.of(declarator))
        if known is not None:
            trace(analysis, known)


def _trace_default(
    analysis: FileAnalysis, pattern: NodePath, path: NodePath, values: Values
) -> None:
    """``function f(dir = __dirname)``."""
    left = pattern.node.child_by_field_name("left")
    if left is None or left.type != "identifier":
        add_escaped(analysis, path, values)
        return
    scope = analysis.scopes.of(pattern)
    binding = analysis.scopes.lookup(analysis.source.text(left), scope)
    if binding is not None:
        pass_to_parameter(analysis, binding, values)


def _trace_returned(analysis: FileAnalysis, up: NodePath, path: NodePath, values: Values) -> None:
    """Return the result of a function: its calls have the value."""
    function = next((s for s in (up, *up.above()) if s.node.type in FUNCTIONS), None)
    binding = _named(analysis, function) if function is not None else None
    if binding is None or function is None or analysis.scopes.parameters(function):
        add_escaped(analysis, path, values)
        return
    for use in uses_of(analysis, binding):
        call = use.up
        if call is not None and call.node.type == "call_expression" and use.is_field("function"):
            analysis.flow.pending.append(call)
        elif not use.is_written and use.node.id != _name_of(function.node):
            add_escaped(analysis, path, values)


def _named(analysis: FileAnalysis, function: NodePath) -> Binding | None:
    """Return the name that a function is declared or stored under, if it has no other."""
    node: Node | None = None
    if function.node.type == "function_declaration":
        node = function.node.child_by_field_name("name")
    elif function.up is not None and function.up.node.type == "variable_declarator":
        node = function.up.node.child_by_field_name("name")
    if node is None or node.type != "identifier" or function.up is None:
        return None
    return analysis.scopes.lookup(analysis.source.text(node), analysis.scopes.of(function.up))


def _trace_assigned(
    analysis: FileAnalysis,
    assignment: NodePath,
    path: NodePath,
    values: Values,
    trace: TraceUses,
) -> NodePath | None:
    """Trace the target of an assignment; return the assignment if its own value is stored."""
    left = assignment.node.child_by_field_name("left")
    if left is None or left.id == path.node.id:
        return None
    if left.type == "identifier":
        name = analysis.source.text(left)
        binding = analysis.scopes.lookup(name, analysis.scopes.of(assignment))
        if binding is not None:
            trace(analysis, binding)
        elif name not in ("require", "__dirname", "__filename"):
            add_escaped(analysis, path, values)
    else:
        add_escaped(analysis, path, values)
    outer = assignment.up
    while outer is not None and outer.node.type == "parenthesized_expression":
        outer = outer.up
    stores = ("variable_declarator", "assignment_expression")
    return assignment if outer is not None and outer.node.type in stores else None


def _name_of(function: Node) -> int:
    """Return the id of the node that names a function, or 0."""
    name = function.child_by_field_name("name")
    return name.id if name is not None else 0


def _is_exported(declarator: NodePath) -> bool:
    """``export const x = ...``."""
    declaration = declarator.up
    return (
        declaration is not None
        and declaration.up is not None
        and declaration.up.node.type == "export_statement"
    )
