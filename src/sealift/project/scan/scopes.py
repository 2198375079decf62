"""Which declaration a name refers to (ECMA-262 scoping). A scope is read when it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct, field
from tree_sitter import Node

from sealift.project.scan.syntax import NodePath, ParsedSource, operands_of

FUNCTIONS = frozenset((
    "function_declaration", "function_expression", "generator_function",
    "generator_function_declaration", "arrow_function", "method_definition",
))  # fmt: skip

_BLOCKS = frozenset((
    "statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body",
))  # fmt: skip

# Statements in which a ``var`` belongs to the function around them.
_NESTING = frozenset((
    "if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement",
    "do_statement", "try_statement", "catch_clause", "finally_clause", "switch_statement",
    "switch_body", "switch_case", "switch_default", "labeled_statement", "statement_block",
    "with_statement", "ERROR",
))  # fmt: skip

_NAMED = frozenset((
    "function_declaration", "generator_function_declaration", "class_declaration",
))  # fmt: skip

_DECLARATIONS = frozenset(("lexical_declaration", "variable_declaration", "using_declaration"))


class Declared(Enum):
    """The kind of declaration of a name."""

    CONST = "const"
    LET = "let"
    VAR = "var"
    PARAMETER = "parameter"
    FUNCTION = "function"
    IMPORT = "import"
    OTHER = "other"  # a class, a caught error, a loop variable


class Binding(Struct, eq=False):
    """One declared name.

    Attributes:
        node: the declarator, parameter, function or ``import`` statement that declares it.
        access: the members from the declared value to this name. ``{posix: {join}}`` has
            ``("posix", "join")``; None stands for members that are not known.
        position: of a parameter, among its function's parameters; else -1.
    """

    name: str
    declared: Declared
    scope: Scope
    node: Node
    access: tuple[str, ...] | None = ()
    position: int = -1

    @property
    def extent(self) -> tuple[bytes, int, int]:
        """The name, and the offsets between which it can refer to this declaration."""
        area = self.scope.node
        return self.name.encode(), area.start_byte, area.end_byte


class Scope(Struct, eq=False):
    """A program, function, block or loop, and the names it declares."""

    node: Node
    up: Scope | None
    names: dict[str, Binding] = field(default_factory=dict)
    filled: bool = False


class Scopes:
    """The scopes of one file."""

    def __init__(self, source: ParsedSource) -> None:
        self._source = source

    def of(self, path: NodePath) -> Scope:
        """Return the innermost scope of a node or around it."""
        unscoped: list[NodePath] = []
        at: NodePath | None = path
        while at is not None and at.scope is None:
            unscoped.append(at)
            at = at.up
        scope = at.scope if at is not None else None
        assert scope is None or isinstance(scope, Scope)
        for below in reversed(unscoped):
            kind = below.node.type
            if scope is None or kind in FUNCTIONS or kind in _BLOCKS:
                # A function's body shares the scope of its parameters: lexical declarations of
                # both with the same name are an error anyway.
                is_body = (
                    scope is not None
                    and kind == "statement_block"
                    and scope.node.type in FUNCTIONS
                    and below.up is not None
                    and below.up.node.id == scope.node.id
                )
                if not is_body:
                    scope = Scope(below.node, scope)
            below.scope = scope
        assert scope is not None
        return scope

    def lookup(self, name: str, scope: Scope) -> Binding | None:
        """Return the declaration of a name; None for a global or a name of Node's wrapper."""
        at: Scope | None = scope
        while at is not None:
            found = self._names(at).get(name)
            if found is not None:
                return found
            at = at.up
        return None

    def parameters(self, function: NodePath) -> list[Binding]:
        """Return the declarations of a function's parameters."""
        names = self._names(self.of(function))
        return [b for b in names.values() if b.declared is Declared.PARAMETER]

    def declared_by(self, node: Node, path: NodePath) -> list[Binding]:
        """Return the declarations in a declarator or ``import`` statement.

        Args:
            node: the declarator or statement.
            path: of a place in the scope of the declarations.
        """
        found: list[Binding] = []
        at: Scope | None = self.of(path)
        while at is not None:
            found.extend(b for b in self._names(at).values() if b.node.id == node.id)
            at = at.up if not found else None
        return found

    # ------------------------------------------------------------------ declarations

    def _names(self, scope: Scope) -> dict[str, Binding]:
        if not scope.filled:
            scope.filled = True
            self._fill(scope)
        return scope.names

    def _fill(self, scope: Scope) -> None:
        node = scope.node
        kind = node.type
        if kind in FUNCTIONS:
            self._parameters(scope)
            body = node.child_by_field_name("body")
            if body is not None and body.type == "statement_block":
                self._statements(scope, body)
                self._hoisted(scope, body)
            if kind in ("function_expression", "generator_function"):
                name = node.child_by_field_name("name")
                if name is not None:
                    self._bind(scope, name, Declared.FUNCTION, node)
        elif kind == "for_statement":
            initializer = node.child_by_field_name("initializer")
            if initializer is not None and initializer.type in _DECLARATIONS:
                self._declaration(scope, initializer)
        elif kind == "for_in_statement":
            left = node.child_by_field_name("left")
            if left is not None and node.child_by_field_name("kind") is not None:
                for name, access in _pattern(self._source, left):
                    self._bind(scope, name, Declared.OTHER, node, access)
        elif kind == "catch_clause":
            parameter = node.child_by_field_name("parameter")
            if parameter is not None:
                for name, _ in _pattern(self._source, parameter):
                    self._bind(scope, name, Declared.OTHER, node)
        elif kind == "switch_body":
            for case in node.named_children:
                self._statements(scope, case)
        else:
            self._statements(scope, node)
            if scope.up is None:
                self._hoisted(scope, node)

    def _bind(
        self,
        scope: Scope,
        name: Node,
        declared: Declared,
        node: Node,
        access: tuple[str, ...] | None = (),
        position: int = -1,
    ) -> None:
        text = self._source.text(name)
        if text not in scope.names:
            scope.names[text] = Binding(text, declared, scope, node, access, position)

    def _parameters(self, scope: Scope) -> None:
        single = scope.node.child_by_field_name("parameter")
        if single is not None:
            self._bind(scope, single, Declared.PARAMETER, single, position=0)
            return
        parameters = scope.node.child_by_field_name("parameters")
        if parameters is None:
            return
        for position, parameter in enumerate(operands_of(parameters)):
            for name, access in _pattern(self._source, parameter):
                self._bind(scope, name, Declared.PARAMETER, parameter, access, position)

    def _statements(self, scope: Scope, block: Node) -> None:
        """Return the declarations that are statements of the block itself."""
        for statement in block.named_children:
            kind = statement.type
            if kind == "export_statement":
                declaration = statement.child_by_field_name("declaration")
                if declaration is None:
                    continue
                statement = declaration
                kind = statement.type
            if kind in _DECLARATIONS:
                if (
                    kind != "variable_declaration"
                    or scope.up is None
                    or scope.node.type in FUNCTIONS
                ):
                    self._declaration(scope, statement)
            elif kind in _NAMED:
                name = statement.child_by_field_name("name")
                if name is not None:
                    what = Declared.OTHER if kind == "class_declaration" else Declared.FUNCTION
                    self._bind(scope, name, what, statement)
            elif kind == "import_statement":
                self._import(scope, statement)

    def _hoisted(self, scope: Scope, body: Node) -> None:
        """Return the ``var`` declarations in the statements nested in a function's body."""
        pending = [node for node in body.named_children if node.type in _NESTING]
        while pending:
            node = pending.pop()
            if node.type == "for_in_statement":
                kind = node.child_by_field_name("kind")
                left = node.child_by_field_name("left")
                if kind is not None and left is not None and kind.type == "var":
                    for name, access in _pattern(self._source, left):
                        self._bind(scope, name, Declared.OTHER, node, access)
            for child in node.named_children:
                if child.type == "variable_declaration":
                    self._declaration(scope, child)
                elif child.type in _NESTING:
                    pending.append(child)

    def _declaration(self, scope: Scope, declaration: Node) -> None:
        if declaration.type == "variable_declaration":
            declared = Declared.VAR
        else:
            kind = declaration.child_by_field_name("kind")
            is_let = kind is not None and kind.type == "let"
            declared = Declared.LET if is_let else Declared.CONST
        for declarator in declaration.named_children:
            if declarator.type != "variable_declarator":
                continue
            pattern = declarator.child_by_field_name("name")
            if pattern is not None:
                for name, access in _pattern(self._source, pattern):
                    self._bind(scope, name, declared, declarator, access)

    def _import(self, scope: Scope, statement: Node) -> None:
        clause = next((n for n in statement.named_children if n.type == "import_clause"), None)
        if clause is None:
            return
        for part in clause.named_children:
            if part.type == "identifier":
                self._bind(scope, part, Declared.IMPORT, statement, ("default",))
            elif part.type == "namespace_import":
                for name in part.named_children:
                    if name.type == "identifier":
                        self._bind(scope, name, Declared.IMPORT, statement, ())
            elif part.type == "named_imports":
                for specifier in part.named_children:
                    name_node = specifier.child_by_field_name("name")
                    alias = specifier.child_by_field_name("alias") or name_node
                    if alias is None:
                        continue
                    # ``{default as x}``: the grammar gives ``default`` no node of its own.
                    text = "default" if name_node is None else self._source.text(name_node)
                    if text[:1] in "\"'":
                        text = text[1:-1]
                    self._bind(scope, alias, Declared.IMPORT, statement, (text,))


