"""The report of a build as JSON: the types here are its schema (docs/report.schema.json)."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec

from sealift.documents import library_licence
from sealift.errors import SealiftError
from sealift.findings import Finding, Severity
from sealift.formats.elf.merge_input import common_name
from sealift.model import Project, Role
from sealift.result import BuildResult, Executable
from sealift.version import VERSION

REPORT_FORMAT = 2
"""Raised when a field changes its meaning or is removed."""


def _described(text: str, **more: Any) -> msgspec.Meta:
    return msgspec.Meta(description=text, **more)


Bytes = Annotated[int, _described("A number of bytes.", ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, _described("Wall-clock time in seconds.", ge=0)]
Sha256 = Annotated[str, _described("SHA-256 in hex.", pattern="^[0-9a-f]{64}$")]
Version = Annotated[str, msgspec.Meta(pattern=r"^\d+\.\d+\.\d+$")]


class _Report(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The base of all types of the report."""


class ReportedFinding(_Report, frozen=True):
    """Something that the user should know."""

    severity: Severity
    code: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+$")]
    message: str
    remedy: Annotated[str, _described("Empty where nothing needs doing.")]
    file: Annotated[str, _described("As a user would type it, or empty.")]
    line: Annotated[int, _described("1-based, or 0 when unknown.", ge=0)]
    targets: Annotated[tuple[str, ...], _described("Those concerned; empty for all of the build.")]


class ReportedScripts(_Report, frozen=True):
    """How many JavaScript files ship in which form."""

    bytecode: Annotated[int, _described("As bytecode without source.", ge=0)]
    both: Annotated[int, _described("As bytecode with source.", ge=0)]
    source: Annotated[int, _described("As source alone.", ge=0)]


class ReportedNode(_Report, frozen=True):
    """The Node binary of an executable."""

    version: Version
    provider: Annotated[str, _described("pypi, npm, mirror, build, file or dir.")]
    origin: Annotated[str, _described("Package and version, URL or path.")]
    sha256: Sha256
    size: Bytes


class MergedPart(_Report, frozen=True):
    """A library that is part of an executable beside Node, for alpine and linuxstatic."""

    name: str
    version: Annotated[str, _described("Empty where the file does not say.")]
    licence: Annotated[str, _described("SPDX expression; empty if unknown.")]
    sha256: Sha256


class ReportedWholePackage(_Report, frozen=True):
    """A package that is included completely, because its file accesses cannot be proven."""

    package: str
    location: str
    because: str
    file: str
    line: Count


class ReportedProject(_Report, frozen=True):
    """What is packaged in one executable."""

    name: str
    version: str
    entry: Annotated[str, _described("Below the mount point.")]
    files: Count
    bytes: Bytes
    by_role: dict[str, Count]
    whole_packages: tuple[ReportedWholePackage, ...]


class ReportedExecutable(_Report, frozen=True):
    """One executable."""

    target: Annotated[str, _described("As it was understood, such as node24-linux-x64.")]
    path: str
    size: Bytes
    sha256: Sha256
    seconds: Annotated[Seconds, _described("Of writing and verifying it.")]
    node: ReportedNode
    project: ReportedProject
    scripts: ReportedScripts
    merged: tuple[MergedPart, ...]
    minimum_system: Annotated[str, _described("Such as macOS 13.5; empty where none is named.")]
    documents: Annotated[tuple[str, ...], _described("Paths of its SBOM, notices, ...")]
    languages: Annotated[
        tuple[str, ...], _described("Whose ICU data remains, with --locales; empty for all.")
    ]
    unpacked_size: Annotated[
        int, _described("Of what a compact file becomes, in bytes; 0 without --compact.")
    ]
    signed: Annotated[bool, _described("With the certificate of its publisher.")]


class ReportedPackage(_Report, frozen=True):
    """One distribution package."""

    kind: str
    path: str
    size: Bytes
    sha256: Sha256
    targets: tuple[str, ...]


class ReportedError(_Report, frozen=True):
    """Why a build failed."""

    code: str
    message: str
    remedy: Annotated[str, msgspec.Meta(min_length=1)]
    exit_code: Annotated[int, msgspec.Meta(ge=1)]


