"""The record of one target, which passes through the stages of a build.

Each stage takes the records of all targets and returns them with its own part filled in
(`record.replace`). A field is None until then. Later stages read the property beside it, such
as ``node`` for ``binary``, which is never None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

from sealift.deployment import Document
from sealift.findings import Finding
from sealift.model import MuslLibrary, NodeBinary, Payload, Project, Release
from sealift.record import replace
from sealift.result import Executable
from sealift.target import Arch, NodeVersion, Target

Made = TypeVar("Made")


class ChosenRelease(Struct, frozen=True):
    """The exact Node release of one target.

    Attributes:
        download: what to fetch; None if the binary is already there.
        binary: the binary that the user named, or that is in the cache; None if it must be fetched.
    """

    version: NodeVersion
    download: Release | None = None
    binary: NodeBinary | None = None


class LockedTarget(Struct, frozen=True):
    """What ``sealift.lock`` has for one target. Digests are SHA-256, in hex.

    Attributes:
        version: Node's release.
        provider: of the Node binary; others are not asked, unless the options leave it out.
        sha256: of the Node binary.
        musl: digest of musl, or "".
        libraries: digests of the libraries that are merged with Node, by name.
        addons: integrities of the packages that were fetched for the target, by ``name@version``.
    """

    version: NodeVersion
    provider: str
    sha256: str
    musl: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)
    addons: Mapping[str, str] = field(default_factory=dict)


class TargetProject(Struct, frozen=True):
    """What is packaged for the targets that need the same files and resolutions.

    Attributes:
        key: identifies the project within one build. Targets with the same key share everything
            that is made from the project.
    """

    key: str
    project: Project


class Front(Struct, frozen=True):
    """The program in front of compact files for one architecture.

    Attributes:
        path, size, sha256: of the file.
        brotli: the version of Brotli whose decoder is in it; its licence is beside it, ``LICENSE``.
        parts: directory in which compressed parts of Node are kept.
    """

    arch: Arch
    path: Path
    size: int
    sha256: str
    brotli: str
    parts: Path


class TargetBuild(Struct, frozen=True):
    """One target on its way from a text to a verified executable.

    Attributes:
        output: the file to write.
        locked: by `sealift.lock.apply`; None if there is no lock, or it lacks the target.
        chosen: by `sealift.nodes.choose_releases`.
        packaged: by `sealift.project.read`, then changed by `sealift.addons` and `sealift.packing`.
        binary: by `sealift.nodes.fetch_binaries`.
        musl: what a dynamic musl Node is merged with, by `sealift.musl.apply`; None otherwise.
        front: of a compact file, by `sealift.compact.apply`; None for a normal executable.
        packed: by `sealift.packing.pack`.
        documents: by `sealift.documents.describe`.
        written: by `sealift.assemble.write_all`.
        findings: what the user should know of this target, from all stages.
    """

    target: Target
    output: Path
    locked: LockedTarget | None = None
    chosen: ChosenRelease | None = None
    packaged: TargetProject | None = None
    binary: NodeBinary | None = None
    musl: MuslLibrary | None = None
    front: Front | None = None
    packed: Payload | None = None
    documents: tuple[Document, ...] = ()
    written: Executable | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def release(self) -> ChosenRelease:
        """The exact Node release."""
        return _made(self.chosen)

    @property
    def project(self) -> Project:
        """What is packaged for this target."""
        return _made(self.packaged).project

    @property
    def project_key(self) -> str:
        """The key of this target's project."""
        return _made(self.packaged).key

    @property
    def node(self) -> NodeBinary:
        """The Node binary, checked."""
        return _made(self.binary)

    @property
    def payload(self) -> Payload:
        """All that the executable carries."""
        return _made(self.packed)

    @property
    def executable(self) -> Executable:
        """The finished executable."""
        return _made(self.written)

    def with_findings(self, findings: Iterable[Finding]) -> TargetBuild:
        """Return the record with more findings, each once."""
        return replace(self, findings=tuple(dict.fromkeys((*self.findings, *findings))))


def with_keys(projects: Sequence[Project], prefix: str) -> tuple[TargetProject, ...]:
    """Return projects with keys, ``variant 0``, ``variant 1``; one object gets one key."""
    keyed: list[TargetProject] = []
    for project in projects:
        if all(known.project is not project for known in keyed):
            keyed.append(TargetProject(f"{prefix} {len(keyed)}", project))
    return tuple(next(known for known in keyed if known.project is project) for project in projects)


def outputs_and_sources(builds: Iterable[TargetBuild]) -> set[Path]:
    """Return the executables and all files of the projects: what nothing else may replace."""
    kept: set[Path] = set()
    for build in builds:
        kept.add(build.output)
        if build.packaged is not None:
            kept.update(file.source for file in build.project.files)
    return kept


def merge_findings(builds: Sequence[TargetBuild]) -> tuple[Finding, ...]:
    """Return the findings of all targets, each once, with the targets that it concerns.

    ``Finding.targets`` stays empty where a finding concerns every target of the build.
    """
    concerned: dict[Finding, list[str]] = {}
    for build in builds:
        for finding in build.findings:
            concerned.setdefault(finding, []).append(str(build.target))
    return tuple(
        finding if len(targets) == len(builds) else replace(finding, targets=tuple(targets))
        for finding, targets in concerned.items()
    )


def _made(value: Made | None) -> Made:
    assert value is not None, "the stage that makes this has not run"
    return value
