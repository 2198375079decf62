"""What calls ask for: ``require``, ``import``, ``require.resolve``, workers, scripts."""

from __future__ import annotations

from tree_sitter import Node

from sealift.project.references import ReferenceKind, UseKind
from sealift.project.scan import values as v
from sealift.project.scan.collector import Record
from sealift.project.scan.evaluate import Evaluator
from sealift.project.scan.guards import is_guarded
from sealift.project.scan.scopes import Scopes
from sealift.project.scan.syntax import NodePath, Source, arguments_of
from sealift.project.scan.uses import Uses
from sealift.project.scan.values import Base, Builtin, Intrinsic, Text, Values

_SAME_PATH = frozenset((
    "url.fileURLToPath", "url.pathToFileURL", "fs.realpathSync", "path.normalize", "String",
))  # fmt: skip
_PATH_FUNCTIONS = frozenset(("path.dirname", "path.join", "path.resolve", "URL"))
_CUTTING = frozenset(("replace", "slice", "substring", "substr", "split"))


class Calls:
    """Records what the calls of one file ask for."""

    def __init__(
        self, source: Source, scopes: Scopes, evaluator: Evaluator, record: Record, uses: Uses
    ) -> None:
        self._source = source
        self._scopes = scopes
        self._evaluator = evaluator
        self._record = record
        self._uses = uses
        self._calls: set[int] = set()

    def called(self, path: NodePath, callees: Values) -> None:
        """The value is called."""
        call = path.up
        if call is None or call.node.id in self._calls:
            return
        handled = False
        for callee in callees:
            if isinstance(callee, v.Require):
                self._required(callee, call)
            elif isinstance(callee, v.Resolve):
                self._resolved(callee, call)
            elif callee is Intrinsic.IMPORT:
                self._imported(call)
            elif isinstance(callee, Builtin) and callee.name in (
                "module._load", "module._resolveFilename",
            ):  # fmt: skip
                self._required(v.Require(base=None), call)
            elif isinstance(callee, Builtin) and callee.name == "worker_threads.Worker":
                self._runs(UseKind.WORKER, call)
            elif isinstance(callee, Builtin) and callee.name == "child_process.fork":
                self._runs(UseKind.FORK, call)
            elif isinstance(callee, Builtin) and callee.name in (
                "cluster.setupPrimary", "cluster.setupMaster",
            ):  # fmt: skip
                self._cluster(call)
            else:
                continue
            handled = True
        if handled:
            self._calls.add(call.node.id)

    def _arguments(self, call: NodePath) -> list[Values]:
        return self._evaluator.arguments(call.node, self._scopes.of(call))

    def _required(self, require: v.Require, call: NodePath) -> None:
        arguments = self._arguments(call)
        if not arguments:
            return
        mark = arguments[1] if len(arguments) > 1 else ()
        marks = {value.constant for value in mark if isinstance(value, Text)}
        self._record.wanted(
            require.kind, require, arguments[0], call.node, is_guarded(self._source, call),
            optional="may-exclude" in marks, excluded="must-exclude" in marks,
        )  # fmt: skip

    def _imported(self, call: NodePath) -> None:
        arguments = self._arguments(call)
        if arguments:
            self._record.wanted(
                ReferenceKind.DYNAMIC_IMPORT, None, arguments[0], call.node,
                is_guarded(self._source, call),
            )  # fmt: skip

    def _resolved(self, resolve: v.Resolve, call: NodePath) -> None:
        arguments = self._arguments(call)
        if not arguments:
            return
        guarded = is_guarded(self._source, call)
        if resolve.of is None:
            self._record.wanted(
                ReferenceKind.IMPORT_META_RESOLVE, None, arguments[0], call.node, guarded,
                located=self._is_located(call, arguments[0]),
            )  # fmt: skip
            return
        mark = arguments[1] if len(arguments) > 1 else ()
        marks = {value.constant for value in mark if isinstance(value, Text)}
        paths, open_ended = self._paths(call)
        self._record.wanted(
            ReferenceKind.REQUIRE_RESOLVE, resolve.of, arguments[0], call.node,
            guarded or open_ended, paths=paths, located=self._is_located(call, arguments[0]),
            optional="may-exclude" in marks, excluded="must-exclude" in marks,
        )  # fmt: skip

    def _paths(self, call: NodePath) -> tuple[tuple[str, ...], bool]:
        """The ``paths`` option; whether some of it is not this package's."""
        arguments = arguments_of(call.node)
        option = _property(self._source, arguments[1], "paths") if len(arguments) > 1 else None
        if option is None:
            return (), len(arguments) > 1 and arguments[1].type == "identifier"
        found: list[str] = []
        open_ended = option.type != "array"
        elements = [n for n in option.named_children if n.type != "comment"]
        for element in elements if option.type == "array" else []:
            for value in self._evaluator.values(element, self._scopes.of(call)):
                parts = (
                    v.relative_parts(value)
                    if isinstance(value, Text) and value.base is Base.DIRECTORY
                    else None
                )
                if parts is not None and len(parts) == 1:
                    found.append(parts[0] or ".")
                else:
                    open_ended = True
        return tuple(found), open_ended

    def _is_located(self, call: NodePath, specifiers: Values) -> bool:
        """Whether other paths are made of a resolved one, at once or by way of a name.

        Nobody asks where a package.json is for its own sake.
        """
        if any(isinstance(x, Text) and x.parts[-1].endswith("/package.json") for x in specifiers):
            return True
        whole = self._converted(call)
        if self._starts_a_path(whole):
            return True
        declarator = whole.up
        if declarator is None or declarator.node.type != "variable_declarator":
            return False
        return any(
            self._starts_a_path(self._converted(use))
            for binding in self._scopes.declared_by(declarator.node, declarator)
            for use in self._uses.of(binding)
        )

    def _converted(self, path: NodePath) -> NodePath:
        """The largest expression that is still the same path: ``await``, ``fileURLToPath``."""
        while (up := path.up) is not None:
            if up.node.type in ("parenthesized_expression", "await_expression"):
                path = up
            elif up.up is not None and self._passed_to(path) & _SAME_PATH:
                path = up.up
            else:
                break
        return path

    def _starts_a_path(self, path: NodePath) -> bool:
        up = path.up
        if up is not None and up.node.type == "member_expression" and path.is_field("object"):
            name = up.node.child_by_field_name("property")
            return name is not None and self._source.text(name) in _CUTTING
        return bool(self._passed_to(path) & _PATH_FUNCTIONS)

    def _passed_to(self, path: NodePath) -> set[str]:
        """The names of Node's functions that this is an argument of."""
        call = path.up.up if path.up is not None and path.up.node.type == "arguments" else None
        if call is None:
            return set()
        field = "constructor" if call.node.type == "new_expression" else "function"
        callee = call.node.child_by_field_name(field)
        functions = (
            self._evaluator.values(callee, self._scopes.of(call)) if callee is not None else ()
        )
        return {function.name for function in functions if isinstance(function, Builtin)}

    def _runs(self, use: UseKind, call: NodePath) -> None:
        nodes = arguments_of(call.node)
        if not nodes:
            return
        options = nodes[1] if len(nodes) > 1 else None
        if use is UseKind.WORKER and options is not None:
            evaluated = _property(self._source, options, "eval")
            if evaluated is not None and self._source.text(evaluated) != "false":
                return
        guarded = is_guarded(self._source, call)
        for value in self._arguments(call)[0]:
            self._record.run(use, value, call.node, guarded)

    def _cluster(self, call: NodePath) -> None:
        for options in arguments_of(call.node)[:1]:
            script = _property(self._source, options, "exec")
            if script is not None:
                for value in self._evaluator.values(script, self._scopes.of(call)):
                    self._record.run(UseKind.FORK, value, call.node, is_guarded(self._source, call))


def _property(source: Source, node: Node, name: str) -> Node | None:
    """The value of a property of an object literal."""
    if node.type != "object":
        return None
    for member in node.named_children:
        if member.type == "pair":
            key = member.child_by_field_name("key")
            if key is not None and source.text(key).strip("'\"") == name:
                return member.child_by_field_name("value")
        elif member.type == "shorthand_property_identifier" and source.text(member) == name:
            return member
    return None
