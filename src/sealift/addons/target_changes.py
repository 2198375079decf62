"""The changes that give one target its native code, collected while they are being chosen."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from sealift.addons import messages
from sealift.addons.apply_changes import Addition, Change
from sealift.addons.installed_packages import InstalledPackage
from sealift.addons.problem import Problem
from sealift.findings import Finding, Severity
from sealift.lockfiles import NpmPlatform, PackageVersion
from sealift.model import NodeBinary
from sealift.record import replace


class TargetChanges(Struct):
    """What changes in the project for one platform and Node binary, and what is to be reported.

    Attributes:
        platform: the target's.
        binary: the target's Node.
        allow_missing: a missing addon is a warning.
        excluded, excluded_additions: as in `Change`.
        added: additions by location, with the package that was fetched for it; None for files that
            were added to an installed package.
        findings: each once, in the order in which they were reported.
    """

    platform: NpmPlatform
    binary: NodeBinary
    allow_missing: bool = False
    excluded: set[str] = field(default_factory=set)
    added: dict[str, tuple[Addition, PackageVersion | None]] = field(default_factory=dict)
    excluded_additions: set[str] = field(default_factory=set)
    findings: dict[Finding, None] = field(default_factory=dict)

    def change(self) -> Change:
        """Return what has been chosen."""
        return Change(
            frozenset(self.excluded),
            tuple(addition for _, (addition, _) in sorted(self.added.items())),
            frozenset(self.excluded_additions),
        )

    def excludes(self, location: str) -> bool:
        """Return True if a file or directory is excluded, or is in an excluded directory."""
        while location:
            if location in self.excluded:
                return True
            location = location.rpartition("/")[0]
        return False

    def report(self, finding: Finding) -> None:
        """Add a finding."""
        self.findings[finding] = None

    def report_missing(
        self, package: InstalledPackage, problem: Problem, *, excuse: str, file: str = ""
    ) -> None:
        """Report that a package has no native code that the target can use.

        Args:
            package: the package.
            problem: why it has none.
            excuse: why it is no error, a sentence such as `messages.HANDLED`; or "".
            file: path of the file concerned, to show.
        """
        severity = Severity.WARNING if excuse or self.allow_missing else Severity.ERROR
        finding = problem.finding(severity, file, package.label, str(self.platform))
        if severity is Severity.ERROR:
            remedy = f"{finding.remedy.rstrip('.')}, {messages.UNLESS_ALLOWED}"
            finding = replace(finding, remedy=remedy)
        elif not self.allow_missing:
            finding = replace(finding, message=finding.message + excuse)
        self.report(finding)

    def report_fetched(self, packages: Iterable[PackageVersion]) -> None:
        """Report which packages were added that are not installed."""
        names = ", ".join(sorted(package.label for package in packages))
        if names:
            self.report(
                messages.FETCHED.finding(Severity.NOTE, platform=self.platform, packages=names)
            )
