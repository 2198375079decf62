"""The syntax tree of one file, and the paths from its nodes to the root.

Nothing visits the whole tree. The seeds are found in the bytes by regular expressions; for each,
the tree is descended to the leaf that holds it, which yields the enclosing nodes too.
(tree-sitter's own ``Node.parent`` descends from the root on every call.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Language, Node, Parser, Tree
from tree_sitter_javascript import language as grammar

from sealift.project.references import SyntaxProblem
from sealift.project.scan.grammar_fixups import rewrite_fields, rewrite_imports
from sealift.project.scan.identifier_index import IdentifierIndex

MAX_DEPTH = 2000
"""Enclosing nodes of one node. With more, V8's own recursive parser exhausts its stack."""

_LEVEL = 100
"""Nodes that are passed over in the time that a search takes to go down one level."""

MAX_PROBLEMS = 3

_LANGUAGE: Language = Language(grammar())

_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|([0-7]{1,3})|(\r\n|.))",
    re.DOTALL,
)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_LINE_ENDS = frozenset(("\n", "\r", "\r\n", "\u2028", "\u2029"))
_EXCERPT = 80  # characters

_ASSIGNING = frozenset((
    "assignment_expression", "augmented_assignment_expression", "assignment_pattern",
))  # fmt: skip
_DECLARING = frozenset((
    "import_specifier", "import_clause", "namespace_import", "formal_parameters",
    "object_pattern", "array_pattern", "rest_pattern", "pair_pattern",
))  # fmt: skip


class NodePath:
    """A node of the tree, together with the nodes that enclose it.

    Attributes:
        node: the node itself.
        up: the path of the enclosing node; None for the root.
        depth: the number of nodes from the root to this one.
        scope: the innermost scope, once `Scopes` has determined it.
    """

    __slots__ = ("depth", "node", "scope", "up")

    def __init__(self, node: Node, up: NodePath | None) -> None:
        self.node = node
        self.up = up
        self.depth: int = up.depth + 1 if up else 0
        self.scope: object | None = None

    def above(self) -> Iterator[NodePath]:
        """Yield the enclosing nodes, innermost first."""
        path = self.up
        while path is not None:
            yield path
            path = path.up

    def is_field(self, name: str) -> bool:
        """Return True if this node is the field ``name`` of the enclosing node."""
        if self.up is None:
            return False
        node = self.up.node.child_by_field_name(name)
        return node is not None and node.id == self.node.id

    @property
    def is_written(self) -> bool:
        """Whether a name is declared or assigned to here, and not used."""
        assert self.up is not None
        kind = self.up.node.type
        if kind == "variable_declarator":
            return self.is_field("name")
        if kind == "arrow_function":
            return self.is_field("parameter")
        if kind in _ASSIGNING:
            return self.is_field("left")
        return kind in _DECLARING

    @property
    def is_called(self) -> bool:
        """Whether this node is what a call or ``new`` calls."""
        return self.up is not None and (
            (self.up.node.type == "call_expression" and self.is_field("function"))
            or (self.up.node.type == "new_expression" and self.is_field("constructor"))
        )


