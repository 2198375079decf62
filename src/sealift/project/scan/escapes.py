"""What is handed on: values that are arguments, or that go where they cannot be followed."""

from __future__ import annotations

import re

from sealift.project.references import UseKind
from sealift.project.scan import values as v
from sealift.project.scan.collector import Record
from sealift.project.scan.evaluate import Evaluator
from sealift.project.scan.guards import is_guarded
from sealift.project.scan.scopes import Scopes
from sealift.project.scan.syntax import NodePath, Source, arguments_of
from sealift.project.scan.uses import Uses
from sealift.project.scan.values import Base, Builtin, Intrinsic, Text, Value, Values

_RUNNERS = frozenset(("spawn", "spawnSync", "execFile", "execFileSync"))

# Calls that only look at a path, print it or compare it.
_HARMLESS_BUILTIN = re.compile(
    r"^(?:console|path|process\.emitWarning|assert|Boolean|\w*Error|module|url|eval|Function)(?:\.|$)"
    r"|^fs\.(?:exists|stat|lstat|access|realpath|promises)\w*$"
)
_HARMLESS_NAME = re.compile(
    r"^(?:_?debug\w*|log|logger|warn|error|info|trace|verbose|print|assert|equal|strictEqual|\w*Error)$"
)
_DIRECTORY_READERS = re.compile(r"^fs\.(?:readdir|opendir|cp|glob|watch|scandir|readdirp)\w*$")
_FILE_READERS = re.compile(r"^fs\.(?:readFile|createReadStream|open|copyFile|openAsBlob|read)\w*$")
_SHIM = re.compile(r"__require\d*$")  # esbuild's stand-in for require


class Handed:
    """Records what the values of one file that are handed on ask for."""

    def __init__(
        self,
        source: Source,
        scopes: Scopes,
        evaluator: Evaluator,
        record: Record,
        uses: Uses,
    ) -> None:
        self._source = source
        self._scopes = scopes
        self._evaluator = evaluator
        self._record = record
        self._uses = uses

    def passed(self, call: NodePath, path: NodePath, values: Values) -> None:
        """The value is an argument."""
        field = "constructor" if call.node.type == "new_expression" else "function"
        callee = call.node.child_by_field_name(field)
        if callee is None:
            return
        scope = self._scopes.of(call)
        functions = self._evaluator.values(callee, scope)
        arguments = arguments_of(call.node)
        position = next((i for i, a in enumerate(arguments) if a.id == path.node.id), -1)
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
            f.path.node.type not in ("function_declaration", "generator_function_declaration")
            for f in local
        )
        is_path = any(v.is_anchored(x) for x in values)
        if local and position >= 0 and (at_once or not is_path):
            for function in local:
                for parameter in self._scopes.parameters(function.path):
                    if parameter.position == position and parameter.access == ():
                        self._uses.give(parameter, values)
            return
        if is_path:
            names = [f.name for f in functions if isinstance(f, Builtin)]
            last = callee
            if callee.type == "member_expression":
                last = callee.child_by_field_name("property") or callee
            name = self._source.text(last) if last.type.endswith("identifier") else ""
            for value in values:
                if isinstance(value, Text) and value.base is Base.DIRECTORY:
                    self._path_passed(value, path, names, name)
            return
        if any(isinstance(f, Builtin) and _HARMLESS_BUILTIN.match(f.name) for f in functions):
            return
        self.escaped(path, values)

    def _takes(self, function: Value, position: int) -> bool:
        """Whether the function's own handling covers the argument."""
        if isinstance(function, v.LOADERS) or function is Intrinsic.IMPORT:
            return position == 0
        if isinstance(function, Builtin):
            if function.name == "URL":
                return True
            of_scripts = function.name in ("worker_threads.Worker", "child_process.fork")
            return position == 0 and (of_scripts or function.name.startswith("module."))
        return False

    def _path_passed(self, text: Text, path: NodePath, builtins: list[str], name: str) -> None:
        parts = v.relative_parts(text)
        reads_directory = any(_DIRECTORY_READERS.match(b) for b in builtins)
        if reads_directory and parts and len(parts) == 1 and not v.names_below(parts):
            self._record.reference(UseKind.PATH, parts, path.node)
            return
        if self._record.is_plain(text) and (
            any(_HARMLESS_BUILTIN.match(b) for b in builtins) or _HARMLESS_NAME.match(name)
        ):
            return
        if parts == v.relative_parts(v.FILE) and any(_FILE_READERS.match(b) for b in builtins):
            self._record.reference(UseKind.PATH, parts or (), path.node)
            return
        self._record.path(UseKind.PATH, text, path.node, is_guarded(self._source, path))

    def escaped(self, path: NodePath, values: Values) -> None:
        """The value goes where it cannot be followed."""
        if self._is_in_shim(path):
            return
        guarded = is_guarded(self._source, path)
        shown = path.up if path.up is not None else path
        if shown.node.type == "arguments" and shown.up is not None:
            shown = shown.up
        for value in values:
            if isinstance(value, v.Require):
                if not value.users:
                    self._record.unproven("require", shown.node, guarded)
            elif isinstance(value, v.Resolve):
                self._record.unproven("require" if value.of else "import", shown.node, guarded)
            elif value is Intrinsic.IMPORT_META:
                self._record.unproven("path", shown.node, guarded)
            elif isinstance(value, Text) and value.base is Base.DIRECTORY:
                use = UseKind.FORK if self._is_script(path) else UseKind.PATH
                self._record.path(use, value, path.node, guarded)

    def mentioned(self, path: NodePath, values: Values) -> None:
        """A path that is written but not used: people do so to have it packaged."""
        for value in values:
            if isinstance(value, Text) and value.base is Base.DIRECTORY:
                parts = v.relative_parts(value)
                if parts is not None and v.names_below(parts) and not self._record.is_plain(value):
                    self._record.path(UseKind.PATH, value, path.node, guarded=False)

    def called_through(self, member: NodePath, values: Values) -> bool:
        """``require.call(this, 'x')``; what ``apply`` is given is not known."""
        if member.node.type != "member_expression":
            return False
        name = member.node.child_by_field_name("property")
        call = member.up
        requires = [value for value in values if isinstance(value, v.Require)]
        if not requires or name is None or call is None or not member.is_called:
            return False
        method = self._source.text(name)
        if method == "apply":
            self.escaped(member, values)
        elif method == "call":
            for require in requires:
                for wanted in self._evaluator.arguments(call.node, self._scopes.of(call))[1:2]:
                    guarded = is_guarded(self._source, call)
                    self._record.wanted(require.kind, require, wanted, call.node, guarded)
        return method in ("apply", "call")

    def _is_in_shim(self, path: NodePath) -> bool:
        """Whether this makes esbuild's ``__require``, which is then followed instead."""
        for above in path.above():
            name = above.node.child_by_field_name("name")
            is_declarator = above.node.type == "variable_declarator" and name is not None
            if is_declarator and name is not None and _SHIM.match(self._source.text(name)):
                for binding in self._scopes.declared_by(above.node, above):
                    self._uses.follow(binding)
                return True
        return False

    def _is_script(self, path: NodePath) -> bool:
        """``spawn(process.execPath, [script])``."""
        array = path.up
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
