"""Traces each seed to the references that come of it.

From a seed (``require``, ``__dirname``, ``import``, ...) the trace climbs to the largest
expression whose value is still known. Then it looks at what is done with that value: it is
called, stored in a name (whose uses are traced in turn), passed on, or tested.
"""

from __future__ import annotations

import re

from sealift.project.references import ReferenceKind
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.calls import add_call
from sealift.project.scan.conventions import add_conventional
from sealift.project.scan.guards import is_guarded
from sealift.project.scan.node_api import module_value
from sealift.project.scan.scopes import FUNCTIONS, Declared
from sealift.project.scan.script_readers import OF_CALLER
from sealift.project.scan.seeds import await_positions
from sealift.project.scan.sinks import trace_to_sink
from sealift.project.scan.syntax import MAX_DEPTH, NodePath
from sealift.project.scan.uses import trace_uses
from sealift.project.scan.values import (
    LOADERS,
    Builtin,
    Intrinsic,
    Package,
    Value,
    Values,
    is_anchored,
)

# The members of Node's modules that load modules or run scripts.
_TRACED_BUILTIN = re.compile(
    r"^(?:worker_threads(?:\.Worker)?|child_process(?:\.fork)?|cluster(?:\.setup(?:Primary|Master))?"
    r"|module(?:\.(?:createRequire\w*|_load|_resolveFilename))?|process\.argv|amdefine)$"
)

_TRACED_PACKAGES = frozenset(("amdefine", *OF_CALLER))

# Methods of texts and functions whose results are known.
_METHODS = frozenset((
    "concat", "replace", "replaceAll", "bind", "toString", "valueOf", "trim", "normalize",
    "trimEnd", "toWellFormed",
))  # fmt: skip

_PLAIN_REQUIRE = re.compile(rb"require\s*\(\s*(['\"])([^'\"\\\n]+)\1\s*\)")
# What makes code of a text.
_FROM_TEXT = frozenset(("eval", "(0, eval)", "Function", "global.eval", "globalThis.eval"))
_NOT_TOP_LEVEL = FUNCTIONS | {"class_body", "ERROR"}


def trace_seed(analysis: FileAnalysis, position: int) -> None:
    """Trace what starts at the seed at a byte offset."""
    path = analysis.source.at(position)
    if path is None:
        analysis.references.add_deep_nesting(position)
        analysis.spend(MAX_DEPTH)
        return
    before = len(analysis.references)
    _start(analysis, path)
    while analysis.flow.pending and not analysis.exhausted:
        _climb(analysis, analysis.flow.pending.pop())
    if len(analysis.references) == before and analysis.source.root.node.has_error:
        _add_unparsed(analysis, position, path)


def is_only_a_module(analysis: FileAnalysis, find_awaits: bool) -> bool:
    """Return True if a file without ``import`` or ``export`` still cannot be CommonJS.

    Node then tries it as an ES module (``lib/internal/modules/helpers.js``,
    ``shouldRetryAsESM``): it declares a name of CommonJS's wrapper again, or has ``await``
    outside functions.
    """
    source, scopes = analysis.source, analysis.scopes
    for name in ("require", "module", "exports", "__dirname", "__filename"):
        binding = scopes.lookup(name, scopes.of(source.root))
        if binding is not None and binding.declared in (Declared.CONST, Declared.LET):
            return True
    if not find_awaits:
        return False
    for position in await_positions(source.data):
        path = source.at(position)
        if path is None or path.up is None:
            continue
        if path.node.type != "await" or path.up.node.type not in (
            "await_expression", "for_in_statement", "using_declaration",
        ):  # fmt: skip
            continue
        if not any(above.node.type in _NOT_TOP_LEVEL for above in path.above()):
            return True
    return False


def _add_unparsed(analysis: FileAnalysis, position: int, path: NodePath) -> None:
    """``require('x')`` in code that the parser did not understand."""
    source, scopes = analysis.source, analysis.scopes
    match = _PLAIN_REQUIRE.match(source.data, position)
    if match is None or path.node.type not in ("identifier", "property_identifier", "ERROR"):
        return
    if source.data[position - 1 : position] == b".":
        return
    if scopes.lookup("require", scopes.of(path)) is None:
        specifier = match.group(2).decode("utf-8", "replace")
        analysis.references.add_module(ReferenceKind.REQUIRE, specifier, path.node, guarded=True)


# ---------------------------------------------------------------------- seeds


def _start(analysis: FileAnalysis, path: NodePath) -> None:
    kind = path.node.type
    up = path.up
    if up is None:
        return
    if kind == "import":
        _start_import(analysis, path, up)
    elif kind == "export":
        if up.node.type == "export_statement":
            _add_export_statement(analysis, up)
    elif kind == "identifier":
        name = analysis.source.text(path.node)
        if up.node.type == "member_expression" and name in ("module", "process"):
            _climb(analysis, up)
        elif not path.is_written:
            _climb(analysis, path)
    elif kind == "shorthand_property_identifier_pattern" or up.node.type == "pair_pattern":
        _start_pattern(analysis, path)
    elif kind == "property_identifier" and up.node.type == "member_expression":
        add_conventional(analysis, path)
        _climb(analysis, up)
    elif kind == "string_fragment" and up.node.type in ("string", "template_string"):
        _start_text(analysis, up)
    elif kind == "shorthand_property_identifier":
        _climb(analysis, path)


