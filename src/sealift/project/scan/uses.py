"""The places where a name is used."""

from __future__ import annotations

from collections.abc import Iterator

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.name_values import give_to_parameter
from sealift.project.scan.scopes import Binding
from sealift.project.scan.syntax import NodePath
from sealift.project.scan.values import MAX_ALTERNATIVES, UNKNOWN, Values

MAX_USES = 4000
"""A name with more uses than this is not traced: its value counts as unproven."""


def trace_uses(analysis: FileAnalysis, binding: Binding) -> None:
    """Add every use of a name to the places that are still to be traced."""
    flow = analysis.flow
    if binding not in flow.traced:
        flow.traced.add(binding)
        flow.pending.extend(path for path in uses_of(analysis, binding) if not path.is_written)


def uses_of(analysis: FileAnalysis, binding: Binding) -> Iterator[NodePath]:
    """Yield the places of a name, its declaration and assignments included."""
    source, scopes = analysis.source, analysis.scopes
    analysis.relevance.used.add(binding.extent)
    positions = source.identifiers.positions(*binding.extent)
    if len(positions) > MAX_USES:
        analysis.references.add_unproven("path", binding.node, guarded=False)
        return
    analysis.spend(len(positions))
    for position in positions:
        path = source.at(position)
        if (
            path is not None
            and path.up is not None
            and path.node.type in ("identifier", "shorthand_property_identifier")
            and scopes.lookup(binding.name, scopes.of(path)) is binding
        ):
            yield path


def pass_to_parameter(
    analysis: FileAnalysis, parameter: Binding, values: Values, limit: int = MAX_ALTERNATIVES
) -> bool:
    """Record the values that a parameter receives, and trace its uses again if any is new.

    Return False, and record nothing, if it would have more than ``limit`` values.
    """
    given = analysis.names.given.get(parameter, [])
    new = [value for value in values if value != UNKNOWN and value not in given]
    if len(given) + len(new) > limit:
        return False
    if new:
        for value in new:
            give_to_parameter(analysis, parameter, value)
        trace_uses_again(analysis, parameter)
    return True


def trace_uses_again(analysis: FileAnalysis, binding: Binding) -> None:
    """Trace a name whose uses may have been traced before it had its present values."""
    analysis.flow.traced.discard(binding)
    trace_uses(analysis, binding)
