"""The references of calls: ``require``, ``import``, ``require.resolve``, workers, scripts."""

from __future__ import annotations

from sealift.project.references import ReferenceKind, UseKind
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.guards import is_conditional, is_guarded
from sealift.project.scan.script_readers import OF_CALLER, add_scripts_around_call
from sealift.project.scan.syntax import NodePath, arguments_of, operands_of, property_of
from sealift.project.scan.texts import relative_parts
from sealift.project.scan.uses import uses_of
from sealift.project.scan.values import (
    Base,
    Builtin,
    Intrinsic,
    Package,
    Require,
    Resolve,
    Text,
    Value,
    Values,
)

_SAME_PATH = frozenset((
    "url.fileURLToPath", "url.pathToFileURL", "fs.realpathSync", "path.normalize", "String",
))  # fmt: skip
_PATH_FUNCTIONS = frozenset(("path.dirname", "path.join", "path.resolve", "URL"))
_OF_AMD = frozenset(("require", "exports", "module"))
_CUTTING = frozenset(("replace", "slice", "substring", "substr", "split"))


def add_call(analysis: FileAnalysis, callee: NodePath, functions: Values) -> None:
    """Add what the call of ``callee``, which can be any of ``functions``, refers to."""
    call = callee.up
    if call is None:
        return
    collected = analysis.flow.calls.get(call.node.id)
    if collected is not None and collected == analysis.arguments_at(call):
        return
    made = [_add_call_of(analysis, function, call) for function in functions]
    if any(made):
        analysis.flow.calls[call.node.id] = analysis.arguments_at(call)


def _add_call_of(analysis: FileAnalysis, function: Value, call: NodePath) -> bool:
    """Add what a call refers to; return False if the function makes no references."""
    name = function.name if isinstance(function, Builtin) else ""
    if isinstance(function, Require):
        _add_required(analysis, function, call)
    elif isinstance(function, Resolve):
        _add_resolved(analysis, function, call)
    elif function is Intrinsic.IMPORT:
        _add_imported(analysis, call)
    elif name in ("module._load", "module._resolveFilename"):
        arguments = analysis.arguments_at(call)
        is_own = len(arguments) > 1 and arguments[1] == (Intrinsic.MODULE,)
        _add_required(analysis, Require() if is_own else Require(base=None), call)
    elif name == "amdefine":
        _add_dependencies(analysis, call)
    elif name == "worker_threads.Worker":
        _add_script(analysis, UseKind.WORKER, call)
    elif name == "child_process.fork":
        _add_script(analysis, UseKind.FORK, call)
    elif name in ("cluster.setupPrimary", "cluster.setupMaster"):
        _add_cluster_script(analysis, call)
    elif isinstance(function, Package) and function.specifier in OF_CALLER:
        add_scripts_around_call(analysis, function.specifier, call)
    else:
        return False
    return True


def _add_required(analysis: FileAnalysis, require: Require, call: NodePath) -> None:
    arguments = analysis.arguments_at(call)
    if arguments:
        marks = _marks(arguments)
        analysis.references.add_modules(
            require.kind, require, arguments[0], call.node,
            guarded=is_guarded(analysis, call), conditional=is_conditional(call),
            optional="may-exclude" in marks, excluded="must-exclude" in marks,
        )  # fmt: skip


def _add_dependencies(analysis: FileAnalysis, call: NodePath) -> None:
    """Add the modules that ``define(['./a', 'exports'], factory)`` of amdefine requires."""
    scope = analysis.scopes.of(call)
    for array in (node for node in arguments_of(call.node) if node.type == "array"):
        for element in operands_of(array):
            values = analysis.values(element, scope)
            if not any(isinstance(x, Text) and x.constant in _OF_AMD for x in values):
                analysis.references.add_modules(
                    ReferenceKind.REQUIRE, Require(), values, call.node,
                    guarded=is_guarded(analysis, call), conditional=is_conditional(call),
                )  # fmt: skip


def _marks(arguments: list[Values]) -> set[str | None]:
    """Return the second argument of ``require``, which says in pkg what to leave out."""
    mark = arguments[1] if len(arguments) > 1 else ()
    return {value.constant for value in mark if isinstance(value, Text)}


def _add_imported(analysis: FileAnalysis, call: NodePath) -> None:
    arguments = analysis.arguments_at(call)
    if arguments:
        analysis.references.add_modules(
            ReferenceKind.DYNAMIC_IMPORT, None, arguments[0], call.node,
            guarded=is_guarded(analysis, call), conditional=is_conditional(call),
        )  # fmt: skip


