"""A short notation for the scanner's findings."""

from __future__ import annotations

from sealift.project.references import SELF, SourceReferences
from sealift.project.scan import find_references


def scanned(source: str | bytes, module: bool | None = None) -> list[str]:
    """The findings of a source, each as one line."""
    data = source if isinstance(source, bytes) else source.encode()
    return lines(find_references(data, module=module))


def lines(findings: SourceReferences) -> list[str]:
    found: list[str] = []
    for r in findings.modules:
        line = f"{r.kind} {r.specifier}"
        line += " guarded" * r.guarded + " optional" * r.optional + " excluded" * r.excluded
        line += " located" * r.located + " entry" * r.of_entry
        line += f" base={r.base}" if r.base else ""
        found.append(line + (f" paths={','.join(r.paths)}" if r.paths else ""))
    for p in findings.patterns:
        line = f"{p.kind} pattern {'*'.join(p.parts)}" + " guarded" * p.guarded
        found.append(line + " entry" * p.of_entry)
    for f in findings.files:
        line = f"{f.use} {'*'.join(f.parts).replace(SELF, '<self>') or '.'}"
        found.append(line + " entry" * f.of_entry)
    found.extend(f"{w.use} cwd {w.path}" for w in findings.working_directory)
    for u in findings.unproven:
        found.append(f"unproven {u.kind}" + " guarded" * u.guarded + " entry" * u.of_entry)
    return found
