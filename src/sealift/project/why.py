"""``sealift why``: the chain of reasons from the entry to a file."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from sealift.errors import UsageError
from sealift.model import Project, ProjectFile, ReasonKind

_SHOWN = 5
_WORDS = {
    ReasonKind.ENTRY: "the entry point",
    ReasonKind.REQUIRE: "required as '{detail}'",
    ReasonKind.IMPORT: "imported as '{detail}'",
    ReasonKind.FILE_REFERENCE: "named as a file, {detail}",
    ReasonKind.DIRECTORY_REFERENCE: "in the directory {detail} that is named",
    ReasonKind.PATTERN: "matches the computed request {detail}",
    ReasonKind.WORKER: "started as {detail}",
    ReasonKind.PACKAGE_MANIFEST: "package.json that Node consults",
    ReasonKind.DEPENDENCY: "listed as the dependency {detail}",
    ReasonKind.WHOLE_PACKAGE: "its package is taken whole: {detail}",
    ReasonKind.CONFIGURED: "matches {detail} of the settings",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the chain, and why it is there.

    ``because`` says it in words; ``line`` is the line in the file of the step before, or 0.
    """

    location: str
    because: str
    line: int

    def __str__(self) -> str:
        where = f", line {self.line}" if self.line else ""
        return f"{self.location} ({self.because}{where})"


def explain(project: Project, file: str) -> tuple[Step, ...]:
    """The chain from the entry (first) to ``file`` (last).

    ``file`` is a location, a path on the host, or the end of one. Raises UsageError if it is no
    packaged file, or several.
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
    wanted = file.replace("\\", "/").removeprefix("./")
    wanted = wanted.removeprefix("C:").removeprefix("/snapshot/")
    on_host = Path(os.path.realpath(file))
    for item in project.files:
        if item.location == wanted or item.source == on_host:
            return item
    matches = [item for item in project.files if ("/" + item.location).endswith("/" + wanted)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        shown = ", ".join(item.location for item in matches[:_SHOWN])
        raise UsageError(
            "file-ambiguous",
            f"{len(matches)} packaged files end in {file}.",
            f"Name one of them: {shown}{', ...' if len(matches) > _SHOWN else ''}.",
        )
    raise UsageError("file-not-packaged", f"{file} is not packaged.", _near(project, wanted))


def _near(project: Project, wanted: str) -> str:
    locations = [item.location for item in project.files]
    name = wanted.rsplit("/", 1)[-1]
    same_name = [place for place in locations if place.rsplit("/", 1)[-1] == name]
    near = same_name[:_SHOWN] or difflib.get_close_matches(wanted, locations, _SHOWN, 0.5)
    if near:
        return f"The nearest are: {', '.join(near)}."
    return "Add it with pkg.assets, or pkg.scripts if it is a script."
