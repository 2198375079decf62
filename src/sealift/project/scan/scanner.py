"""One file from bytes to findings."""

from __future__ import annotations

from collections.abc import Iterator

from sealift.project.references import SourceReferences, SyntaxProblem
from sealift.project.scan.collector import Record
from sealift.project.scan.identifier_index import IdentifierIndex
from sealift.project.scan.prune import BodyIndex, PrunedSource
from sealift.project.scan.seeds import is_written, likely_names, seed_positions
from sealift.project.scan.syntax import Source
from sealift.project.scan.trace import Tracer

MIN_OUTLINED = 1024
"""Files shorter than this, in bytes, are parsed as they are."""

MAX_REPARSED = 2 << 20
"""An outline that does not parse makes the whole file be parsed, up to this size in bytes."""

_ROUNDS = 6
_SHORTER = 0.75
"""An outline that keeps more of the source than this is no better than the whole."""

_BOM = b"\xef\xbb\xbf"


def find_references(source: bytes, *, module: bool | None) -> SourceReferences:
    """Everything that one JavaScript file asks for.

    Args:
        source: the file as it is on disk.
        module: True for an ES module, False for CommonJS, None where its syntax decides.
    """
    source = source.removeprefix(_BOM)
    words = seed_positions(source, module)
    find_awaits = module is None and b"await" in source
    if not words and not find_awaits:
        return SourceReferences()
    if len(source) < MIN_OUTLINED:
        return _trace(source, module, find_awaits)[0].findings()
    structure = BodyIndex.of(source, find_awaits)
    if structure is not None:
        if not words and not structure.awaits:
            return SourceReferences()
        record = _trace_outlines(source, structure, words, module)
        if record is not None:
            return record.findings()
    return _trace(source, module, find_awaits)[0].findings()


def syntax_problems(source: bytes) -> tuple[SyntaxProblem, ...]:
    """Where a whole file cannot be parsed, whether it asks for anything there or not."""
    return Source(source.removeprefix(_BOM)).problems()


def _trace_outlines(
    source: bytes, structure: BodyIndex, words: list[int], module: bool | None
) -> Record | None:
    """What an outline tells that keeps enough of the source; None where the whole is needed."""
    names = IdentifierIndex(source)
    kept = {*words, *(at for name in likely_names(source, words) for at in names.places(name))}
    for _ in range(_ROUNDS):
        short = structure.prune(sorted(kept))
        if len(short.text) > _SHORTER * len(source):
            return None
        record, tracer = _trace(short.text, module, bool(structure.awaits))
        if record.source.root.node.has_error and len(source) <= MAX_REPARSED:
            return None
        missed = {
            at
            for at in _missed(source, short, tracer, names)
            if short.leaves_out(at) and not structure.in_comment(at)
        }
        if not missed:
            return record
        kept |= missed
        del record, tracer, short  # a tree takes many times the memory of its text
    return None


def _trace(text: bytes, module: bool | None, find_awaits: bool) -> tuple[Record, Tracer]:
    parsed = Source(text)
    record = Record(parsed)
    tracer = Tracer(parsed, record)
    for position in seed_positions(parsed.data, module):
        tracer.word(position)
        if tracer.exhausted:
            record.too_intricate()
            break
    if module is None and not record.is_module:
        record.is_module = tracer.is_only_a_module(find_awaits)
    record.problems()
    return record, tracer


def _missed(
    source: bytes, short: PrunedSource, tracer: Tracer, names: IdentifierIndex
) -> Iterator[int]:
    """Where what matters is, as far as the outline left it out: uses, assignments, contents."""
    if not short.gaps:
        return
    for start in tracer.read:
        yield short.origin(start) + 1
    for name, start, end in tracer.followed:
        yield from names.places(name, short.origin(start), short.origin(end))
    for name, start, end in tracer.consulted - tracer.followed:
        for at in names.places(name, short.origin(start), short.origin(end)):
            if is_written(source, name, at):
                yield at
