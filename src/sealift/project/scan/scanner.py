"""One file from bytes to findings."""

from __future__ import annotations

from sealift.project.scan.outline import Outline, outline
from sealift.project.scan.record import Record
from sealift.project.scan.syntax import Source
from sealift.project.scan.trace import Tracer
from sealift.project.scan.words import assignments, likely_names, occurrences, starting_words
from sealift.project.source_findings import SourceFindings

MIN_OUTLINED = 1024
"""Files shorter than this, in bytes, are parsed as they are."""

MAX_REPARSED = 2 << 20
"""An outline that does not parse makes the whole file be parsed, up to this size in bytes."""

_ROUNDS = 3
_BOM = b"\xef\xbb\xbf"


def scan(source: bytes, *, module: bool | None, path_hint: str = "") -> SourceFindings:
    """Everything that one JavaScript file asks for.

    Args:
        source: the file as it is on disk.
        module: True for an ES module, False for CommonJS, None where its syntax decides.
        path_hint: what the file is called; the findings do not depend on it.
    """
    del path_hint
    source = source.removeprefix(_BOM)
    words = starting_words(source, module)
    find_awaits = module is None and b"await" in source
    if not words and not find_awaits:
        return SourceFindings()
    if len(source) < MIN_OUTLINED:
        return _trace(source, module, find_awaits)[0].findings()
    names = likely_names(source, words)
    for _ in range(_ROUNDS):
        kept = sorted(words + occurrences(source, names)) if names else words
        short = outline(source, kept, find_awaits)
        if short is None:
            break
        if not words and not short.awaits:
            return SourceFindings()
        record, tracer = _trace(short.text, module, short.awaits)
        if record.source.root.node.has_error and len(source) <= MAX_REPARSED:
            break
        missed = _missed(source, short, tracer)
        if not missed:
            return record.findings()
        names |= missed
    return _trace(source, module, find_awaits)[0].findings()


def _trace(text: bytes, module: bool | None, find_awaits: bool) -> tuple[Record, Tracer]:
    parsed = Source(text)
    record = Record(parsed)
    tracer = Tracer(parsed, record)
    for position in starting_words(parsed.data, module):
        tracer.word(position)
        if tracer.exhausted:
            record.too_intricate()
            break
    if module is None and not record.is_module:
        record.is_module = tracer.is_only_a_module(find_awaits)
    record.problems()
    return record, tracer


def _missed(source: bytes, short: Outline, tracer: Tracer) -> set[str]:
    """The names that matter and are used in what the outline left out."""
    if not short.gaps:
        return set()
    missed = {
        name
        for name in tracer.followed
        if any(short.leaves_out(at) for at in occurrences(source, {name}))
    }
    return missed | {
        name
        for name in tracer.consulted - missed
        if any(short.leaves_out(at) for at in assignments(source, {name}))
    }
