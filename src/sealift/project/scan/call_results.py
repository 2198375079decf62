"""The results of calls: of Node's functions, and of the file's own."""

from __future__ import annotations

import re
from functools import partial

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.node_api import TEXT_FUNCTIONS, created_require, module_value
from sealift.project.scan.scopes import Scope
from sealift.project.scan.syntax import NodePath, arguments_of, operands_of
from sealift.project.scan.texts import concat_all
from sealift.project.scan.values import (
    ELSEWHERE,
    NOTHING,
    UNKNOWN,
    Builtin,
    Function,
    Intrinsic,
    Package,
    Require,
    Resolve,
    Text,
    Value,
    Values,
    constant,
    distinct,
    for_each_combination,
)

# What compilers wrap a require in so that ``.default`` exists.
_INTEROP = re.compile(
    r"^_*(?:toESM\d*|import(?:Default|Star)|interopRequire(?:Default|Wildcard)\d*"
    r"|interop(?:Namespace|Default)(?:Default|Compat)?\d*|interopNamespace\w*|getDefault\w*)$"
)
# Packages whose function takes ``require`` and returns one to use in its place.
_LAZY = frozenset(("import-lazy", "lazy-cache", "lazy-req", "lazy-require", "lazyrequire"))

_SAME_TEXT = frozenset(("toString", "valueOf", "trim", "normalize", "trimEnd", "toWellFormed"))
# ``.replace`` that only changes separators, or drops a scheme or the slash before a drive.
_SEPARATORS_ONLY = re.compile(r"^(?:[\\/^$\[\]()+*?:|.,{}\d]|A-Za?-?z?|a-z|A-Z|file|app\.asar)+$")

_NAME_AND_BODY = 2


