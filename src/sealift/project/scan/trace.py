"""Follows what leads to requests and paths through a file, and records what comes of it.

From each word that can start something (``require``, ``__dirname``, ``import``, ...) the tracer
climbs to the largest expression that is still a known value, then looks at what is done with
it: called, stored in a name (whose uses are followed in turn), passed on, tested.
"""

from __future__ import annotations

import re

from sealift.project.references import ReferenceKind
from sealift.project.scan.calls import Calls
from sealift.project.scan.collector import Record
from sealift.project.scan.evaluate import Evaluator
from sealift.project.scan.node_api import module_value
from sealift.project.scan.scopes import FUNCTIONS, Declared, Scopes
from sealift.project.scan.seeds import awaits
from sealift.project.scan.sinks import Settling
from sealift.project.scan.syntax import MAX_DEPTH, NodePath, Source
from sealift.project.scan.uses import Uses
from sealift.project.scan.values import LOADERS, Base, Builtin, Intrinsic, Text, Values

_FOLLOWED = re.compile(
    r"^(?:worker_threads(?:\.Worker)?|child_process(?:\.fork)?|cluster(?:\.setup(?:Primary|Master))?"
    r"|module(?:\.(?:createRequire\w*|_load|_resolveFilename))?)$"
)

# Methods of texts and functions that the evaluator folds.
_METHODS = frozenset((
    "concat", "replace", "replaceAll", "bind", "toString", "valueOf", "trim", "normalize",
    "trimEnd", "toWellFormed",
))  # fmt: skip

_PLAIN_REQUIRE = re.compile(rb"require\s*\(\s*(['\"])([^'\"\\\n]+)\1\s*\)")
# What makes code of a text.
_FROM_TEXT = frozenset(("eval", "(0, eval)", "Function", "global.eval", "globalThis.eval"))
_NOT_TOP_LEVEL = FUNCTIONS | {"class_body", "ERROR"}