class SuccessReport(_Report, frozen=True):
    """The report of a build that succeeded."""

    format: Annotated[int, msgspec.Meta(extra_json_schema={"const": REPORT_FORMAT})]
    sealift: Annotated[str, _described("Version of sealift.")]
    ok: Annotated[bool, msgspec.Meta(extra_json_schema={"const": True})]
    seconds: Seconds
    executables: tuple[ReportedExecutable, ...]
    findings: tuple[ReportedFinding, ...]
    packages: tuple[ReportedPackage, ...]


class FailureReport(_Report, frozen=True):
    """The report of a build that failed for a reason that the user can fix."""

    format: Annotated[int, msgspec.Meta(extra_json_schema={"const": REPORT_FORMAT})]
    sealift: Annotated[str, _described("Version of sealift.")]
    ok: Annotated[bool, msgspec.Meta(extra_json_schema={"const": False})]
    error: ReportedError
    findings: tuple[ReportedFinding, ...]


def report(result: BuildResult) -> SuccessReport:
    """Return the report of a build that succeeded."""
    return SuccessReport(
        format=REPORT_FORMAT,
        sealift=VERSION,
        ok=True,
        seconds=round(result.seconds, 3),
        executables=tuple(_executable(executable) for executable in result.executables),
        findings=tuple(_finding(finding) for finding in result.findings),
        packages=tuple(
            ReportedPackage(one.kind, str(one.path), one.size, one.sha256, one.targets)
            for one in result.packages
        ),
    )


def failure_report(error: SealiftError, findings: tuple[Finding, ...]) -> FailureReport:
    """Return the report of a build that failed for a reason that the user can fix."""
    return FailureReport(
        format=REPORT_FORMAT,
        sealift=VERSION,
        ok=False,
        error=ReportedError(
            code=error.code,
            message=error.message,
            remedy=error.remedy,
            exit_code=int(error.exit_code),
        ),
        findings=tuple(_finding(finding) for finding in findings),
    )


def as_json(content: SuccessReport | FailureReport) -> str:
    r"""Return a report as indented JSON with a final newline.

    Bytes of a file's name that are not UTF-8 are escaped, such as ``\udcff``, as Python reads them.
    """
    text = json.dumps(msgspec.to_builtins(content), indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report, as docs/report.schema.json publishes it."""
    kinds, definitions = msgspec.json.schema_components(
        [SuccessReport, FailureReport], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sealift build report",
        "description": "What `sealift build --json FILE` writes.",
        "oneOf": list(kinds),
        "$defs": definitions,
    }


def _executable(executable: Executable) -> ReportedExecutable:
    node, scripts = executable.node, executable.scripts
    return ReportedExecutable(
        target=executable.target,
        path=str(executable.path),
        size=executable.size,
        sha256=executable.sha256,
        seconds=round(executable.seconds, 3),
        node=ReportedNode(str(node.version), node.provider, node.origin, node.sha256, node.size),
        project=_project(executable.project, executable.files_size),
        scripts=ReportedScripts(scripts.bytecode, scripts.both, scripts.source),
        merged=_merged(executable),
        minimum_system=executable.minimum_system,
        documents=tuple(str(path) for path in executable.documents),
        languages=executable.languages,
        unpacked_size=executable.unpacked_size,
        signed=executable.is_signed,
    )


def _merged(executable: Executable) -> tuple[MergedPart, ...]:
    """Return what was merged with Node; its licences apply to the executable."""
    if executable.musl is None:
        return ()
    musl = executable.musl
    return (
        *(
            MergedPart(
                name := common_name(library.name),
                "",
                library_licence(name),
                library.sha256,
            )
            for library in executable.node.libraries
        ),
        MergedPart("musl", musl.version, "MIT", musl.sha256),
    )


def _project(project: Project, files_size: int) -> ReportedProject:
    counts = {role: sum(file.role == role for file in project.files) for role in Role}
    return ReportedProject(
        name=project.name,
        version=project.version,
        entry=project.entry,
        files=len(project.files),
        bytes=files_size,
        by_role={role.name.lower(): count for role, count in counts.items() if count},
        whole_packages=tuple(
            ReportedWholePackage(
                whole.package, whole.location, whole.because, whole.file, whole.line
            )
            for whole in project.whole_packages
        ),
    )


def _finding(finding: Finding) -> ReportedFinding:
    return ReportedFinding(
        severity=finding.severity,
        code=finding.code,
        message=finding.message,
        remedy=finding.remedy,
        file=finding.file,
        line=finding.line,
        targets=finding.targets,
    )
