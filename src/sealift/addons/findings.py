"""What is told of addons."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sealift.addons.installed import Installed
from sealift.lockfiles import NpmPlatform, PackageVersion
from sealift.model import Finding, NodeBinary, Project, ProjectFile, Role, Severity

_WITHOUT = "or pass --allow-missing-addons if the program can do without it."


class Findings:
    """Gathers them; each is told once."""

    def __init__(self, *, allow_missing: bool) -> None:
        self._found: dict[Finding, None] = {}
        self._allow_missing = allow_missing

    def all(self) -> tuple[Finding, ...]:
        """Give them in the order in which they came."""
        return tuple(self._found)

    def missing(
        self,
        package: Installed,
        machine: NpmPlatform,
        code: str,
        reason: str,
        remedy: str,
        *,
        dispensable: bool,
        file: str = "",
    ) -> None:
        """A package has no native code that a target can use.

        Args:
            package: it.
            machine: the target's.
            code: of the finding.
            reason: a clause.
            remedy: what to do.
            dispensable: the program goes on without it.
            file: concerned.
        """
        severity = Severity.WARNING if dispensable or self._allow_missing else Severity.ERROR
        ending = "" if severity is Severity.ERROR or self._allow_missing else _GOES_ON
        what = "program" if code == "program-missing" else "addon"
        text = f"{package.label} has no {what} for {machine}: {reason}.{ending}"
        if severity is Severity.ERROR:
            remedy = f"{remedy.rstrip('.')}, {_WITHOUT}"
        self.add(Finding(severity, code, text, remedy, file))

    def caution(
        self, project: Project, file: ProjectFile, machine: NpmPlatform, reason: str
    ) -> None:
        """A native file is for a target, but not for every machine that the program starts on."""
        text = f"For {machine}: {file.location.rpartition('/')[2]} of {file.package} {reason}."
        remedy = "Use an older release of it if the program must run on such systems."
        self.add(Finding(Severity.WARNING, "addon-needs-newer", text, remedy, shown(project, file)))

    def not_loaded(self, project: Project, machine: NpmPlatform, binary: NodeBinary) -> None:
        """A statically linked Node has no loader, so that none of a project's addons load."""
        addons = [file for file in project.files if file.role == Role.ADDON]
        if addons and binary.facts.is_static:
            text = (
                f"For {machine}: {binary.origin} is statically linked, and cannot load native"
                f" addons, of which there are {len(addons)}."
            )
            remedy = "Name a Node that is linked dynamically, if the program needs its addons."
            shown_first = shown(project, addons[0])
            self.add(Finding(Severity.WARNING, "addons-in-static-node", text, remedy, shown_first))

    def fetched(self, pins: Iterable[PackageVersion], machine: NpmPlatform) -> None:
        """Packages were put in that are not installed."""
        names = ", ".join(sorted(pin.label for pin in pins))
        if names:
            text = f"For {machine}, packaged beside what is installed: {names}."
            self.add(Finding(Severity.NOTE, "addon-fetched", text))

    def add(self, finding: Finding) -> None:
        """Keep one."""
        self._found[finding] = None


_GOES_ON = " The program seems to be prepared for that."


def shown(project: Project, file: ProjectFile) -> str:
    """Name a file as the user would type it, or relative to the project."""
    for base in (Path.cwd(), project.root):
        if file.source.is_relative_to(base):
            return str(file.source.relative_to(base))
    return str(file.source)
