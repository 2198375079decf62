"""Follows a name to every place it is used at."""

from __future__ import annotations

from collections.abc import Iterator

from sealift.project.scan.collector import Record
from sealift.project.scan.evaluate import Evaluator
from sealift.project.scan.scopes import Binding, Scopes
from sealift.project.scan.syntax import NodePath, Source
from sealift.project.scan.values import UNKNOWN, Values

MAX_USES = 4000
"""A name used more often than this is not followed: what it holds counts as passed on."""


class Uses:
    """The uses of names that remain to be traced.

    Attributes:
        reaches: the reach of every name that was followed.
        pending: places that remain to be traced.
    """

    def __init__(
        self, source: Source, scopes: Scopes, evaluator: Evaluator, record: Record
    ) -> None:
        self.reaches: set[tuple[bytes, int, int]] = set()
        self.pending: list[NodePath] = []
        self._source = source
        self._scopes = scopes
        self._evaluator = evaluator
        self._record = record
        self._followed: set[Binding] = set()

    def follow(self, binding: Binding) -> None:
        """Have every use of a name traced."""
        if binding in self._followed:
            return
        self._followed.add(binding)
        self.pending.extend(path for path in self.of(binding) if not path.is_written)

    def of(self, binding: Binding) -> Iterator[NodePath]:
        """Where a name stands, its declaration and assignments included."""
        self.reaches.add(binding.reach)
        uses = self._source.names.places(*binding.reach)
        if len(uses) > MAX_USES:
            self._record.unproven("path", binding.node, guarded=False)
            return
        self._evaluator.spend(len(uses))
        for position in uses:
            path = self._source.at(position)
            if (
                path is not None
                and path.up is not None
                and path.node.type in ("identifier", "shorthand_property_identifier")
                and self._scopes.lookup(binding.name, self._scopes.of(path)) is binding
            ):
                yield path

    def give(self, binding: Binding, values: Values) -> None:
        """A parameter is given values: its uses are traced again if they are new."""
        given = [self._evaluator.give(binding, value) for value in values if value != UNKNOWN]
        if any(given):
            self._followed.discard(binding)
            self.follow(binding)
