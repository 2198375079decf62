"""One file from bytes to findings."""

from __future__ import annotations

from sealift.project.scan.record import Record
from sealift.project.scan.syntax import Source
from sealift.project.scan.trace import Tracer
from sealift.project.scan.words import starting_words
from sealift.project.source_findings import SourceFindings


def scan(source: bytes, *, module: bool | None, path_hint: str = "") -> SourceFindings:
    """Everything that one JavaScript file asks for.

    Args:
        source: the file as it is on disk.
        module: True for an ES module, False for CommonJS, None where syntax decides.
        path_hint: what the file is called, for a debugger's eye only.
    """
    del path_hint
    words = starting_words(source, module)
    if not words:
        return SourceFindings()
    parsed = Source(source)
    record = Record(parsed)
    tracer = Tracer(parsed, record)
    for position in words:
        tracer.word(position)
    record.problems()
    return record.findings()