def result_of_call(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    """Return the values that a call can return."""
    callee = node.child_by_field_name("function")
    if callee is None:
        return NOTHING
    if callee.type == "member_expression":
        found = _result_of_method(analysis, node, callee, scope)
        if found is not None:
            return found
    is_interop = _is_interop(analysis, callee)
    results: list[Value] = []
    arguments: list[Values] | None = None
    for function in analysis.values(callee, scope):
        if function == UNKNOWN and not is_interop:
            continue
        if arguments is None:
            arguments = analysis.arguments(node, scope)
        if is_interop and arguments:
            results.extend(a for a in arguments[0] if isinstance(a, Builtin | Package))
        elif isinstance(function, Builtin) and function.name == "Function":
            results.extend(_function_of_text(analysis, node, scope))
        elif isinstance(function, Function):
            results.extend(_returned(analysis, function.path))
        else:
            results.extend(for_each_combination(arguments, partial(_result, function)))
    return distinct(results) if results else NOTHING


def result_of_new(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    """Return the values that a ``new`` expression can have."""
    constructor = node.child_by_field_name("constructor")
    if constructor is None:
        return NOTHING
    callees = analysis.values(constructor, scope)
    if Builtin("URL") in callees:
        return for_each_combination(analysis.arguments(node, scope), TEXT_FUNCTIONS["URL"])
    if Builtin("Function") in callees:
        return _function_of_text(analysis, node, scope)
    return NOTHING


def _function_of_text(analysis: FileAnalysis, node: Node, scope: Scope) -> Values:
    """``new Function('s', 'return import(s)')``: it hides the import from compilers."""
    texts = [
        value.constant or ""
        for alternatives in analysis.arguments(node, scope)
        for value in alternatives
        if isinstance(value, Text)
    ]
    if len(texts) == _NAME_AND_BODY and re.fullmatch(
        r"\s*return\s+import\(\s*" + re.escape(texts[0]) + r"\s*\)\s*;?\s*", texts[1]
    ):
        return (Intrinsic.IMPORT,)
    return NOTHING


def _returned(analysis: FileAnalysis, function: NodePath) -> Values:
    """Return the result of a function without parameters, if its last statement shows it."""
    body = function.node.child_by_field_name("body")
    if body is None or analysis.scopes.parameters(function):
        return NOTHING
    scope = analysis.scopes.of(function)
    if body.type != "statement_block":
        return analysis.values(body, scope)
    statements = [n for n in body.named_children if n.type == "return_statement"]
    if not statements or not statements[-1].named_children:
        return NOTHING
    return analysis.values(statements[-1].named_children[-1], scope)


def _is_interop(analysis: FileAnalysis, callee: Node) -> bool:
    node: Node | None = callee
    if callee.type == "parenthesized_expression":  # (0, tslib.__importStar)(...)
        inner = callee.named_children[-1] if callee.named_children else None
        node = inner.child_by_field_name("right") if inner is not None else None
        if node is None and inner is not None and inner.named_children:
            node = inner.named_children[-1]
    if node is not None and node.type == "member_expression":
        node = node.child_by_field_name("property")
    return node is not None and _INTEROP.match(analysis.source.text(node)) is not None


def _result(function: Value, arguments: list[Value]) -> Value:
    """Return the result of a function that is not the file's own."""
    first = arguments[0] if arguments else UNKNOWN
    text = first.constant if isinstance(first, Text) else None
    if isinstance(function, Require) or function is Intrinsic.IMPORT:
        return module_value(text) if text is not None else UNKNOWN
    if isinstance(function, Resolve):
        return ELSEWHERE
    if isinstance(function, Package):
        if function.specifier in _LAZY and isinstance(first, Require):
            return first
        if function.specifier == "sqlite3" and function.member:
            return function  # ``require('sqlite3').verbose()``
        if function.specifier == "amdefine":
            return Builtin("amdefine")
        return UNKNOWN
    if isinstance(function, Builtin):
        return _result_of_builtin(function.name, arguments, first, text)
    return UNKNOWN


def _result_of_builtin(name: str, arguments: list[Value], first: Value, text: str | None) -> Value:
    text_function = TEXT_FUNCTIONS.get(name)
    if text_function is not None:
        return text_function(arguments)
    if name in ("module.createRequire", "module.createRequireFromPath"):
        return created_require(first)
    if name == "process.getBuiltinModule" and text is not None:
        return module_value(text)
    if name == "eval" and text is not None:
        return Require() if text.strip(" ();") == "require" else UNKNOWN
    return UNKNOWN


def _result_of_method(
    analysis: FileAnalysis, node: Node, callee: Node, scope: Scope
) -> Values | None:
    """Return the result of a method of a text or an array; None for any other method."""
    target = callee.child_by_field_name("object")
    property_node = callee.child_by_field_name("property")
    if target is None or property_node is None:
        return None
    name = analysis.source.text(property_node)
    if target.type == "array":
        if name != "join":
            return NOTHING
        separator = analysis.arguments(node, scope) or [(constant(","),)]
        pieces: list[Values] = []
        for element in operands_of(target):
            if pieces:
                pieces.append(separator[0])
            pieces.append(analysis.values(element, scope))
        return concat_all(pieces)
    if name not in ("concat", "replace", "replaceAll", "bind") and name not in _SAME_TEXT:
        return None
    objects = analysis.values(target, scope)
    if name == "bind":
        functions = [o for o in objects if isinstance(o, Require | Resolve)]
        return tuple(functions) if functions and len(arguments_of(node)) < 2 else None
    if not any(isinstance(o, Text) for o in objects):
        return None
    if name in _SAME_TEXT:
        return objects
    if name == "concat":
        return concat_all([objects, *analysis.arguments(node, scope)])
    replaced = arguments_of(node)[:1]
    what = analysis.source.text(replaced[0]) if replaced else ""
    pattern = what.strip("'\"`") if what[:1] != "/" else what[1:].rpartition("/")[0]
    return objects if _SEPARATORS_ONLY.match(pattern) else NOTHING
