"""What a build reports besides its executables: findings, and the error that collects them.

Every finding stands in its package's ``messages.py`` as a `FindingMessage`::

    NODE_END_OF_LIFE = FindingMessage(
        "node-end-of-life",
        "Node {major} has reached its end of life and no longer receives security fixes.",
        "Request a newer major when the program allows it.",
    )
    NODE_END_OF_LIFE.finding(Severity.WARNING, major=20)
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sealift.errors import ProjectError


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Excerpt(Struct, frozen=True):
    """A place in a file that a finding may be about; ``text`` is one line of it.

    ``certain``: it always runs.
    """

    line: int
    text: str
    certain: bool = False


class Finding(Struct, frozen=True):
    """One thing the user should know.

    Attributes:
        severity: an ERROR makes the build fail (unless an option turns it into a warning).
        code: stable name with dashes, such as ``unresolved-specifier``.
        message: one sentence.
        remedy: one sentence, or "" where nothing needs doing.
        file: path of the file concerned, as a user would type it, or "".
        line: 1-based, or 0 when unknown.
        targets: texts of the targets that it concerns; empty means all of the build.
    """

    severity: Severity
    code: str
    message: str
    remedy: str = ""
    file: str = ""
    line: int = 0
    targets: tuple[str, ...] = ()


class FindingMessage(Struct, frozen=True):
    """One finding that users may see, as it stands in a package's ``messages.py``.

    Attributes:
        code: stable name of the finding, lower case with dashes.
        text: one sentence, with ``{placeholders}`` for the names involved.
        remedy: one imperative sentence, or "" where nothing needs doing.
    """

    code: str
    text: str
    remedy: str = ""

    def finding(
        self, severity: Severity, *, file: str = "", line: int = 0, **values: object
    ) -> Finding:
        """Return the finding, its placeholders filled in."""
        text, remedy = self.text.format(**values), self.remedy.format(**values)
        return Finding(severity, self.code, text, remedy, file, line)


class IncompleteProjectError(ProjectError):
    """The executable would fail at run time; ``findings`` names each reason.

    Attributes:
        findings: all of the project, not only errors.
        summary: the message for someone who has read the findings already.
    """

    def __init__(self, findings: tuple[Finding, ...], remedy: str) -> None:
        errors = [finding for finding in findings if finding.severity == Severity.ERROR]
        summary = (
            f"{len(errors)} problem{'s' if len(errors) > 1 else ''} would make the executable "
            "fail at run time"
        )
        super().__init__(errors[0].code, f"{summary}; the first: {errors[0].message}", remedy)
        self.findings = findings
        self.summary = f"{summary}."

    def __reduce__(self) -> tuple[type[IncompleteProjectError], tuple[object, ...]]:
        """Return what pickling needs to keep the findings."""
        return type(self), (self.findings, self.remedy)


def refuse_errors(findings: tuple[Finding, ...], remedy: str) -> None:
    """Raise IncompleteProjectError if one of the findings is an ERROR."""
    if any(finding.severity == Severity.ERROR for finding in findings):
        raise IncompleteProjectError(findings, remedy)
