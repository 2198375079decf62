"""What an expression is worth: constants folded, names followed back to their declarations."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial, reduce
from itertools import islice, product

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.known import (
    GLOBALS,
    MODULES,
    TEXT_FUNCTIONS,
    created_require,
    member_of,
)
from sealift.project.scan.scopes import FUNCTIONS, Binding, Declared, Scope, Scopes
from sealift.project.scan.syntax import Source, Spot, arguments_of, unescape
from sealift.project.scan.values import Builtin, Text, Thing, Value, Values
from sealift.project.scan.words import is_written

_MAX_DEPTH = 60

MAX_STEPS = 300_000
"""Expressions looked at per file; real files need some thousands at most."""

_WRAPPER = frozenset(("require", "module", "exports", "__dirname", "__filename"))

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


class Evaluator:
    """Evaluates the expressions of one file.

    Attributes:
        consulted: the reach of every name that may be assigned and whose value was looked at;
            where parts of the source were left out of the tree, no assignment may be there.
    """

    def __init__(self, source: Source, scopes: Scopes) -> None:
        self.consulted: set[tuple[bytes, int, int]] = set()
        self._source = source
        self._scopes = scopes
        self._given: dict[Binding, list[Value]] = {}
        self._known: dict[Binding, Values] = {}
        self._active: set[Binding] = set()
        self._before: dict[Binding, Values] = {}
        self._assigned: dict[Binding, tuple[list[tuple[Node, Scope]], bool]] = {}
        self._steps = 0
        self._cut = 0
        self._cache: dict[int, Values] = {}
        self._workers = b"worker_threads" in source.data

    # ------------------------------------------------------------------ names

    @property
    def exhausted(self) -> bool:
        """Whether the file is too intricate to be followed to its end."""
        return self._steps > MAX_STEPS

    def spend(self, steps: int) -> None:
        """Count work done, in expressions looked at."""
        self._steps += steps

    def give(self, binding: Binding, value: Value) -> bool:
        """Record that a parameter is given a value; False when that was known."""
        given = self._given.setdefault(binding, [])
        if value in given:
            return False
        given.append(value)
        self._known.clear()
        self._cache.clear()
        return True

    def name(self, name: str, scope: Scope) -> Values:
        """The value of a name in a scope."""
        binding = self._scopes.lookup(name, scope)
        if binding is not None:
            return self.binding(binding)
        if name == "Worker" and self._workers:
            return (Builtin("worker_threads.Worker"),)
        found = GLOBALS.get(name)
        return v.NOTHING if found is None else (found,)

    def binding(self, binding: Binding) -> Values:
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
        if len(self._active) > _MAX_DEPTH:
            self._cut += 1
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
            module = self.module(self._source.string(source))
            return self._access((module,), binding.access)
        if binding.declared is Declared.FUNCTION:
            spot = self._source.spot_of(node)
            return (v.Function(spot),) if spot is not None else v.NOTHING
        if binding.declared is Declared.PARAMETER:
            given = self._given.get(binding)
            if given:
                return v.distinct(given)
            called = self._called_with(binding)
            if called is not None:
                return called
            return (v.Require(),) if self._is_amd_require(binding) else v.NOTHING
        if binding.declared is Declared.OTHER:
            return v.NOTHING
        if re.fullmatch(r"__require\d*", binding.name) and binding.scope.up is None:
            return (v.Require(),)  # esbuild's stand-in for require
        found: list[Value] = []
        value = node.child_by_field_name("value")
        if value is not None:
            found.extend(self._access(self.values(value, binding.scope), binding.access))
        if binding.declared is not Declared.CONST:
            self._before[binding] = tuple(found)
            assigned, otherwise = self.assignments(binding)
            for right, scope in assigned:
                found.extend(self.values(right, scope))
            if otherwise:
                found.append(v.UNKNOWN)
        return v.distinct(found) if found else ()

    def _called_with(self, binding: Binding) -> Values | None:
        """The argument for a parameter of a function that is called where it stands."""
        if binding.access != ():
            return None
        at = self._source.spot_of(binding.scope.node)
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
                return self.values(arguments[binding.position], self._scopes.of(call))
            if kind not in ("parenthesized_expression", "unary_expression"):
                return None
            at = call
        return None

    def _is_amd_require(self, binding: Binding) -> bool:
        """Whether this is the parameter of ``define(function (require) {})`` of amdefine."""
        if binding.name != "require":
            return False
        function = self._source.spot_of(binding.scope.node)
        if function is None or function.up is None or function.up.up is None:
            return False
        call = function.up.up
        callee = call.node.child_by_field_name("function")
        if call.node.type != "call_expression" or callee is None:
            return False
        return Builtin("amdefine") in self.values(callee, self._scopes.of(call))

    def assignments(self, binding: Binding) -> tuple[list[tuple[Node, Scope]], bool]:
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
            self.spend(1)
            spot = self._source.at(position)
            if spot is None or spot.node.type != "identifier" or spot.up is None:
                continue
            parent = spot.up.node
            scope = self._scopes.of(spot)
            if (
                parent.type == "assignment_pattern"
                or parent.id == binding.node.id
                or self._scopes.lookup(binding.name, scope) is not binding
            ):
                continue
            if parent.type == "variable_declarator":  # ``var a = 1; var a = 2``
                right = parent.child_by_field_name("value")
            elif parent.type == "assignment_expression" and spot.is_field("left"):
                right = parent.child_by_field_name("right")
            else:
                right = None
            if right is not None:
                found.append((right, scope))
            else:
                otherwise = True
        self._assigned[binding] = (found, otherwise)
        return found, otherwise

    # ------------------------------------------------------------------ expressions

    def values(self, node: Node, scope: Scope, depth: int = 0) -> Values:
        """Everything an expression can be worth; `values.NOTHING` when nothing is known."""
        known = self._cache.get(node.id)
        if known is not None:
            return known
        self.spend(1)
        if depth > _MAX_DEPTH or self.exhausted:
            self._cut += 1
            return v.NOTHING
        cut = self._cut
        found = self._values(node, scope, depth + 1)
        if not self._active and cut == self._cut:
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
            return self._call(node, scope, deeper)
        if kind == "binary_expression":
            return self._binary(node, scope, deeper)
        if kind == "template_string":
            return self._template(node, scope, deeper)
        if kind == "number":
            return (v.constant(self._source.text(node)),)
        if kind == "new_expression":
            return self._new(node, scope, deeper)
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
            return (Thing.IMPORT,)
        if kind == "meta_property":
            is_import = self._source.text(node).startswith("import")
            return (Thing.IMPORT_META,) if is_import else v.NOTHING
        if kind in FUNCTIONS:
            spot = self._source.spot_of(node)
            return (v.Function(spot),) if spot is not None else v.NOTHING
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
        return self._concat([self.values(piece, scope, depth) for piece in reversed(pieces)])

    def _concat(self, pieces: list[Values]) -> Values:
        return _each(pieces, lambda texts: reduce(v.concat, texts, v.constant("")))

    def _template(self, node: Node, scope: Scope, depth: int) -> Values:
        pieces: list[Values] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                inner = [c for c in child.named_children if c.type != "comment"]
                pieces.append(self.values(inner[0], scope, depth) if inner else v.NOTHING)
            else:
                pieces.append((v.constant(unescape(self._source.text(child))),))
        return self._concat(pieces)

    def _member(self, node: Node, scope: Scope, depth: int) -> Values:
        target = node.child_by_field_name("object")
        name = node.child_by_field_name("property")
        if target is None or name is None:
            return v.NOTHING
        return self._access(self.values(target, scope, depth), (self._source.text(name),))

    def _subscript(self, node: Node, scope: Scope, depth: int) -> Values:
        target = node.child_by_field_name("object")
        index = node.child_by_field_name("index")
        if target is None or index is None:
            return v.NOTHING
        key = self.values(index, scope, depth)
        name = key[0].constant if len(key) == 1 and isinstance(key[0], Text) else None
        if name is None:
            return v.NOTHING
        return self._access(self.values(target, scope, depth), (name,))

    def _access(self, objects: Values, access: tuple[str, ...] | None) -> Values:
        if access is None:
            return v.NOTHING
        for name in access:
            objects = v.distinct([member_of(target, name) for target in objects])
        return objects

    # ------------------------------------------------------------------ calls

    def module(self, specifier: str) -> Value:
        """What a module specifier gives."""
        name = specifier.removeprefix("node:")
        return Builtin(MODULES[name]) if name in MODULES else v.Package(specifier)

    def arguments(self, call: Node, scope: Scope, depth: int = 0) -> list[Values]:
        """The values of each argument of a call."""
        return [self.values(node, scope, depth) for node in arguments_of(call)]

    def _new(self, node: Node, scope: Scope, depth: int) -> Values:
        constructor = node.child_by_field_name("constructor")
        if constructor is None:
            return v.NOTHING
        callees = self.values(constructor, scope, depth)
        if Builtin("URL") in callees:
            return _each(self.arguments(node, scope, depth), TEXT_FUNCTIONS["URL"])
        if Builtin("Function") in callees:
            return self._function_of_text(node, scope, depth)
        return v.NOTHING

    def _function_of_text(self, node: Node, scope: Scope, depth: int) -> Values:
        """``new Function('s', 'return import(s)')``: a way round compilers."""
        texts = [
            value.constant or ""
            for alternatives in self.arguments(node, scope, depth)
            for value in alternatives
            if isinstance(value, Text)
        ]
        if len(texts) == _NOT_ONE_ARGUMENT and re.fullmatch(
            r"\s*return\s+import\(\s*" + re.escape(texts[0]) + r"\s*\)\s*;?\s*", texts[1]
        ):
            return (Thing.IMPORT,)
        return v.NOTHING

    def _call(self, node: Node, scope: Scope, depth: int) -> Values:
        callee = node.child_by_field_name("function")
        if callee is None:
            return v.NOTHING
        if callee.type == "member_expression":
            found = self._method(node, callee, scope, depth)
            if found is not None:
                return found
        results: list[Value] = []
        arguments: list[Values] | None = None
        for function in self.values(callee, scope, depth):
            if function == v.UNKNOWN and not self._is_interop(callee):
                continue
            if arguments is None:
                arguments = self.arguments(node, scope, depth)
            if self._is_interop(callee) and arguments:
                modules = [a for a in arguments[0] if isinstance(a, Builtin | v.Package)]
                results.extend(modules)
            elif isinstance(function, Builtin) and function.name == "Function":
                results.extend(self._function_of_text(node, scope, depth))
            elif isinstance(function, v.Function):
                results.extend(self._returned(function.spot, depth))
            else:
                results.extend(_each(arguments, partial(self._result, function)))
        return v.distinct(results) if results else v.NOTHING

    def _returned(self, function: Spot, depth: int) -> Values:
        """What a function without parameters gives, where its last statement tells."""
        body = function.node.child_by_field_name("body")
        if body is None or self._scopes.parameters(function):
            return v.NOTHING
        scope = self._scopes.of(function)
        if body.type != "statement_block":
            return self.values(body, scope, depth)
        statements = [n for n in body.named_children if n.type == "return_statement"]
        if not statements or not statements[-1].named_children:
            return v.NOTHING
        return self.values(statements[-1].named_children[-1], scope, depth)

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
        if isinstance(function, v.Require) or function is Thing.IMPORT:
            return self.module(text) if text is not None else v.UNKNOWN
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
                return self.module(text)
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
            separator = self.arguments(node, scope, depth) or [(v.constant(","),)]
            pieces: list[Values] = []
            for element in elements:
                if pieces:
                    pieces.append(separator[0])
                pieces.append(self.values(element, scope, depth))
            return self._concat(pieces)
        if name not in ("concat", "replace", "replaceAll", "bind") and name not in _SAME_TEXT:
            return None
        objects = self.values(target, scope, depth)
        if name == "bind":
            functions = [o for o in objects if isinstance(o, v.Require | v.Resolve)]
            return tuple(functions) if functions and len(arguments_of(node)) < 2 else None
        if not any(isinstance(o, Text) for o in objects):
            return None
        if name in _SAME_TEXT:
            return objects
        if name == "concat":
            return self._concat([objects, *self.arguments(node, scope, depth)])
        replaced = arguments_of(node)[:1]
        what = self._source.text(replaced[0]) if replaced else ""
        pattern = what.strip("'\"`") if what[:1] != "/" else what[1:].rpartition("/")[0]
        return objects if _SEPARATORS_ONLY.match(pattern) else v.NOTHING


def _each(arguments: list[Values], function: Callable[[list[Value]], Value]) -> Values:
    """Apply a function to every combination of the arguments' alternatives."""
    combinations = list(islice(product(*arguments), v.MAX_ALTERNATIVES + 1))
    return v.distinct([function(list(combination)) for combination in combinations])
