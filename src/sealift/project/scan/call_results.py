"""What a call gives: the functions of Node that are known, and the file's own."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.node_api import TEXT_FUNCTIONS, created_require, module_value
from sealift.project.scan.scopes import Scope, Scopes
from sealift.project.scan.syntax import NodePath, Source, arguments_of
from sealift.project.scan.values import Builtin, Intrinsic, Text, Value, Values

if TYPE_CHECKING:
    from sealift.project.scan.evaluate import Evaluator

# What compilers wrap a require in so that ``.default`` is there.
_INTEROP = re.compile(
    r"^_*(?:toESM\d*|import(?:Default|Star)|interopRequire(?:Default|Wildcard)\d*"
    r"|interop(?:Namespace|Default)(?:Default|Compat)?\d*|interopNamespace\w*|getDefault\w*)$"
)
# Packages that take ``require`` and give a function to be used in its place.
_LAZY = frozenset(("import-lazy", "lazy-cache", "lazy-req", "lazy-require", "lazyrequire"))

_SAME_TEXT = frozenset(("toString", "valueOf", "trim", "normalize", "trimEnd", "toWellFormed"))
# ``.replace`` that only turns separators round or drops a scheme or a drive's slash.
_SEPARATORS_ONLY = re.compile(r"^(?:[\\/^$\[\]()+*?:|.,{}\d]|A-Za?-?z?|a-z|A-Z|file|app\.asar)+$")

_NOT_ONE_ARGUMENT = 2


class Results:
    """The results of the calls of one file."""

    def __init__(self, source: Source, scopes: Scopes, evaluator: Evaluator) -> None:
        self._source = source
        self._scopes = scopes
        self._evaluator = evaluator

    def of_call(self, node: Node, scope: Scope, depth: int) -> Values:
        """What a call gives."""
        callee = node.child_by_field_name("function")
        if callee is None:
            return v.NOTHING
        if callee.type == "member_expression":
            found = self._method(node, callee, scope, depth)
            if found is not None:
                return found
        results: list[Value] = []
        arguments: list[Values] | None = None
        for function in self._evaluator.values(callee, scope, depth):
            if function == v.UNKNOWN and not self._is_interop(callee):
                continue
            if arguments is None:
                arguments = self._evaluator.arguments(node, scope, depth)
            if self._is_interop(callee) and arguments:
                modules = [a for a in arguments[0] if isinstance(a, Builtin | v.Package)]
                results.extend(modules)
            elif isinstance(function, Builtin) and function.name == "Function":
                results.extend(self._function_of_text(node, scope, depth))
            elif isinstance(function, v.Function):
                results.extend(self._returned(function.path, depth))
            else:
                results.extend(v.each(arguments, partial(self._result, function)))
        return v.distinct(results) if results else v.NOTHING

    def of_new(self, node: Node, scope: Scope, depth: int) -> Values:
        """What ``new`` gives."""
        constructor = node.child_by_field_name("constructor")
        if constructor is None:
            return v.NOTHING
        callees = self._evaluator.values(constructor, scope, depth)
        if Builtin("URL") in callees:
            return v.each(self._evaluator.arguments(node, scope, depth), TEXT_FUNCTIONS["URL"])
        if Builtin("Function") in callees:
            return self._function_of_text(node, scope, depth)
        return v.NOTHING

    def _function_of_text(self, node: Node, scope: Scope, depth: int) -> Values:
        """``new Function('s', 'return import(s)')``: a way round compilers."""
        texts = [
            value.constant or ""
            for alternatives in self._evaluator.arguments(node, scope, depth)
            for value in alternatives
            if isinstance(value, Text)
        ]
        if len(texts) == _NOT_ONE_ARGUMENT and re.fullmatch(
            r"\s*return\s+import\(\s*" + re.escape(texts[0]) + r"\s*\)\s*;?\s*", texts[1]
        ):
            return (Intrinsic.IMPORT,)
        return v.NOTHING

    def _returned(self, function: NodePath, depth: int) -> Values:
        """What a function without parameters gives, where its last statement tells."""
        body = function.node.child_by_field_name("body")
        if body is None or self._scopes.parameters(function):
            return v.NOTHING
        scope = self._scopes.of(function)
        if body.type != "statement_block":
            return self._evaluator.values(body, scope, depth)
        statements = [n for n in body.named_children if n.type == "return_statement"]
        if not statements or not statements[-1].named_children:
            return v.NOTHING
        return self._evaluator.values(statements[-1].named_children[-1], scope, depth)

    def _is_interop(self, callee: Node) -> bool:
        node: Node | None = callee
        if callee.type == "parenthesized_expression":  # (0, tslib.__importStar)(...)
            inner = callee.named_children[-1] if callee.named_children else None
            node = inner.child_by_field_name("right") if inner is not None else None
            if node is None and inner is not None and inner.named_children:
                node = inner.named_children[-1]
        if node is not None and node.type == "member_expression":
            node = node.child_by_field_name("property")
        return node is not None and _INTEROP.match(self._source.text(node)) is not None

    def _result(self, function: Value, arguments: list[Value]) -> Value:
        first = arguments[0] if arguments else v.UNKNOWN
        text = first.constant if isinstance(first, Text) else None
        if isinstance(function, v.Require) or function is Intrinsic.IMPORT:
            return module_value(text) if text is not None else v.UNKNOWN
        if isinstance(function, v.Resolve):
            return v.ELSEWHERE
        if isinstance(function, v.Package):
            if function.specifier in _LAZY and isinstance(first, v.Require):
                return first
            if function.specifier == "amdefine":
                return Builtin("amdefine")
            return v.UNKNOWN
        if isinstance(function, Builtin):
            folding = TEXT_FUNCTIONS.get(function.name)
            if folding is not None:
                return folding(arguments)
            if function.name in ("module.createRequire", "module.createRequireFromPath"):
                return created_require(first)
            if function.name == "process.getBuiltinModule" and text is not None:
                return module_value(text)
            if function.name == "eval" and text is not None:
                return v.Require() if text.strip(" ();") == "require" else v.UNKNOWN
        return v.UNKNOWN

    def _method(self, node: Node, callee: Node, scope: Scope, depth: int) -> Values | None:
        """The result of a method of a text or an array, or None if it is something else."""
        target = callee.child_by_field_name("object")
        property_node = callee.child_by_field_name("property")
        if target is None or property_node is None:
            return None
        name = self._source.text(property_node)
        if target.type == "array":
            if name != "join":
                return v.NOTHING
            elements = [c for c in target.named_children if c.type != "comment"]
            separator = self._evaluator.arguments(node, scope, depth) or [(v.constant(","),)]
            pieces: list[Values] = []
            for element in elements:
                if pieces:
                    pieces.append(separator[0])
                pieces.append(self._evaluator.values(element, scope, depth))
            return v.concat_all(pieces)
        if name not in ("concat", "replace", "replaceAll", "bind") and name not in _SAME_TEXT:
            return None
        objects = self._evaluator.values(target, scope, depth)
        if name == "bind":
            functions = [o for o in objects if isinstance(o, v.Require | v.Resolve)]
            return tuple(functions) if functions and len(arguments_of(node)) < 2 else None
        if not any(isinstance(o, Text) for o in objects):
            return None
        if name in _SAME_TEXT:
            return objects
        if name == "concat":
            return v.concat_all([objects, *self._evaluator.arguments(node, scope, depth)])
        replaced = arguments_of(node)[:1]
        what = self._source.text(replaced[0]) if replaced else ""
        pattern = what.strip("'\"`") if what[:1] != "/" else what[1:].rpartition("/")[0]
        return objects if _SEPARATORS_ONLY.match(pattern) else v.NOTHING
