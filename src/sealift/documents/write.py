"""Write the documents beside the executables, as the last step of a build."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift.documents import messages
from sealift.findings import Finding
from sealift.model import Observer
from sealift.options import Documents
from sealift.project import Manifest
from sealift.record import replace
from sealift.result import MadePackage
from sealift.target_build import TargetBuild, outputs_and_sources
from sealift.tools.private_files import replace_file

_SUMS = "SHA256SUMS"
_PROVENANCE_SUFFIX = ".provenance.json"


def write_all(
    builds: Sequence[TargetBuild],
    packages: Sequence[MadePackage],
    wanted: Documents,
    manifest: Manifest,
    observer: Observer,
) -> tuple[TargetBuild, ...]:
    """Write the documents of all executables, and return the records with more findings.

    Args:
        builds: with executables, and the documents of `describe`.
        packages: the distribution packages, whose digests the provenance and the sums have too.
        wanted: which documents.
        manifest: of the project, whose name the provenance has.
        observer: notified of the stage.

    Raises:
        UsageError: ``document-replaces``: one would replace an executable or a file of the project.
        OutputError: ``document-unwritable`` or ``packaged-file-changed``.
    """
    written: defaultdict[Path, dict[str, bytes]] = defaultdict(dict)
    for build in builds:
        for document in build.documents:
            written[build.output.parent][build.output.name + document.suffix] = document.data
    findings: list[Finding] = []
    if wanted.provenance:
        from sealift.documents.provenance import write_provenance

        observer.stage("stating the provenance")
        for directory in dict.fromkeys(build.output.parent for build in builds):
            here = [build for build in builds if build.output.parent == directory]
            digests = {one.output.name: one.executable.sha256 for one in here}
            digests |= {
                one.path.name: one.sha256
                for one in packages
                if one.path.parent == directory and one.path.is_file()
            }
            digests |= _digests(written[directory])
            statement, more = write_provenance(here, digests, manifest.root)
            stated = {manifest.base_name + _PROVENANCE_SUFFIX: statement}
            written[directory] |= stated
            written[directory][_SUMS] = _sums(digests | _digests(stated))
            findings += more
    kept = outputs_and_sources(builds) | {package.path for package in packages}
    for directory, documents in written.items():
        for name, data in documents.items():
            _write(directory / name, data, kept)
    return tuple(_with_paths(build, written).with_findings(findings) for build in builds)


def _with_paths(build: TargetBuild, written: Mapping[Path, Mapping[str, bytes]]) -> TargetBuild:
    """Return the record of a target with the paths of its documents and of the common ones."""
    directory = build.output.parent
    own = {build.output.name + document.suffix for document in build.documents}
    names = [
        name
        for name in written.get(directory, {})
        if name in own or name == _SUMS or name.endswith(_PROVENANCE_SUFFIX)
    ]
    documents = tuple(directory / name for name in names)
    return replace(build, written=replace(build.executable, documents=documents))


def _digests(documents: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in documents.items()}


def _sums(digests: Mapping[str, str]) -> bytes:
    """Return lines as ``sha256sum --check`` reads them, sorted by name."""
    return "".join(_line(name, digests[name]) for name in sorted(digests)).encode()


def _line(name: str, digest: str) -> str:
    # sha256sum escapes these characters and marks the line.
    shown = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if shown == name else chr(92)}{digest}  {shown}\n"


def _write(path: Path, data: bytes, kept: set[Path]) -> None:
    if path in kept or path.resolve() in kept:
        raise messages.DOCUMENT_REPLACES.error(path=path)
    try:
        replace_file(path, lambda unfinished: unfinished.write_bytes(data))
    except OSError as error:
        raise messages.DOCUMENT_UNWRITABLE.error(path=path, reason=error.strerror) from error