def _add_resolved(analysis: FileAnalysis, resolve: Resolve, call: NodePath) -> None:
    arguments = analysis.arguments_at(call)
    if not arguments:
        return
    guarded = is_guarded(analysis, call)
    if resolve.of is None:
        analysis.references.add_modules(
            ReferenceKind.IMPORT_META_RESOLVE, None, arguments[0], call.node,
            guarded=guarded, located=_is_located(analysis, call, arguments[0]),
            conditional=is_conditional(call),
        )  # fmt: skip
        return
    marks = _marks(arguments)
    paths, open_ended = _paths_option(analysis, call)
    analysis.references.add_modules(
        ReferenceKind.REQUIRE_RESOLVE, resolve.of, arguments[0], call.node,
        guarded=guarded or open_ended, paths=paths,
        located=_is_located(analysis, call, arguments[0]), conditional=is_conditional(call),
        optional="may-exclude" in marks, excluded="must-exclude" in marks,
    )  # fmt: skip


def _paths_option(analysis: FileAnalysis, call: NodePath) -> tuple[tuple[str, ...], bool]:
    """Return the ``paths`` option, and whether some of it is outside this package."""
    arguments = arguments_of(call.node)
    option = property_of(analysis.source, arguments[1], "paths") if len(arguments) > 1 else None
    if option is None:
        return (), len(arguments) > 1 and arguments[1].type == "identifier"
    found: list[str] = []
    open_ended = option.type != "array"
    for element in operands_of(option) if option.type == "array" else []:
        for value in analysis.values(element, analysis.scopes.of(call)):
            is_own = isinstance(value, Text) and value.base is Base.DIRECTORY
            parts = relative_parts(value) if isinstance(value, Text) and is_own else None
            if parts is not None and len(parts) == 1:
                found.append(parts[0] or ".")
            else:
                open_ended = True
    return tuple(found), open_ended


def _is_located(analysis: FileAnalysis, call: NodePath, specifiers: Values) -> bool:
    """Return True if other paths are made of a resolved one, directly or by way of a name.

    The path of a package.json is only useful for that.
    """
    if any(isinstance(x, Text) and x.parts[-1].endswith("/package.json") for x in specifiers):
        return True
    converted = _converted(analysis, call)
    if _starts_a_path(analysis, converted):
        return True
    declarator = converted.up
    if declarator is None or declarator.node.type != "variable_declarator":
        return False
    return any(
        _starts_a_path(analysis, _converted(analysis, use))
        for binding in analysis.scopes.declared_by(declarator.node, declarator)
        for use in uses_of(analysis, binding)
    )


def _converted(analysis: FileAnalysis, path: NodePath) -> NodePath:
    """Return the largest expression that is still the same path: ``await``, ``fileURLToPath``."""
    while (up := path.up) is not None:
        if up.node.type in ("parenthesized_expression", "await_expression"):
            path = up
        elif up.up is not None and _passed_to(analysis, path) & _SAME_PATH:
            path = up.up
        else:
            break
    return path


def _starts_a_path(analysis: FileAnalysis, path: NodePath) -> bool:
    up = path.up
    if up is not None and up.node.type == "member_expression" and path.is_field("object"):
        name = up.node.child_by_field_name("property")
        return name is not None and analysis.source.text(name) in _CUTTING
    return bool(_passed_to(analysis, path) & _PATH_FUNCTIONS)


def _passed_to(analysis: FileAnalysis, path: NodePath) -> set[str]:
    """Return the names of Node's functions of which this is an argument."""
    call = path.up.up if path.up is not None and path.up.node.type == "arguments" else None
    if call is None:
        return set()
    field = "constructor" if call.node.type == "new_expression" else "function"
    callee = call.node.child_by_field_name(field)
    if callee is None:
        return set()
    functions = analysis.values(callee, analysis.scopes.of(call))
    return {function.name for function in functions if isinstance(function, Builtin)}


def _add_script(analysis: FileAnalysis, use: UseKind, call: NodePath) -> None:
    nodes = arguments_of(call.node)
    if not nodes:
        return
    options = nodes[1] if len(nodes) > 1 else None
    if use is UseKind.WORKER and options is not None:
        evaluated = property_of(analysis.source, options, "eval")
        if evaluated is not None and analysis.source.text(evaluated) != "false":
            return
    guarded = is_guarded(analysis, call)
    for value in analysis.arguments_at(call)[0]:
        analysis.references.add_script(use, value, call.node, guarded)


def _add_cluster_script(analysis: FileAnalysis, call: NodePath) -> None:
    for options in arguments_of(call.node)[:1]:
        script = property_of(analysis.source, options, "exec")
        if script is not None:
            guarded = is_guarded(analysis, call)
            for value in analysis.values(script, analysis.scopes.of(call)):
                analysis.references.add_script(UseKind.FORK, value, call.node, guarded)
