"""Follows what leads to requests and paths through a file, and records what comes of it.

From each word that can start something (``require``, ``__dirname``, ``import``, ...) the tracer
climbs to the largest expression that is still a known value, then looks at what is done with
it: called, stored in a name (whose uses are followed in turn), passed on, tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.calls import Calls
from sealift.project.scan.evaluate import Evaluator
from sealift.project.scan.guards import is_guarded
from sealift.project.scan.record import Record
from sealift.project.scan.scopes import FUNCTIONS, Binding, Declared, Scopes
from sealift.project.scan.syntax import MAX_DEPTH, Source, Spot, arguments_of
from sealift.project.scan.values import Base, Builtin, Text, Thing, Value, Values
from sealift.project.scan.words import awaits
from sealift.project.source_findings import RequestKind, UseKind

MAX_USES = 4000
"""A name used more often than this is not followed: what it holds counts as passed on."""

_FOLLOWED = re.compile(
    r"^(?:worker_threads(?:\.Worker)?|child_process(?:\.fork)?|cluster(?:\.setup(?:Primary|Master))?"
    r"|module(?:\.(?:createRequire\w*|_load|_resolveFilename))?)$"
)
_LOADERS = (v.Require, v.Resolve)
_RUNNERS = frozenset(("spawn", "spawnSync", "execFile", "execFileSync"))

# Calls that only look at a path, print it or compare it.
_HARMLESS_BUILTIN = re.compile(
    r"^(?:console|path|process\.emitWarning|assert|Boolean|\w*Error|module|url|eval|Function)(?:\.|$)"
    r"|^fs\.(?:exists|stat|lstat|access|realpath|promises)\w*$"
)
_HARMLESS_NAME = re.compile(
    r"^(?:_?debug\w*|log|logger|warn|error|info|trace|verbose|print|assert|equal|strictEqual|\w*Error)$"
)
_HARMLESS_METHODS = frozenset((
    "startsWith", "endsWith", "includes", "indexOf", "lastIndexOf", "match", "test", "length",
    "localeCompare", "search", "charAt", "charCodeAt", "protocol", "host", "hash",
    "searchParams", "origin",
))  # fmt: skip
_DIRECTORY_READERS = re.compile(r"^fs\.(?:readdir|opendir|cp|glob|watch|scandir|readdirp)\w*$")
_FILE_READERS = re.compile(r"^fs\.(?:readFile|createReadStream|open|copyFile|openAsBlob|read)\w*$")
# Methods of texts and functions that the evaluator folds.
_METHODS = frozenset((
    "concat", "replace", "replaceAll", "bind", "toString", "valueOf", "trim", "normalize",
    "trimEnd", "toWellFormed",
))  # fmt: skip
_SHIM = re.compile(r"__require\d*$")  # esbuild's stand-in for require
_TESTS = frozenset(("===", "!==", "==", "!=", "in", "instanceof", "<", ">", "<=", ">="))
_CONDITIONS = frozenset((
    "if_statement", "while_statement", "do_statement", "for_statement", "ternary_expression",
    "switch_statement", "switch_case",
))  # fmt: skip

_PLAIN_REQUIRE = re.compile(rb"require\s*\(\s*(['\"])([^'\"\\\n]+)\1\s*\)")
# What makes code of a text.
_FROM_TEXT = frozenset(("eval", "(0, eval)", "Function", "global.eval", "globalThis.eval"))
_NOT_TOP_LEVEL = FUNCTIONS | {"class_body", "ERROR"}


class Tracer:
    """Traces one file into a `Record`."""

    def __init__(self, source: Source, record: Record) -> None:
        self.followed: set[tuple[bytes, int, int]] = set()
        self._source = source
        self._record = record
        self._scopes = Scopes(source)
        self._evaluator = Evaluator(source, self._scopes)
        self._calls = Calls(source, self._scopes, self._evaluator, record)
        self._seen: set[int] = set()
        self._followed: set[Binding] = set()
        self._pending: list[Spot] = []

    @property
    def consulted(self) -> set[tuple[bytes, int, int]]:
        """The reach of the names whose assignments mattered."""
        return self._evaluator.consulted

    def is_only_a_module(self, find_awaits: bool) -> bool:
        """Whether a file without ``import`` or ``export`` still cannot be CommonJS.

        Node then tries it as an ES module (``lib/internal/modules/helpers.js``,
        ``shouldRetryAsESM``): it declares a name of CommonJS's wrapper again, or has ``await``
        outside of functions.
        """
        for name in ("require", "module", "exports", "__dirname", "__filename"):
            binding = self._scopes.lookup(name, self._scopes.of(self._source.root))
            if binding is not None and binding.declared in (Declared.CONST, Declared.LET):
                return True
        if not find_awaits:
            return False
        for position in awaits(self._source.data):
            spot = self._source.at(position)
            if spot is None or spot.up is None:
                continue
            if spot.node.type != "await" or spot.up.node.type not in (
                "await_expression", "for_in_statement", "using_declaration",
            ):  # fmt: skip
                continue
            if not any(above.node.type in _NOT_TOP_LEVEL for above in spot.above()):
                return True
        return False

    # ------------------------------------------------------------------ starting

    @property
    def exhausted(self) -> bool:
        """Whether the rest of the file cannot be followed in reasonable time."""
        return self._evaluator.exhausted

    def word(self, position: int) -> None:
        """Trace what the word at a position of the source starts."""
        spot = self._source.at(position)
        if spot is None:
            self._record.too_deep(position)
            self._evaluator.spend(MAX_DEPTH)
            return
        before = len(self._record)
        self._start(spot)
        self._drain()
        if len(self._record) == before and self._source.root.node.has_error:
            self._unparsed(position, spot)

    def _unparsed(self, position: int, spot: Spot) -> None:
        """``require('x')`` where the syntax around it was not understood."""
        match = _PLAIN_REQUIRE.match(self._source.data, position)
        if match is None or spot.node.type not in ("identifier", "property_identifier", "ERROR"):
            return
        if self._source.data[position - 1 : position] == b".":
            return
        if self._scopes.lookup("require", self._scopes.of(spot)) is None:
            specifier = match.group(2).decode("utf-8", "replace")
            self._record.request(RequestKind.REQUIRE, specifier, spot.node, guarded=True)

    def _start(self, spot: Spot) -> None:
        kind = spot.node.type
        up = spot.up
        if up is None:
            return
        if kind == "import":
            if up.node.type == "import" and up.up is not None:  # the keyword as a function
                spot, up = up, up.up
            if up.node.type == "import_statement":
                self._import_statement(up)
            elif up.node.type == "meta_property":
                self._record.is_module = True
                self._climb(up)
            elif spot.is_field("function") or up.node.type == "ERROR":
                self._climb(spot)
        elif kind == "export":
            if up.node.type == "export_statement":
                self._export_statement(up)
        elif kind == "identifier":
            if up.node.type == "member_expression" and self._source.text(spot.node) == "module":
                self._climb(up)
            elif not _is_written(spot):
                self._climb(spot)
        elif kind == "property_identifier" and up.node.type == "member_expression":
            self._climb(up)
        elif kind == "string_fragment" and up.node.type in ("string", "template_string"):
            # ``x['require']`` and ``eval('require')``
            if up.up is not None and up.up.node.type == "subscript_expression":
                self._climb(up.up)
            call = up.up.up if up.up is not None and up.up.node.type == "arguments" else None
            callee = call.node.named_child(0) if call is not None else None
            if call is None or callee is None:
                return
            if self._source.text(callee) in _FROM_TEXT and self._is_loader(self._values(call)):
                self._climb(call)
        elif kind == "shorthand_property_identifier":
            self._shorthand(spot)

    def _drain(self) -> None:
        while self._pending and not self.exhausted:
            self._climb(self._pending.pop())

    def _import_statement(self, statement: Spot) -> None:
        self._record.is_module = True
        source = statement.node.child_by_field_name("source")
        if source is None:
            return
        specifier = self._source.string(source)
        self._record.request(RequestKind.IMPORT, specifier, statement.node, guarded=False)
        module = self._evaluator.module(specifier)
        if isinstance(module, Builtin) and _FOLLOWED.match(module.name):
            for binding in self._scopes.declared_by(statement.node, statement):
                self._follow(binding)

    def _export_statement(self, statement: Spot) -> None:
        self._record.is_module = True
        source = statement.node.child_by_field_name("source")
        if source is not None:
            specifier = self._source.string(source)
            self._record.request(RequestKind.IMPORT, specifier, statement.node, guarded=False)

    # ------------------------------------------------------------------ climbing

    def _values(self, spot: Spot) -> Values:
        return self._evaluator.values(spot.node, self._scopes.of(spot))

    def _is_loader(self, values: Values) -> bool:
        return any(
            isinstance(x, _LOADERS) or x in (Thing.IMPORT, Thing.IMPORT_META) for x in values
        )

    def _is_traced(self, values: Values) -> bool:
        return any(
            isinstance(x, _LOADERS)
            or x in (Thing.IMPORT, Thing.IMPORT_META)
            or (isinstance(x, Text) and x.base is Base.DIRECTORY)
            or (isinstance(x, Builtin) and _FOLLOWED.match(x.name) is not None)
            for x in values
        )

    def _climb(self, spot: Spot) -> None:
        values = self._values(spot)
        if not self._is_traced(values):
            return
        while True:
            # A loader that is called makes a request, whatever its result is worth.
            if self._is_call(spot):
                self._calls.called(spot, values)
            larger = self._larger(spot)
            if larger is None:
                break
            found = self._values(larger)
            if not self._is_traced(found):
                break
            spot, values = larger, found
        if spot.node.id in self._seen:
            return
        self._seen.add(spot.node.id)
        self._settle(spot, values)

    def _larger(self, spot: Spot) -> Spot | None:
        """The next larger expression whose value may be made of this one's."""
        up = spot.up
        if up is None:
            return None
        kind = up.node.type
        if kind in ("parenthesized_expression", "await_expression", "new_expression"):
            return up
        if kind == "sequence_expression":
            return up if up.node.named_children[-1].id == spot.node.id else None
        if kind == "binary_expression":
            operator = up.node.child_by_field_name("operator")
            if operator is None:
                return None
            if operator.type == "&&" and spot.is_field("left"):
                return None
            return up if operator.type in ("+", "||", "??", "&&") else None
        if kind == "ternary_expression":
            return None if spot.is_field("condition") else up
        if kind == "template_substitution":
            return up.up
        if kind in ("member_expression", "subscript_expression"):
            if not spot.is_field("object"):
                return None
            name = up.node.child_by_field_name("property")
            if name is not None and self._source.text(name) in _METHODS:
                return up.up
            return up
        if kind == "call_expression":
            return up if spot.is_field("function") else None
        if kind == "arguments":
            return up.up
        if kind == "array":
            method = up.up
            if method is not None and method.node.type == "member_expression":
                return method.up
        return None

    def _is_call(self, spot: Spot) -> bool:
        up = spot.up
        return up is not None and (
            (up.node.type == "call_expression" and spot.is_field("function"))
            or (up.node.type == "new_expression" and spot.is_field("constructor"))
        )

    # ------------------------------------------------------------------ uses

    def _follow(self, binding: Binding) -> None:
        """Trace every use of a name."""
        if binding in self._followed:
            return
        self._followed.add(binding)
        for spot in self._uses(binding):
            if spot.node.type == "shorthand_property_identifier":
                self._shorthand(spot)
            elif not _is_written(spot):
                self._pending.append(spot)

    def _uses(self, binding: Binding) -> Iterator[Spot]:
        """Where a name stands, its declaration and assignments included."""
        self.followed.add(binding.reach)
        uses = self._source.names.places(*binding.reach)
        if len(uses) > MAX_USES:
            self._record.unproven("path", binding.node, guarded=False)
            return
        self._evaluator.spend(len(uses))
        for position in uses:
            spot = self._source.at(position)
            if (
                spot is not None
                and spot.up is not None
                and spot.node.type in ("identifier", "shorthand_property_identifier")
                and self._scopes.lookup(binding.name, self._scopes.of(spot)) is binding
            ):
                yield spot

    def _refollow(self, binding: Binding) -> None:
        """Trace the uses again: the name has been given another value."""
        self._followed.discard(binding)
        self._follow(binding)

    def _shorthand(self, spot: Spot) -> None:
        """``{ name }``: the value becomes a property."""
        values = self._evaluator.name(self._source.text(spot.node), self._scopes.of(spot))
        if self._is_traced(values) and spot.node.id not in self._seen:
            self._seen.add(spot.node.id)
            self._settle(spot, values)

    # ------------------------------------------------------------------ settling

    def _settle(self, spot: Spot, values: Values) -> None:
        """Record what becomes of a value that is part of no larger known one."""
        up = spot.up
        if up is None or self._is_call(spot):
            return
        kind = up.node.type
        if kind == "variable_declarator" and spot.is_field("value"):
            self._stored(up, values)
        elif kind == "assignment_pattern" and spot.is_field("right"):
            self._default(up, spot, values)
        elif kind in ("assignment_expression", "augmented_assignment_expression"):
            self._assigned(up, spot, values)
        elif kind == "arguments" and up.up is not None:
            self._passed(up.up, spot, values)
        elif self._is_option(up) or self._called_through(up, values):
            return
        elif self._is_returned(up, spot):
            self._returned(up, spot, values)
        elif not self._is_harmless(up, spot):
            self._escaped(spot, values)
        else:
            self._mentioned(spot, values)

    def _mentioned(self, spot: Spot, values: Values) -> None:
        """A path that is written but not used: people do so to have it packaged."""
        for value in values:
            if isinstance(value, Text) and value.base is Base.DIRECTORY:
                parts = v.relative_parts(value)
                if parts is not None and v.names_below(parts) and not self._record.is_plain(value):
                    self._record.path(UseKind.PATH, value, spot.node, guarded=False)

    def _is_harmless(self, up: Spot, spot: Spot) -> bool:
        kind = up.node.type
        if kind in ("expression_statement", "unary_expression", "throw_statement"):
            return True
        if kind == "binary_expression":
            operator = up.node.child_by_field_name("operator")
            return operator is not None and (
                operator.type in _TESTS or (operator.type == "&&" and spot.is_field("left"))
            )
        if kind == "sequence_expression":
            return up.node.named_children[-1].id != spot.node.id
        if kind in _CONDITIONS:
            return True
        if kind == "parenthesized_expression":
            return up.up is not None and up.up.node.type in _CONDITIONS
        if kind in ("member_expression", "subscript_expression") and spot.is_field("object"):
            if not any(v.is_anchored(x) for x in self._values(spot)):
                return True  # require.cache, import.meta.env, ...
            name = up.node.child_by_field_name("property")
            return name is not None and self._source.text(name) in _HARMLESS_METHODS
        # A name that is only mentioned: declarations, labels, exports of other names.
        return kind in ("import_specifier", "import_clause", "namespace_import")

    def _is_option(self, spot: Spot) -> bool:
        """Whether this is in the options of ``require.resolve`` or of a cluster."""
        if spot.node.type not in ("array", "pair"):
            return False
        for above in spot.above():
            if above.node.type == "arguments":
                call = above.up
                callee = call.node.child_by_field_name("function") if call is not None else None
                if call is None or callee is None:
                    return False
                functions = self._evaluator.values(callee, self._scopes.of(call))
                return any(
                    isinstance(f, v.Resolve)
                    or (isinstance(f, Builtin) and f.name.startswith("cluster."))
                    for f in functions
                )
            if above.node.type not in ("array", "object", "pair"):
                return False
        return False

    def _stored(self, declarator: Spot, values: Values) -> None:
        name = declarator.node.child_by_field_name("name")
        is_name = name is not None and name.type == "identifier"
        if not is_name and any(v.is_anchored(x) for x in values):
            return  # ``const {length} = __dirname``
        for binding in self._scopes.declared_by(declarator.node, declarator):
            self._follow(binding)
            if _is_exported(declarator):
                self._escaped(declarator, values)
        if is_name and name is not None:
            # ``var a = 1; var a = 2``: the second declarator declares nothing new.
            known = self._scopes.lookup(self._source.text(name), self._scopes.of(declarator))
            if known is not None:
                self._follow(known)

    def _default(self, pattern: Spot, spot: Spot, values: Values) -> None:
        """``function f(dir = __dirname)``."""
        left = pattern.node.child_by_field_name("left")
        if left is None or left.type != "identifier":
            self._escaped(spot, values)
            return
        binding = self._scopes.lookup(self._source.text(left), self._scopes.of(pattern))
        if binding is not None:
            self._give(binding, values)

    def _is_returned(self, up: Spot, spot: Spot) -> bool:
        return up.node.type == "return_statement" or (
            up.node.type == "arrow_function" and spot.is_field("body")
        )

    def _returned(self, up: Spot, spot: Spot, values: Values) -> None:
        """The value is what a function gives: its calls are worth it."""
        function = next((s for s in (up, *up.above()) if s.node.type in FUNCTIONS), None)
        binding = self._named(function) if function is not None else None
        if binding is None or function is None or self._scopes.parameters(function):
            self._escaped(spot, values)
            return
        for use in self._uses(binding):
            call = use.up
            if (
                call is not None
                and call.node.type == "call_expression"
                and use.is_field("function")
            ):
                self._pending.append(call)
            elif not _is_written(use) and use.node.id != _name_of(function.node):
                self._escaped(spot, values)

    def _named(self, function: Spot) -> Binding | None:
        """The name a function is declared or stored under, where it has no other."""
        node: Node | None = None
        if function.node.type == "function_declaration":
            node = function.node.child_by_field_name("name")
        elif function.up is not None and function.up.node.type == "variable_declarator":
            node = function.up.node.child_by_field_name("name")
        if node is None or node.type != "identifier" or function.up is None:
            return None
        return self._scopes.lookup(self._source.text(node), self._scopes.of(function.up))

    def _give(self, binding: Binding, values: Values) -> None:
        given = [self._evaluator.give(binding, value) for value in values if value != v.UNKNOWN]
        if any(given):
            self._refollow(binding)

    def _assigned(self, assignment: Spot, spot: Spot, values: Values) -> None:
        left = assignment.node.child_by_field_name("left")
        if left is None or left.id == spot.node.id:
            return
        outer = assignment.up
        while outer is not None and outer.node.type == "parenthesized_expression":
            outer = outer.up
        if left.type == "identifier":
            name = self._source.text(left)
            binding = self._scopes.lookup(name, self._scopes.of(assignment))
            if binding is not None:
                self._follow(binding)
            elif name not in ("require", "__dirname", "__filename"):
                self._escaped(spot, values)
        else:
            self._escaped(spot, values)
        is_stored = outer is not None and outer.node.type in (
            "variable_declarator", "assignment_expression",
        )  # fmt: skip
        if is_stored and assignment.node.id not in self._seen:
            self._seen.add(assignment.node.id)
            self._settle(assignment, values)

    def _passed(self, call: Spot, spot: Spot, values: Values) -> None:
        """The value is an argument."""
        field = "constructor" if call.node.type == "new_expression" else "function"
        callee = call.node.child_by_field_name(field)
        if callee is None:
            return
        scope = self._scopes.of(call)
        functions = self._evaluator.values(callee, scope)
        arguments = arguments_of(call.node)
        position = next((i for i, a in enumerate(arguments) if a.id == spot.node.id), -1)
        if callee.type == "member_expression":  # function () {}.call(this, ...)
            method = callee.child_by_field_name("property")
            target = callee.child_by_field_name("object")
            if method is not None and target is not None and self._source.text(method) == "call":
                functions = self._evaluator.values(target, scope)
                position -= 1
        if any(self._takes(f, position) for f in functions):
            return
        local = [f for f in functions if isinstance(f, v.Function)]
        at_once = callee.type != "identifier" or any(
            f.spot.node.type not in ("function_declaration", "generator_function_declaration")
            for f in local
        )
        is_path = any(v.is_anchored(x) for x in values)
        if local and position >= 0 and (at_once or not is_path):
            for function in local:
                for parameter in self._scopes.parameters(function.spot):
                    if parameter.position == position and parameter.access == ():
                        self._give(parameter, values)
            return
        if is_path:
            names = [f.name for f in functions if isinstance(f, Builtin)]
            last = callee
            if callee.type == "member_expression":
                last = callee.child_by_field_name("property") or callee
            name = self._source.text(last) if last.type.endswith("identifier") else ""
            for value in values:
                if isinstance(value, Text) and value.base is Base.DIRECTORY:
                    self._path_passed(value, spot, names, name)
            return
        if any(isinstance(f, Builtin) and _HARMLESS_BUILTIN.match(f.name) for f in functions):
            return
        self._escaped(spot, values)

    def _takes(self, function: Value, position: int) -> bool:
        """Whether the function's own handling covers the argument."""
        if isinstance(function, _LOADERS) or function is Thing.IMPORT:
            return position == 0
        if isinstance(function, Builtin):
            if function.name == "URL":
                return True
            of_scripts = function.name in ("worker_threads.Worker", "child_process.fork")
            return position == 0 and (of_scripts or function.name.startswith("module."))
        return False

    def _path_passed(self, text: Text, spot: Spot, builtins: list[str], name: str) -> None:
        parts = v.relative_parts(text)
        reads_directory = any(_DIRECTORY_READERS.match(b) for b in builtins)
        if reads_directory and parts and len(parts) == 1 and not v.names_below(parts):
            self._record.reference(UseKind.PATH, parts, spot.node)
            return
        if self._record.is_plain(text) and (
            any(_HARMLESS_BUILTIN.match(b) for b in builtins) or _HARMLESS_NAME.match(name)
        ):
            return
        if parts == v.relative_parts(v.FILE) and any(_FILE_READERS.match(b) for b in builtins):
            self._record.reference(UseKind.PATH, parts or (), spot.node)
            return
        self._record.path(UseKind.PATH, text, spot.node, is_guarded(self._source, spot))

    def _escaped(self, spot: Spot, values: Values) -> None:
        """The value goes where it cannot be followed."""
        if self._is_in_shim(spot):
            return
        guarded = is_guarded(self._source, spot)
        shown = spot.up if spot.up is not None else spot
        if shown.node.type == "arguments" and shown.up is not None:
            shown = shown.up
        for value in values:
            if isinstance(value, v.Require):
                if not value.users:
                    self._record.unproven("require", shown.node, guarded)
            elif isinstance(value, v.Resolve):
                self._record.unproven("require" if value.of else "import", shown.node, guarded)
            elif value is Thing.IMPORT_META:
                self._record.unproven("path", shown.node, guarded)
            elif isinstance(value, Text) and value.base is Base.DIRECTORY:
                use = UseKind.FORK if self._is_script(spot) else UseKind.PATH
                self._record.path(use, value, spot.node, guarded)

    def _is_in_shim(self, spot: Spot) -> bool:
        """Whether this makes esbuild's ``__require``, which is then followed instead."""
        for above in spot.above():
            name = above.node.child_by_field_name("name")
            is_declarator = above.node.type == "variable_declarator" and name is not None
            if is_declarator and name is not None and _SHIM.match(self._source.text(name)):
                for binding in self._scopes.declared_by(above.node, above):
                    self._follow(binding)
                return True
        return False

    def _is_script(self, spot: Spot) -> bool:
        """``spawn(process.execPath, [script])``."""
        array = spot.up
        if array is None or array.node.type != "array" or array.up is None:
            return False
        call = array.up.up
        if array.up.node.type != "arguments" or call is None:
            return False
        callee = call.node.child_by_field_name("function")
        arguments = arguments_of(call.node)
        if callee is None or not arguments or arguments[0].id == array.node.id:
            return False
        called = self._source.text(callee).rpartition(".")[2]
        program = self._source.text(arguments[0])
        return called in _RUNNERS and bool(
            re.search(r"execPath|process\.argv\[0\]|argv0|['\"]node['\"]", program)
        )

    def _called_through(self, member: Spot, values: Values) -> bool:
        """``require.call(this, 'x')``; what ``apply`` is given is not known."""
        if member.node.type != "member_expression":
            return False
        name = member.node.child_by_field_name("property")
        call = member.up
        requires = [value for value in values if isinstance(value, v.Require)]
        if not requires or name is None or call is None or not self._is_call(member):
            return False
        method = self._source.text(name)
        if method == "apply":
            self._escaped(member, values)
        elif method == "call":
            for require in requires:
                for wanted in self._evaluator.arguments(call.node, self._scopes.of(call))[1:2]:
                    guarded = is_guarded(self._source, call)
                    self._record.wanted(require.kind, require, wanted, call.node, guarded)
        return method in ("apply", "call")


def _name_of(function: Node) -> int:
    """The id of the node that names a function, or 0."""
    name = function.child_by_field_name("name")
    return name.id if name is not None else 0


def _is_written(spot: Spot) -> bool:
    """Whether a name is declared or assigned here instead of used."""
    assert spot.up is not None
    kind = spot.up.node.type
    if kind == "variable_declarator":
        return spot.is_field("name")
    if kind == "arrow_function":
        return spot.is_field("parameter")
    if kind in ("assignment_expression", "augmented_assignment_expression", "assignment_pattern"):
        return spot.is_field("left")
    return kind in (
        "import_specifier", "import_clause", "namespace_import", "formal_parameters",
        "object_pattern", "array_pattern", "rest_pattern", "pair_pattern",
    )  # fmt: skip


def _is_exported(declarator: Spot) -> bool:
    """``export const x = ...``."""
    declaration = declarator.up
    return (
        declaration is not None
        and declaration.up is not None
        and declaration.up.node.type == "export_statement"
    )
