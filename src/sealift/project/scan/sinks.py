"""What becomes of a value: stored in a name, returned, handed on, or merely looked at."""

from __future__ import annotations

from tree_sitter import Node

from sealift.project.scan import values as v
from sealift.project.scan.collector import Record
from sealift.project.scan.escapes import Handed
from sealift.project.scan.evaluate import Evaluator
from sealift.project.scan.scopes import FUNCTIONS, Binding, Scopes
from sealift.project.scan.syntax import NodePath, Source
from sealift.project.scan.uses import Uses
from sealift.project.scan.values import Builtin, Values

_HARMLESS_METHODS = frozenset((
    "startsWith", "endsWith", "includes", "indexOf", "lastIndexOf", "match", "test", "length",
    "localeCompare", "search", "charAt", "charCodeAt", "protocol", "host", "hash",
    "searchParams", "origin",
))  # fmt: skip
_TESTS = frozenset(("===", "!==", "==", "!=", "in", "instanceof", "<", ">", "<=", ">="))
_CONDITIONS = frozenset((
    "if_statement", "while_statement", "do_statement", "for_statement", "ternary_expression",
    "switch_statement", "switch_case",
))  # fmt: skip


class Settling:
    """Settles the largest known values of one file."""

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
        self._uses = uses
        self._handed = Handed(source, scopes, evaluator, record, uses)
        self._settled: set[int] = set()

    def settle(self, path: NodePath, values: Values) -> None:
        """Record what becomes of a value that is part of no larger known one."""
        up = path.up
        if path.node.id in self._settled:
            return
        self._settled.add(path.node.id)
        if up is None or path.is_called:
            return
        kind = up.node.type
        if kind == "variable_declarator" and path.is_field("value"):
            self._stored(up, values)
        elif kind == "assignment_pattern" and path.is_field("right"):
            self._default(up, path, values)
        elif kind in ("assignment_expression", "augmented_assignment_expression"):
            self._assigned(up, path, values)
        elif kind == "arguments" and up.up is not None:
            self._handed.passed(up.up, path, values)
        elif self._is_option(up) or self._handed.called_through(up, values):
            return
        elif self._is_returned(up, path):
            self._returned(up, path, values)
        elif not self._is_harmless(up, path):
            self._handed.escaped(path, values)
        else:
            self._handed.mentioned(path, values)

    def _is_harmless(self, up: NodePath, path: NodePath) -> bool:
        kind = up.node.type
        if kind in ("expression_statement", "unary_expression", "throw_statement"):
            return True
        if kind == "binary_expression":
            operator = up.node.child_by_field_name("operator")
            return operator is not None and (
                operator.type in _TESTS or (operator.type == "&&" and path.is_field("left"))
            )
        if kind == "sequence_expression":
            return up.node.named_children[-1].id != path.node.id
        if kind in _CONDITIONS:
            return True
        if kind == "parenthesized_expression":
            return up.up is not None and up.up.node.type in _CONDITIONS
        if kind in ("member_expression", "subscript_expression") and path.is_field("object"):
            if not any(
                v.is_anchored(x) for x in self._evaluator.values(path.node, self._scopes.of(path))
            ):
                return True  # require.cache, import.meta.env, ...
            name = up.node.child_by_field_name("property")
            return name is not None and self._source.text(name) in _HARMLESS_METHODS
        # A name that is only mentioned: declarations, labels, exports of other names.
        return kind in ("import_specifier", "import_clause", "namespace_import")

    def _is_option(self, path: NodePath) -> bool:
        """Whether this is in the options of ``require.resolve`` or of a cluster."""
        if path.node.type not in ("array", "pair"):
            return False
        for above in path.above():
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

    def _stored(self, declarator: NodePath, values: Values) -> None:
        name = declarator.node.child_by_field_name("name")
        is_name = name is not None and name.type == "identifier"
        if not is_name and any(v.is_anchored(x) for x in values):
            return  # ``const {length} = __dirname``
        for binding in self._scopes.declared_by(declarator.node, declarator):
            self._uses.follow(binding)
            if _is_exported(declarator):
                self._handed.escaped(declarator, values)
        if is_name and name is not None:
            # ``var a = 1; var a = 2``: the second declarator declares nothing new.
            known = self._scopes.lookup(self._source.text(name), self._scopes.of(declarator))
            if known is not None:
                self._uses.follow(known)

    def _default(self, pattern: NodePath, path: NodePath, values: Values) -> None:
        """``function f(dir = __dirname)``."""
        left = pattern.node.child_by_field_name("left")
        if left is None or left.type != "identifier":
            self._handed.escaped(path, values)
            return
        binding = self._scopes.lookup(self._source.text(left), self._scopes.of(pattern))
        if binding is not None:
            self._uses.give(binding, values)

    def _is_returned(self, up: NodePath, path: NodePath) -> bool:
        return up.node.type == "return_statement" or (
            up.node.type == "arrow_function" and path.is_field("body")
        )

    def _returned(self, up: NodePath, path: NodePath, values: Values) -> None:
        """The value is what a function gives: its calls are worth it."""
        function = next((s for s in (up, *up.above()) if s.node.type in FUNCTIONS), None)
        binding = self._named(function) if function is not None else None
        if binding is None or function is None or self._scopes.parameters(function):
            self._handed.escaped(path, values)
            return
        for use in self._uses.of(binding):
            call = use.up
            if (
                call is not None
                and call.node.type == "call_expression"
                and use.is_field("function")
            ):
                self._uses.pending.append(call)
            elif not use.is_written and use.node.id != _name_of(function.node):
                self._handed.escaped(path, values)

    def _named(self, function: NodePath) -> Binding | None:
        """The name a function is declared or stored under, where it has no other."""
        node: Node | None = None
        if function.node.type == "function_declaration":
            node = function.node.child_by_field_name("name")
        elif function.up is not None and function.up.node.type == "variable_declarator":
            node = function.up.node.child_by_field_name("name")
        if node is None or node.type != "identifier" or function.up is None:
            return None
        return self._scopes.lookup(self._source.text(node), self._scopes.of(function.up))

    def _assigned(self, assignment: NodePath, path: NodePath, values: Values) -> None:
        left = assignment.node.child_by_field_name("left")
        if left is None or left.id == path.node.id:
            return
        outer = assignment.up
        while outer is not None and outer.node.type == "parenthesized_expression":
            outer = outer.up
        if left.type == "identifier":
            name = self._source.text(left)
            binding = self._scopes.lookup(name, self._scopes.of(assignment))
            if binding is not None:
                self._uses.follow(binding)
            elif name not in ("require", "__dirname", "__filename"):
                self._handed.escaped(path, values)
        else:
            self._handed.escaped(path, values)
        is_stored = outer is not None and outer.node.type in (
            "variable_declarator", "assignment_expression",
        )  # fmt: skip
        if is_stored:
            self.settle(assignment, values)


def _name_of(function: Node) -> int:
    """The id of the node that names a function, or 0."""
    name = function.child_by_field_name("name")
    return name.id if name is not None else 0


def _is_exported(declarator: NodePath) -> bool:
    """``export const x = ...``."""
    declaration = declarator.up
    return (
        declaration is not None
        and declaration.up is not None
        and declaration.up.node.type == "export_statement"
    )