def _pattern(source: ParsedSource, pattern: Node) -> Iterator[tuple[Node, tuple[str, ...] | None]]:
    """Return the names that a pattern declares, each with the members from the value to it."""
    pending: list[tuple[Node, tuple[str, ...] | None]] = [(pattern, ())]
    while pending:
        node, access = pending.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern", "undefined"):
            if kind == "shorthand_property_identifier_pattern":
                access = _step(access, source.text(node))
            yield node, access
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            if left is not None:
                pending.append((left, access))
        elif kind == "pair_pattern":
            key = node.child_by_field_name("key")
            value = node.child_by_field_name("value")
            if value is not None:
                name = source.text(key) if key and key.type == "property_identifier" else None
                if key is not None and key.type == "string":
                    name = source.string(key)
                pending.append((value, _step(access, name)))
        elif kind == "object_pattern":
            pending.extend((child, access) for child in node.named_children)
        elif kind == "array_pattern":
            index = 0
            for child in node.children:
                if child.type == ",":
                    index += 1
                elif child.is_named and child.type != "comment":
                    pending.append((child, _step(access, str(index))))
        elif kind == "rest_pattern":
            pending.extend((child, None) for child in node.named_children)


def _step(access: tuple[str, ...] | None, name: str | None) -> tuple[str, ...] | None:
    return None if access is None or name is None else (*access, name)