class Tracer:
    """Traces one file into a `Record`."""

    def __init__(self, source: Source, record: Record) -> None:
        self._source = source
        self._record = record
        self._scopes = Scopes(source)
        self._evaluator = Evaluator(source, self._scopes)
        self._uses = Uses(source, self._scopes, self._evaluator, record)
        self._calls = Calls(source, self._scopes, self._evaluator, record, self._uses)
        self._settling = Settling(source, self._scopes, self._evaluator, record, self._uses)

    @property
    def followed(self) -> set[tuple[bytes, int, int]]:
        """The reach of the names whose uses mattered."""
        return self._uses.reaches | self._evaluator.literals.reaches

    @property
    def read(self) -> set[int]:
        """Where the objects and arrays begin whose contents mattered."""
        return self._evaluator.literals.read

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
            path = self._source.at(position)
            if path is None or path.up is None:
                continue
            if path.node.type != "await" or path.up.node.type not in (
                "await_expression", "for_in_statement", "using_declaration",
            ):  # fmt: skip
                continue
            if not any(above.node.type in _NOT_TOP_LEVEL for above in path.above()):
                return True
        return False

    # ------------------------------------------------------------------ starting

    @property
    def exhausted(self) -> bool:
        """Whether the rest of the file cannot be followed in reasonable time."""
        return self._evaluator.exhausted

    def word(self, position: int) -> None:
        """Trace what the word at a position of the source starts."""
        path = self._source.at(position)
        if path is None:
            self._record.too_deep(position)
            self._evaluator.spend(MAX_DEPTH)
            return
        before = len(self._record)
        self._start(path)
        while self._uses.pending and not self.exhausted:
            self._climb(self._uses.pending.pop())
        if len(self._record) == before and self._source.root.node.has_error:
            self._unparsed(position, path)

    def _unparsed(self, position: int, path: NodePath) -> None:
        """``require('x')`` where the syntax around it was not understood."""
        match = _PLAIN_REQUIRE.match(self._source.data, position)
        if match is None or path.node.type not in ("identifier", "property_identifier", "ERROR"):
            return
        if self._source.data[position - 1 : position] == b".":
            return
        if self._scopes.lookup("require", self._scopes.of(path)) is None:
            specifier = match.group(2).decode("utf-8", "replace")
            self._record.request(ReferenceKind.REQUIRE, specifier, path.node, guarded=True)

    def _start(self, path: NodePath) -> None:
        kind = path.node.type
        up = path.up
        if up is None:
            return
        if kind == "import":
            if up.node.type == "import" and up.up is not None:  # the keyword as a function
                path, up = up, up.up
            if up.node.type == "import_statement":
                self._import_statement(up)
            elif up.node.type == "meta_property":
                self._record.is_module = True
                self._climb(up)
            elif path.is_field("function") or up.node.type == "ERROR":
                self._climb(path)
        elif kind == "export":
            if up.node.type == "export_statement":
                self._export_statement(up)
        elif kind == "identifier":
            if up.node.type == "member_expression" and self._source.text(path.node) == "module":
                self._climb(up)
            elif not path.is_written:
                self._climb(path)
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
            self._climb(path)

    def _import_statement(self, statement: NodePath) -> None:
        self._record.is_module = True
        source = statement.node.child_by_field_name("source")
        if source is None:
            return
        specifier = self._source.string(source)
        self._record.request(ReferenceKind.IMPORT, specifier, statement.node, guarded=False)
        module = module_value(specifier)
        if isinstance(module, Builtin) and _FOLLOWED.match(module.name):
            for binding in self._scopes.declared_by(statement.node, statement):
                self._uses.follow(binding)

    def _export_statement(self, statement: NodePath) -> None:
        self._record.is_module = True
        source = statement.node.child_by_field_name("source")
        if source is not None:
            specifier = self._source.string(source)
            self._record.request(ReferenceKind.IMPORT, specifier, statement.node, guarded=False)

    # ------------------------------------------------------------------ climbing

    def _values(self, path: NodePath) -> Values:
        return self._evaluator.values(path.node, self._scopes.of(path))

    def _is_loader(self, values: Values) -> bool:
        return any(
            isinstance(x, LOADERS) or x in (Intrinsic.IMPORT, Intrinsic.IMPORT_META) for x in values
        )

    def _is_traced(self, values: Values) -> bool:
        return any(
            isinstance(x, LOADERS)
            or x in (Intrinsic.IMPORT, Intrinsic.IMPORT_META, Intrinsic.MAIN)
            or (isinstance(x, Text) and x.base is Base.DIRECTORY)
            or (isinstance(x, Builtin) and _FOLLOWED.match(x.name) is not None)
            for x in values
        )

    def _climb(self, path: NodePath) -> None:
        values = self._values(path)
        if not self._is_traced(values):
            return
        while True:
            # A loader that is called makes a request, whatever its result is worth.
            if path.is_called:
                self._calls.called(path, values)
            larger = self._larger(path)
            if larger is None:
                break
            found = self._values(larger)
            if not self._is_traced(found):
                break
            path, values = larger, found
        self._settling.settle(path, values)

    def _larger(self, path: NodePath) -> NodePath | None:
        """The next larger expression whose value may be made of this one's."""
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
            if operator is None:
                return None
            if operator.type == "&&" and path.is_field("left"):
                return None
            return up if operator.type in ("+", "||", "??", "&&") else None
        if kind == "ternary_expression":
            return None if path.is_field("condition") else up
        if kind == "template_substitution":
            return up.up
        if kind in ("member_expression", "subscript_expression"):
            if not path.is_field("object"):
                return None
            name = up.node.child_by_field_name("property")
            if name is not None and self._source.text(name) in _METHODS:
                return up.up
            return up
        if kind == "call_expression":
            return up if path.is_field("function") else None
        if kind == "arguments":
            return up.up
        if kind == "array":
            method = up.up
            if method is not None and method.node.type == "member_expression":
                return method.up
        return None
