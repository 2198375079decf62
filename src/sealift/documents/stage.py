"""The stage that describes what is inside the executables, before they are assembled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sealift.deployment import Document
from sealift.documents import messages
from sealift.documents.packaged_packages import PackagedPackage, packaged_packages
from sealift.documents.spdx import spdx_of
from sealift.documents.timestamp import fixed_time
from sealift.errors import ProjectError
from sealift.findings import Finding, Severity
from sealift.formats.node_parts import read_node_parts
from sealift.model import Asset, NodeBinary, Observer
from sealift.options import SPDX, Documents, NodeOptions
from sealift.project import Manifest
from sealift.record import replace
from sealift.target_build import TargetBuild

if TYPE_CHECKING:
    from sealift.lockfiles import Lockfile

SBOM_KEY = "sealift/sbom"
"""The asset of the blob that holds the SBOM."""
SBOM_SUFFIX = ".cdx.json"
SPDX_SUFFIX = ".spdx.json"
NOTICES_SUFFIX = ".notices.txt"
_MOST_NAMES = 5


def describe(
    builds: Sequence[TargetBuild],
    wanted: Documents,
    manifest: Manifest,
    options: NodeOptions,
    observer: Observer,
) -> tuple[TargetBuild, ...]:
    """Return the records with the documents that do not depend on the executables' digests.

    The SBOM is also added to the payload.

    Args:
        builds: with Node binaries, musl and payloads.
        wanted: which documents.
        manifest: of the project, whose lockfile has the digests of packages.
        options: where the licence of Node comes from.
        observer: notified of the stage.

    Raises:
        UsageError: ``source-date-epoch-malformed``.
    """
    if not (wanted.sbom or wanted.notices):
        return tuple(builds)
    observer.stage("describing what is inside", len(builds))
    described = _Describer(wanted, manifest.root, options, observer)
    return tuple(described.describe(build) for build in builds)


def read_lockfile(root: Path) -> tuple[Lockfile | None, tuple[Finding, ...]]:
    """Return a project's lockfile; one that cannot be used counts as missing, with a finding."""
    from sealift.lockfiles import open_lockfile  # few builds describe what is inside

    try:
        return open_lockfile(root), ()
    except ProjectError as error:
        return None, (messages.LOCKFILE_UNUSED.finding(Severity.NOTE, problem=error.message),)


class _Describer:
    """Makes the documents of several targets; what is equal is read once."""

    def __init__(
        self, wanted: Documents, root: Path, options: NodeOptions, observer: Observer
    ) -> None:
        self._wanted = wanted
        self._options = options
        self._observer = observer
        self._lockfile, self._findings = read_lockfile(root)
        self._time = fixed_time()
        self._packages: dict[str, tuple[PackagedPackage, ...]] = {}
        self._parts: dict[str, dict[str, str]] = {}

    def describe(self, build: TargetBuild) -> TargetBuild:
        """Return the record of a target with its documents."""
        if build.project_key not in self._packages:
            self._packages[build.project_key] = packaged_packages(build.project, self._lockfile)
        packages = self._packages[build.project_key]
        if self._wanted.sbom:
            build = self._with_sbom(build, packages).with_findings(self._findings)
        if self._wanted.notices:
            build = self._with_notices(build, packages)
        self._observer.advance(1)
        return build

    def _with_sbom(self, build: TargetBuild, packages: Sequence[PackagedPackage]) -> TargetBuild:
        from sealift.documents.sbom import write_sbom  # its library is slow to import

        parts = self._node_parts(build.node)
        data = write_sbom(build, packages, parts, self._time)
        files = replace(
            build.payload.files, assets=(*build.payload.files.assets, Asset(SBOM_KEY, data))
        )
        if "uv" not in parts:
            build = build.with_findings(
                [
                    messages.PARTS_UNKNOWN.finding(
                        Severity.NOTE,
                        node=build.node.origin,
                        names=", ".join(sorted(parts)) or "Node",
                    )
                ]
            )
        document = Document(SBOM_SUFFIX, data)
        if self._wanted.sbom_format == SPDX:
            document = Document(SPDX_SUFFIX, spdx_of(data))
        return replace(
            build,
            packed=replace(build.payload, files=files),
            documents=(*build.documents, document),
        )

    def _with_notices(self, build: TargetBuild, packages: Sequence[PackagedPackage]) -> TargetBuild:
        from sealift.documents.notices import write_notices
        from sealift.nodes import obtain_licence

        findings = []
        licence, reason = obtain_licence(build.node, self._options, self._observer)
        if licence is None:
            findings.append(
                messages.NODE_LICENCE_MISSING.finding(
                    Severity.WARNING, version=build.node.version, reason=reason
                )
            )
        text, missing = write_notices(build, packages, licence)
        if missing:
            names = ", ".join(missing[:_MOST_NAMES])
            more = len(missing) - _MOST_NAMES
            findings.append(
                messages.LICENCE_MISSING.finding(
                    Severity.WARNING,
                    names=f"{names} and {more} more" if more > 0 else names,
                )
            )
        document = Document(NOTICES_SUFFIX, text.encode("utf-8", "replace"))
        return replace(build, documents=(*build.documents, document)).with_findings(findings)

    def _node_parts(self, node: NodeBinary) -> dict[str, str]:
        if node.sha256 not in self._parts:
            self._parts[node.sha256] = read_node_parts(node.path, node.facts)
        return self._parts[node.sha256]
