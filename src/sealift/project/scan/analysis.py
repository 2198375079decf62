"""The analysis of one file: its tree, its scopes, and what is known so far.

The modules of this package are functions over a `FileAnalysis`, by subject. What an expression
can be worth is worked out by functions that need each other (a name's value is an expression, an
expression holds names), so they meet here: each asks `FileAnalysis.values`, which looks the
function for a kind of expression up in a table (`expressions.EXPRESSIONS`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from tree_sitter import Node

from sealift.project.scan.collector import Collector
from sealift.project.scan.scopes import Binding, Scope, Scopes
from sealift.project.scan.syntax import NodePath, ParsedSource, arguments_of
from sealift.project.scan.values import NOTHING, Value, Values

MAX_STEPS = 300_000
"""Expressions evaluated in one file. Real files need some thousands at most."""

MAX_PASSED = 150_000_000
"""`ParsedSource.passed` in one file: half a second. Only text that is not JavaScript needs more."""

MAX_NESTING = 80
"""Evaluations within one another, of expressions and the names in them."""

Extent = tuple[bytes, int, int]
"""A name, and the offsets between which it refers to one declaration."""

Expression = Callable[["FileAnalysis", Node, Scope], Values]
"""Works out the values that one kind of expression can have."""


class Relevance(Struct):
    """The parts of the source that decided something.

    A pruned source must keep them: where it does not, the analysis is repeated with more of it.

    Attributes:
        used: the extents of the names whose uses mattered.
        assigned: the extents of the names whose assignments mattered.
        contents: where the objects and arrays begin whose contents mattered.
    """

    used: set[Extent] = field(default_factory=set)
    assigned: set[Extent] = field(default_factory=set)
    contents: set[int] = field(default_factory=set)


class NameState(Struct):
    """What is known about the values of names.

    Attributes:
        given: the values that parameters were found to receive.
        known: the values of names, once they are worked out.
        active: the names whose values are being worked out.
        provisional: how often an active name was needed to work out its own value.
        before: of an active name, its values before it was assigned to.
        assignments: the right sides that are assigned to a name, and whether it changes otherwise.
        unchanged: whether an object that is stored under a name stays as it is written.
    """

    given: dict[Binding, list[Value]] = field(default_factory=dict)
    known: dict[Binding, Values] = field(default_factory=dict)
    active: set[Binding] = field(default_factory=set)
    provisional: int = 0
    before: dict[Binding, Values] = field(default_factory=dict)
    assignments: dict[Binding, tuple[list[tuple[Node, Scope]], bool]] = field(default_factory=dict)
    unchanged: dict[Binding, bool] = field(default_factory=dict)


class FlowState(Struct):
    """How far the values of the file have been traced.

    Attributes:
        pending: places of names whose values are still to be traced.
        traced: the names whose uses were traced, or are pending.
        calls: the arguments for which a call's references are collected, by the call's node id.
        sinks: the values of a node that were traced to their end, by its id.
    """

    pending: list[NodePath] = field(default_factory=list)
    traced: set[Binding] = field(default_factory=set)
    calls: dict[int, list[Values]] = field(default_factory=dict)
    sinks: dict[int, set[Value]] = field(default_factory=dict)


class FileAnalysis:
    """One file under analysis.

    Attributes:
        source: the parsed file.
        scopes: its declarations.
        references: what was found so far.
        names, flow, relevance: the state of the subjects that they are named for.
        too_deep: how often an evaluation was given up because of `MAX_NESTING`.
        open_literals: the ids of the objects and arrays that are being looked into.
        steps: work done, in expressions looked at.
    """

    def __init__(self, source: ParsedSource, expressions: Mapping[str, Expression]) -> None:
        self.source = source
        self.scopes = Scopes(source)
        self.references = Collector(source)
        self.names = NameState()
        self.flow = FlowState()
        self.relevance = Relevance()
        self.open_literals: set[int] = set()
        self.steps = 0
        self.too_deep = 0
        self._expressions = expressions
        self._nesting = 0
        self._incomplete = 0
        self._values: dict[int, Values] = {}

    # ------------------------------------------------------------------ limits

    @property
    def exhausted(self) -> bool:
        """Whether the file is too intricate to be analysed to its end."""
        return self.steps > MAX_STEPS or self.source.passed > MAX_PASSED

    def spend(self, steps: int) -> None:
        """Count ``steps`` expressions as looked at."""
        self.steps += steps

    def give_up_value(self) -> Values:
        """Return `NOTHING` for a value that is given up, and keep results without it uncached."""
        self._incomplete += 1
        return NOTHING

    # ------------------------------------------------------------------ values

    def values(self, node: Node, scope: Scope) -> Values:
        """Return every value that an expression can have; `NOTHING` if it is not known."""
        known = self._values.get(node.id)
        if known is not None:
            return known
        self.spend(1)
        if self._nesting >= MAX_NESTING or self.exhausted:
            self.too_deep += 1
            return self.give_up_value()
        state = self.state
        self._nesting += 1
        try:
            evaluate = self._expressions.get(node.type)
            found = evaluate(self, node, scope) if evaluate is not None else NOTHING
        finally:
            self._nesting -= 1
        if self.is_final(state):
            self._values[node.id] = found
        return found

    @property
    def state(self) -> tuple[int, int]:
        """What `is_final` compares: the values given up, and the provisional ones."""
        return self._incomplete, self.names.provisional

    def is_final(self, state: tuple[int, int]) -> bool:
        """Return True if what was worked out since ``state`` will not change.

        It may change if a value in it was given up, or is that of a name whose own value is being
        worked out.
        """
        incomplete, provisional = state
        settled = not self.names.active or provisional == self.names.provisional
        return settled and incomplete == self._incomplete

    def values_at(self, path: NodePath) -> Values:
        """Return every value that the expression at a place can have."""
        return self.values(path.node, self.scopes.of(path))

    def arguments(self, call: Node, scope: Scope) -> list[Values]:
        """Return the values of each argument of a call."""
        return [self.values(node, scope) for node in arguments_of(call)]

    def arguments_at(self, call: NodePath) -> list[Values]:
        """Return the values of each argument of the call at a place."""
        return self.arguments(call.node, self.scopes.of(call))

    def forget_values(self) -> None:
        """Forget the values of expressions: a parameter has received a new value."""
        self._values.clear()
        self.names.known.clear()
