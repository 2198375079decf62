"""What a build returns."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sealift.findings import Finding
from sealift.model import MuslLibrary, NodeBinary, Project, ScriptCounts


class Executable(Struct, frozen=True):
    """One finished, verified executable.

    Attributes:
        target: text of the target as it was understood (``node24-linux-x64``).
        size: in bytes.
        project: what was packaged for this target.
        files_size: of what is packaged from the project, in bytes.
        scripts: in which form its scripts ship.
        seconds: wall-clock time of writing and verifying it.
        musl: what Node and its libraries were merged with, or None.
        minimum_system: the oldest system that the executable names, such as ``macOS 13.5``; or "".
        documents: paths of the documents beside it, such as its SBOM.
        is_signed: with the certificate of its publisher.
        unpacked_size: in bytes, of what a compact file becomes; 0 for a normal executable.
        languages: whose ICU data remains in its Node, with `--locales`; empty for all.
    """

    target: str
    path: Path
    size: int
    sha256: str
    node: NodeBinary
    project: Project
    files_size: int
    scripts: ScriptCounts
    seconds: float
    musl: MuslLibrary | None = None
    minimum_system: str = ""
    documents: tuple[Path, ...] = ()
    languages: tuple[str, ...] = ()
    unpacked_size: int = 0
    is_signed: bool = False


class MadePackage(Struct, frozen=True):
    """One finished distribution package.

    Attributes:
        kind: such as ``deb``.
        size: in bytes.
        targets: whose executables it contains, or names.
    """

    kind: str
    path: Path
    size: int
    sha256: str
    targets: tuple[str, ...]


class BuildResult(Struct, frozen=True):
    """Everything that a build reports.

    Attributes:
        executables: in the order of the targets.
        findings: what the user should know, each with the targets that it concerns.
        seconds: wall-clock time of the whole build.
        packages: the distribution packages that were requested.
    """

    executables: tuple[Executable, ...]
    findings: tuple[Finding, ...]
    seconds: float
    packages: tuple[MadePackage, ...] = ()