class ParsedSource:
    """One parsed file.

    Attributes:
        data: the source that the tree belongs to.
        tree: what tree-sitter made of it.
        root: the path of the whole program.
        identifiers: where the names in ``data`` are.
        passed: how many nodes in ERROR nodes searches have passed over, and for how many others
            that takes as long as what was nested too deeply. What is in other nodes tree-sitter
            keeps balanced.
    """

    def __init__(self, data: bytes) -> None:
        # A NUL ends tree-sitter's input. In JavaScript it can only be part of a text.
        data = data.replace(b"\0", b"\1") if b"\0" in data else data
        self.data, self.tree = _parse(data)
        self.root = NodePath(self.tree.root_node, None)
        self.identifiers = IdentifierIndex(self.data)
        self.passed = 0
        self._has_errors = self.root.node.has_error
        self._paths: dict[int, NodePath] = {self.root.node.id: self.root}

    def text(self, node: Node) -> str:
        """Return the source of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def head(self, node: Node, length: int) -> str:
        """Return the first ``length`` bytes of a node's source."""
        end = min(node.end_byte, node.start_byte + length)
        return self.data[node.start_byte : end].decode("utf-8", "replace")

    def at(self, position: int) -> NodePath | None:
        """Return the innermost node at a byte offset; None if it is nested too deeply."""
        cursor = self.root.node.walk()
        path = self.root
        while True:
            if self._has_errors and path.node.is_error:
                self.passed += path.node.child_count
            if cursor.goto_first_child_for_byte(position) is None:
                break
            node = cursor.node
            assert node is not None
            if not node.start_byte <= position < node.end_byte:
                break
            known = self._paths.get(node.id)
            if known is None:
                if path.depth >= MAX_DEPTH:
                    self.passed += MAX_DEPTH * _LEVEL
                    return None
                known = self._paths[node.id] = NodePath(node, path)
            path = known
        return path

    def path_of(self, node: Node) -> NodePath | None:
        """Return the path of a node; None if it is nested too deeply."""
        path = self.at(node.start_byte)
        while path is not None and path.node.id != node.id:
            path = path.up
        return path

    def excerpt(self, node: Node) -> str:
        """Return the source of a node on one line of at most 80 characters."""
        text = " ".join(
            self.data[node.start_byte : node.start_byte + 400]
            .decode("utf-8", "replace")[: node.end_byte - node.start_byte]
            .split()
        )
        return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"

    def string(self, node: Node) -> str:
        """Return the value of a string literal, or of a piece of a template."""
        return unescape(self.text(node)[1:-1])

    def problems(self) -> tuple[SyntaxProblem, ...]:
        """Return the first places that could not be parsed."""
        if not self.root.node.has_error:
            return ()
        found: list[SyntaxProblem] = []
        pending = [self.root.node]
        while pending and len(found) < MAX_PROBLEMS:
            node = pending.pop()
            if node.is_missing or node.is_error:
                row, column = node.start_point
                what = (
                    f"{node.type} is missing"
                    if node.is_missing
                    else f"unexpected {self.excerpt(node)[:40] or 'text'}"
                )
                found.append(SyntaxProblem(what, row + 1, column + 1))
            elif node.has_error:
                pending.extend(child for child in reversed(node.children) if child.has_error)
        return tuple(found)


def _parse(data: bytes) -> tuple[bytes, Tree]:
    """Return the tree of a source, and the rewritten source if the grammar needed that."""
    parser = Parser(_LANGUAGE)
    tree = parser.parse(data)
    if tree.root_node.has_error:
        for rewrite in (rewrite_imports, rewrite_fields):
            rewritten = rewrite(data)
            if rewritten != data:
                data, tree = rewritten, parser.parse(rewritten)
            if not tree.root_node.has_error:
                break
    return data, tree


def line_of(node: Node) -> int:
    """Return the 1-based line on which a node begins."""
    return int(node.start_point[0]) + 1


def operands_of(node: Node) -> list[Node]:
    """Return the named children of a node, without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def arguments_of(call: Node) -> list[Node]:
    """Return the arguments of a call or ``new``, without comments."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "arguments":
        return []
    return operands_of(arguments)


def unescape(text: str) -> str:
    """Return the value of the text between the quotes of a string literal."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    byte, unit, point, octal, other = match.groups()
    if octal is not None:
        return chr(int(octal, 8))
    if other is not None:
        return "" if other in _LINE_ENDS else _SIMPLE_ESCAPES.get(other, other)
    code = int(byte or unit or point, 16)
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def property_of(source: ParsedSource, node: Node, name: str) -> Node | None:
    """Return the value of a property of an object literal."""
    if node.type != "object":
        return None
    for item in node.named_children:
        if item.type == "pair":
            key = item.child_by_field_name("key")
            if key is not None and source.text(key).strip("'\"") == name:
                return item.child_by_field_name("value")
        elif item.type == "shorthand_property_identifier" and source.text(item) == name:
            return item
    return None
