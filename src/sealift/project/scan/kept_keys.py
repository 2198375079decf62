"""Paths that a collection only remembers: ``seen.add(__dirname); seen.has(path)``.

Nothing gets them out of a ``Set``, or keys out of a ``Map``, that is only asked about them.
"""

from __future__ import annotations

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.scopes import Binding, Declared, Scope
from sealift.project.scan.syntax import NodePath, arguments_of
from sealift.project.scan.uses import uses_of

_COLLECTIONS = frozenset(("Set", "Map", "WeakSet", "WeakMap"))
_LISTS = frozenset(("Set", "WeakSet"))
_KEEPS = frozenset(("add", "set"))
_ASKS = frozenset(("has", "get", "delete", "clear", "size"))


def is_only_kept(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True if a value is an element or a key of a collection that never gives it back."""
    up = path.up
    call = up.up if up is not None and up.node.type == "arguments" else None
    if call is not None:
        if arguments_of(call.node)[:1] != [path.node]:
            return False
        callee = call.node.child_by_field_name("function")
        target = callee.child_by_field_name("object") if callee is not None else None
        name = callee.child_by_field_name("property") if callee is not None else None
        if target is None or name is None or target.type != "identifier":
            return False
        if analysis.source.text(name) not in _KEEPS | _ASKS:
            return False
        binding = _collection(analysis, analysis.source.text(target), analysis.scopes.of(path))
        return binding is not None and _is_only_asked(analysis, binding)
    declarator = _declarator_of_list(analysis, path)
    if declarator is None:
        return False
    bindings = analysis.scopes.declared_by(declarator.node, declarator)
    return all(
        binding.declared is Declared.CONST and _is_only_asked(analysis, binding)
        for binding in bindings
    )


def _declarator_of_list(analysis: FileAnalysis, element: NodePath) -> NodePath | None:
    """Return the declarator of ``const seen = new Set([element])``."""
    array = element.up
    arguments = array.up if array is not None and array.node.type == "array" else None
    new = arguments.up if arguments is not None and arguments.node.type == "arguments" else None
    if new is None or new.node.type != "new_expression" or new.up is None:
        return None
    constructor = new.node.child_by_field_name("constructor")
    if constructor is None or analysis.source.text(constructor) not in _LISTS:
        return None
    return new.up if new.up.node.type == "variable_declarator" else None


def _collection(analysis: FileAnalysis, name: str, scope: Scope) -> Binding | None:
    """Return the declaration of a name that stands for one collection of JavaScript's."""
    binding = analysis.scopes.lookup(name, scope)
    if binding is None or binding.declared is not Declared.CONST or binding.access != ():
        return None
    value = binding.node.child_by_field_name("value")
    constructor = value.child_by_field_name("constructor") if value is not None else None
    if constructor is None or analysis.source.text(constructor) not in _COLLECTIONS:
        return None
    return (
        binding
        if analysis.scopes.lookup(analysis.source.text(constructor), scope) is None
        else None
    )


def _is_only_asked(analysis: FileAnalysis, binding: Binding) -> bool:
    """Return True if no use of a collection gives its keys to other code."""
    for use in uses_of(analysis, binding):
        up = use.up
        assert up is not None
        if up.node.type == "variable_declarator" and use.is_field("name"):
            if any(above.node.type == "export_statement" for above in up.above()):
                return False
            continue
        member = up.node.child_by_field_name("property")
        if up.node.type != "member_expression" or not use.is_field("object") or member is None:
            return False
        name = analysis.source.text(member)
        if name in _KEEPS:  # their results are the collection
            call = up.up
            kept = call.up.node.type if call is not None and call.up is not None else ""
            if kept != "expression_statement":
                return False
        elif name not in _ASKS:
            return False
    return True
