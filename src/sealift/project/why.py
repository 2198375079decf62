"""``sealift why``: the chain of reasons from the entry point to a file."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from msgspec import Struct

from sealift.model import Project, ProjectFile, ReasonKind
from sealift.project import messages
from sealift.project.diagnostics import printable

_SHOWN = 5
_WORDS = {
    ReasonKind.ENTRY: "the entry point",
    ReasonKind.REQUIRE: "required as '{detail}'",
    ReasonKind.IMPORT: "imported as '{detail}'",
    ReasonKind.FILE_REFERENCE: "referred to by the path {detail}",
    ReasonKind.DIRECTORY_REFERENCE: "in the directory {detail}, which is referred to",
    ReasonKind.PATTERN: "matches the computed specifier {detail}",
    ReasonKind.WORKER: "run as the script {detail}",
    ReasonKind.PACKAGE_MANIFEST: "package.json that Node consults",
    ReasonKind.DEPENDENCY: "listed as the dependency {detail}",
    ReasonKind.WHOLE_PACKAGE: "its package is included completely: {detail}",
    ReasonKind.CONFIGURED: "matches the pattern {detail} of the settings",
    ReasonKind.TRACED_OUTPUT: "part of the traced output that {detail} belongs to",
}


class Step(Struct, frozen=True):
    """One file of the chain, and why it is packaged.

    Attributes:
        location: of the file.
        because: the reason in words.
        line: in the file of the step before, or 0.
    """

    location: str
    because: str
    line: int

    def __str__(self) -> str:
        where = f", line {self.line}" if self.line else ""
        return f"{self.location} ({self.because}{where})"


def explain(project: Project, file: str) -> tuple[Step, ...]:
    """Return the chain from the entry point (first) to ``file`` (last).

    ``file`` is a location, a path on the host, or the end of one. Raise UsageError if no packaged
    file or more than one matches.
    """
    by_location = {item.location: item for item in project.files}
    chain = []
    here: ProjectFile | None = _find(project, file)
    seen = set()
    while here is not None and here.location not in seen:
        seen.add(here.location)
        reason = here.reason
        because = _WORDS[reason.kind].format(detail=reason.detail)
        chain.append(Step(here.location, because, reason.line))
        here = by_location.get(reason.parent)
    return tuple(reversed(chain))


def _find(project: Project, file: str) -> ProjectFile:
    location = file.replace("\\", "/").removeprefix("./")
    location = location.removeprefix("C:").removeprefix("/snapshot/")
    on_host = Path(os.path.realpath(file))
    for item in project.files:
        if item.location == location or item.source == on_host:
            return item
    matches = [item for item in project.files if ("/" + item.location).endswith("/" + location)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        shown = ", ".join(item.location for item in matches[:_SHOWN])
        names = shown + (", ..." if len(matches) > _SHOWN else "")
        raise messages.FILE_AMBIGUOUS.error(count=len(matches), path=printable(file), names=names)
    similar = _similar(project, location)
    if similar:
        names = ", ".join(similar)
        raise messages.FILE_NOT_PACKAGED_SIMILAR.error(path=printable(file), names=names)
    raise messages.FILE_NOT_PACKAGED.error(path=printable(file))


def _similar(project: Project, location: str) -> list[str]:
    """Return the locations with the same file name, else those of similar spelling."""
    locations = [item.location for item in project.files]
    name = location.rsplit("/", 1)[-1]
    same_name = [place for place in locations if place.rsplit("/", 1)[-1] == name]
    return same_name[:_SHOWN] or difflib.get_close_matches(location, locations, _SHOWN, 0.5)