def _start_import(analysis: FileAnalysis, path: NodePath, up: NodePath) -> None:
    if up.node.type == "import" and up.up is not None:  # the keyword as a function
        path, up = up, up.up
    if up.node.type == "import_statement":
        _add_import_statement(analysis, up)
    elif up.node.type == "meta_property":
        analysis.references.is_module = True
        _climb(analysis, up)
    elif path.is_field("function") or up.node.type == "ERROR":
        _climb(analysis, path)


def _start_pattern(analysis: FileAnalysis, key: NodePath) -> None:
    """``const { mainModule } = process``."""
    for above in key.above():
        if above.node.type == "variable_declarator":
            _trace_declared(analysis, above)
        elif above.node.type in ("object_pattern", "pair_pattern"):
            continue
        return


def _start_text(analysis: FileAnalysis, text: NodePath) -> None:
    """``x['require']`` and ``eval('require')``."""
    if text.up is not None and text.up.node.type == "subscript_expression":
        _climb(analysis, text.up)
    call = text.up.up if text.up is not None and text.up.node.type == "arguments" else None
    callee = call.node.named_child(0) if call is not None else None
    if call is None or callee is None or analysis.source.text(callee) not in _FROM_TEXT:
        return
    if any(_is_loader(value) for value in analysis.values_at(call)):
        _climb(analysis, call)


def _add_import_statement(analysis: FileAnalysis, statement: NodePath) -> None:
    specifier = _add_statement(analysis, statement)
    module = module_value(specifier)
    if _is_traced((module,)):
        _trace_declared(analysis, statement)


def _add_export_statement(analysis: FileAnalysis, statement: NodePath) -> None:
    _add_statement(analysis, statement)


def _add_statement(analysis: FileAnalysis, statement: NodePath) -> str:
    """Add the module of an ``import`` or ``export`` statement; return its specifier."""
    references = analysis.references
    references.is_module = True
    source = statement.node.child_by_field_name("source")
    if source is None:
        return ""
    specifier = analysis.source.string(source)
    references.add_module(ReferenceKind.IMPORT, specifier, statement.node, guarded=False)
    return specifier


# ---------------------------------------------------------------------- climbing


def _is_loader(value: Value) -> bool:
    return isinstance(value, LOADERS) or value in (Intrinsic.IMPORT, Intrinsic.IMPORT_META)


def _is_traced(values: Values) -> bool:
    """Return True if any of the values can lead to a reference."""
    return any(
        _is_loader(value)
        or value is Intrinsic.MAIN
        or is_anchored(value)
        or (isinstance(value, Package) and value.specifier in _TRACED_PACKAGES)
        or (isinstance(value, Builtin) and _TRACED_BUILTIN.match(value.name) is not None)
        for value in values
    )


def _trace_declared(analysis: FileAnalysis, declaration: NodePath) -> None:
    for binding in analysis.scopes.declared_by(declaration.node, declaration):
        trace_uses(analysis, binding)


def _trace_module(analysis: FileAnalysis, path: NodePath) -> None:
    """Trace the ``module`` of CommonJS to its members, also under another name."""
    up = path.up
    if up is None:
        return
    if up.node.type == "variable_declarator" and path.is_field("value"):
        _trace_declared(analysis, up)
    elif up.node.type in ("member_expression", "subscript_expression") and path.is_field("object"):
        _climb(analysis, up)


def _climb(analysis: FileAnalysis, path: NodePath) -> None:
    too_deep = analysis.too_deep
    values = analysis.values_at(path)
    if Intrinsic.MODULE in values:
        _trace_module(analysis, path)
    if not _is_traced(values):
        if too_deep != analysis.too_deep and not analysis.exhausted:
            analysis.references.add_unproven("path", path.node, is_guarded(analysis, path))
        return
    while True:
        # A call of a loader makes a reference, whatever its result is.
        if path.is_called:
            add_call(analysis, path, values)
        larger = _larger(analysis, path)
        if larger is None:
            break
        found = analysis.values_at(larger)
        if not _is_traced(found):
            break
        path, values = larger, found
    trace_to_sink(analysis, path, values)


def _larger(analysis: FileAnalysis, path: NodePath) -> NodePath | None:
    """Return the next larger expression whose value may be made of this one's."""
    up = path.up
    if up is None:
        return None
    kind = up.node.type
    if kind in ("parenthesized_expression", "await_expression", "new_expression"):
        return up
    if kind == "sequence_expression":
        return up if up.node.named_children[-1].id == path.node.id else None
    if kind == "binary_expression":
        operator = up.node.child_by_field_name("operator")
        if operator is None or (operator.type == "&&" and path.is_field("left")):
            return None
        return up if operator.type in ("+", "||", "??", "&&") else None
    if kind == "ternary_expression":
        return None if path.is_field("condition") else up
    if kind in ("template_substitution", "arguments"):
        return up.up
    if kind in ("member_expression", "subscript_expression"):
        if not path.is_field("object"):
            return None
        name = up.node.child_by_field_name("property")
        is_method = name is not None and analysis.source.text(name) in _METHODS
        return up.up if is_method else up
    if kind == "call_expression":
        return up if path.is_field("function") else None
    if kind == "array":
        method = up.up
        if method is not None and method.node.type == "member_expression":
            return method.up
    return None
