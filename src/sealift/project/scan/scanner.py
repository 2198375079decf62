"""One file, from its bytes to its references."""

from __future__ import annotations

from collections.abc import Iterator

from sealift.project.references import SourceReferences, SyntaxProblem
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.expressions import EXPRESSIONS
from sealift.project.scan.identifier_index import IdentifierIndex
from sealift.project.scan.prune import BodyIndex, PrunedSource
from sealift.project.scan.seeds import (
    is_import_meta,
    is_written,
    likely_names,
    outer_positions,
    seed_positions,
    statement_positions,
)
from sealift.project.scan.syntax import ParsedSource
from sealift.project.scan.value_flow import is_only_a_module, trace_seed

MIN_PRUNED = 1024
"""Files of fewer bytes are parsed as they are."""

MAX_REPARSED = 2 << 20
"""If a pruned source does not parse, files of up to this many bytes are parsed whole."""

_ROUNDS = 6
_SHORTER = 0.75
"""A pruned source that keeps a larger share is not used: parsing the whole costs no more."""

_BOM = b"\xef\xbb\xbf"


def find_references(source: bytes, *, module: bool | None) -> SourceReferences:
    """Return everything that one JavaScript file refers to.

    Args:
        source: the file's contents.
        module: True for an ES module, False for CommonJS, None if its syntax decides.
    """
    source = source.removeprefix(_BOM)
    seeds = seed_positions(source, module)
    words = outer_positions(source) if module is None else []
    if not seeds and not words:
        return SourceReferences()
    if len(source) < MIN_PRUNED:
        return analyse(source, module, find_awaits=bool(words)).references.result()
    bodies = BodyIndex.of(source, words)
    if bodies is not None:
        if not seeds and not bodies.outside:
            return SourceReferences()
        analysis = _analyse_pruned(source, bodies, seeds, module)
        if analysis is not None:
            return analysis.references.result()
    return analyse(source, module, find_awaits=bool(words)).references.result()


def has_module_syntax(source: bytes) -> bool:
    """Return what `find_references` says of the syntax of a file, without its references."""
    source = source.removeprefix(_BOM)
    words = sorted([*outer_positions(source), *statement_positions(source)])
    if not words:
        return False
    bodies = BodyIndex.of(source, words) if len(source) >= MIN_PRUNED else None
    if bodies is None:
        return _is_module(ParsedSource(source))
    # ``import.meta`` may be anywhere.
    metas = [at for at in words if is_import_meta(source, at) and not bodies.in_comment(at)]
    if not bodies.outside and not metas:
        return False
    parsed = ParsedSource(bodies.prune(metas).text)
    if parsed.root.node.has_error and len(source) <= MAX_REPARSED:
        parsed = ParsedSource(source)
    return _is_module(parsed)


def _is_module(parsed: ParsedSource) -> bool:
    analysis = FileAnalysis(parsed, EXPRESSIONS)
    for position in statement_positions(parsed.data):
        trace_seed(analysis, position)
        if analysis.references.is_module:
            return True
    return is_only_a_module(analysis, find_awaits=True)


def syntax_problems(source: bytes) -> tuple[SyntaxProblem, ...]:
    """Return the first places of a whole file that cannot be parsed."""
    return ParsedSource(source.removeprefix(_BOM)).problems()


def analyse(text: bytes, module: bool | None, *, find_awaits: bool) -> FileAnalysis:
    """Return the finished analysis of a source; the parameters are those of `find_references`.

    ``find_awaits`` says that an ``await`` outside functions makes it an ES module.
    """
    analysis = FileAnalysis(ParsedSource(text), EXPRESSIONS)
    references = analysis.references
    for position in seed_positions(analysis.source.data, module):
        trace_seed(analysis, position)
        if analysis.exhausted:
            references.give_up()
            break
    if module is None and not references.is_module:
        references.is_module = is_only_a_module(analysis, find_awaits)
    references.add_syntax_problems()
    return analysis


def _analyse_pruned(
    source: bytes, bodies: BodyIndex, seeds: list[int], module: bool | None
) -> FileAnalysis | None:
    """Analyse a pruned source that keeps all that matters; None if the whole is needed."""
    identifiers = IdentifierIndex(source)
    kept = {
        *seeds,
        *(at for name in likely_names(source, seeds) for at in identifiers.positions(name)),
    }
    for _ in range(_ROUNDS):
        pruned = bodies.prune(sorted(kept))
        if len(pruned.text) > _SHORTER * len(source):
            return None
        analysis = analyse(pruned.text, module, find_awaits=bool(bodies.outside))
        if analysis.source.root.node.has_error and len(source) <= MAX_REPARSED:
            return None
        missed = {
            at
            for at in _missed(source, pruned, analysis, identifiers)
            if pruned.leaves_out(at) and not bodies.in_comment(at)
        }
        if not missed:
            return analysis
        kept |= missed
        del analysis, pruned  # a tree takes many times the memory of its text
    return None


def _missed(
    source: bytes, pruned: PrunedSource, analysis: FileAnalysis, identifiers: IdentifierIndex
) -> Iterator[int]:
    """Where the source has what the analysis needed, whether it was left out or not."""
    if not pruned.gaps:
        return
    relevance = analysis.relevance
    for start in relevance.contents:
        yield pruned.origin(start) + 1
    for name, start, end in relevance.used:
        yield from identifiers.positions(name, pruned.origin(start), pruned.origin(end))
    for name, start, end in relevance.assigned - relevance.used:
        for at in identifiers.positions(name, pruned.origin(start), pruned.origin(end)):
            if is_written(source, name, at):
                yield at
