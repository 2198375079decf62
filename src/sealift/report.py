"""The report of a build as JSON; docs/report.schema.json describes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sealift.errors import SealiftError
from sealift.formats.elf.merge_input import common_name
from sealift.model import BuildResult, Executable, Finding, Project, Role
from sealift.version import VERSION

REPORT_FORMAT = 1

_GCC_LIBRARIES = ("libstdc++.", "libgcc_s.", "libatomic.")
_OF_GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"


def report(result: BuildResult) -> dict[str, Any]:
    """Give the report of a build that succeeded."""
    return {
        "format": REPORT_FORMAT,
        "sealift": VERSION,
        "ok": True,
        "seconds": round(result.seconds, 3),
        "executables": [_executable(executable) for executable in result.executables],
        "project": _project(result.project, result.image.total_size),
        "findings": [_finding(finding) for finding in result.findings],
    }


def failure_report(error: SealiftError, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Give the report of a build that failed for a reason that the user can mend."""
    return {
        "format": REPORT_FORMAT,
        "sealift": VERSION,
        "ok": False,
        "error": {
            "code": error.code,
            "message": error.message,
            "remedy": error.remedy,
            "exitCode": int(error.exit_code),
        },
        "findings": [_finding(finding) for finding in findings],
    }


def _executable(executable: Executable) -> dict[str, Any]:
    node = executable.node
    return {
        "target": executable.target,
        "path": str(executable.path),
        "size": executable.size,
        "sha256": executable.sha256,
        "seconds": round(executable.seconds, 3),
        "scripts": {
            "bytecode": executable.scripts.bytecode,
            "both": executable.scripts.both,
            "source": executable.scripts.source,
        },
        "node": {
            "version": str(node.version),
            "source": node.source,
            "origin": node.origin,
            "sha256": node.sha256,
            "size": node.size,
        },
        "merged": [*_merged(executable)],
    }


def _merged(executable: Executable) -> Iterator[dict[str, str]]:
    """Yield what was merged with Node: it goes where the executable goes, its licence with it."""
    if executable.musl is None:
        return
    for library in executable.node.libraries:
        name = common_name(library.name)
        licence = _OF_GCC if name.startswith(_GCC_LIBRARIES) else ""
        yield {"name": name, "version": "", "licence": licence, "sha256": library.sha256}
    musl = executable.musl
    yield {
        "name": "musl",
        "version": musl.version,
        "licence": "MIT",
        "sha256": musl.sha256,
    }


def _project(project: Project, total_size: int) -> dict[str, Any]:
    return {
        "name": project.name,
        "version": project.version,
        "entry": project.entry,
        "files": len(project.files),
        "bytes": total_size,
        "byRole": {
            role.name.lower(): count
            for role in Role
            if (count := sum(file.role == role for file in project.files))
        },
        "wholePackages": [
            {
                "package": whole.package,
                "location": whole.location,
                "because": whole.because,
                "file": whole.file,
                "line": whole.line,
            }
            for whole in project.whole_packages
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": str(finding.severity),
        "code": finding.code,
        "message": finding.message,
        "remedy": finding.remedy,
        "file": finding.file,
        "line": finding.line,
    }
