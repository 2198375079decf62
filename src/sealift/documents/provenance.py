"""What executables were made of: an in-toto statement with a SLSA provenance, not signed.

The same input gives the same bytes: there is a time only if ``SOURCE_DATE_EPOCH`` gives one.
Source: in-toto Statement v1, https://in-toto.io/Statement/v1; SLSA provenance v1,
https://slsa.dev/spec/v1.0/provenance.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sealift.documents import messages
from sealift.documents.packaged_packages import packaged_packages
from sealift.documents.stage import read_lockfile
from sealift.documents.timestamp import fixed_time
from sealift.findings import Finding
from sealift.model import Project, ProjectFile
from sealift.target_build import TargetBuild
from sealift.tools.input_files import NotRegularError, open_regular
from sealift.version import VERSION

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = f"pkg:pypi/sealift@{VERSION}#build"
BUILDER = f"pkg:pypi/sealift@{VERSION}"
_OWN_FILES = ("file", "dir")
_CHUNK = 1 << 20

Resource = dict[str, Any]


def write_provenance(
    builds: Sequence[TargetBuild], outputs: Mapping[str, str], root: Path
) -> tuple[bytes, tuple[Finding, ...]]:
    """Return the provenance of the executables in one directory, and what it lacks.

    Args:
        builds: with executables.
        outputs: SHA-256 of the executables and of the files that were made with them, by name.
        root: of the project.

    Raises:
        UsageError: ``source-date-epoch-malformed``.
        OutputError: ``packaged-file-changed``.
    """
    lockfile, findings = read_lockfile(root)
    time = fixed_time()
    metadata = {} if time is None else {"finishedOn": time.strftime("%Y-%m-%dT%H:%M:%SZ")}
    subjects = [_resource(name, digest) for name, digest in outputs.items()]
    inputs: list[Resource] = []
    for build in builds:
        inputs += _node_inputs(build)
    projects = {build.project_key: build.project for build in builds}
    for project in projects.values():
        inputs.append(_project_input(project, builds))
        inputs += (
            _package_input(package.name, package.version, package.integrity)
            for package in packaged_packages(project, lockfile)
            if package.is_published
        )
    if lockfile is not None:
        inputs.append(_resource(f"lockfile:{lockfile.path.name}", _digest_of(lockfile.path)))
    statement = {
        "_type": _STATEMENT,
        "subject": subjects,
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "entry": builds[0].project.entry,
                    "targets": [str(build.target) for build in builds],
                },
                "resolvedDependencies": _each_once(inputs),
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": {"sealift": VERSION}},
                "metadata": metadata,
            },
        },
    }
    text = json.dumps(statement, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace"), findings


def _node_inputs(build: TargetBuild) -> Iterator[Resource]:
    node = build.node
    machine = f"{node.platform}-{node.arch}"
    annotations = {"provider": node.provider}
    if node.provider not in _OWN_FILES:
        annotations["origin"] = node.origin
    yield _resource(f"node:{node.version}-{machine}", node.sha256, annotations=annotations)
    for library in node.libraries if build.musl is not None else ():
        yield _resource(f"library:{library.name}-{machine}", library.sha256)
    if build.musl is not None:
        musl = build.musl
        yield _resource(f"musl:{musl.version}-{musl.arch}", musl.sha256)
    if build.front is not None:
        yield _resource(f"front:{build.front.arch}", build.front.sha256)


def _project_input(project: Project, builds: Sequence[TargetBuild]) -> Resource:
    """Return the digest of all packaged files: of lines as those of `sha256sum`, by location."""
    files = sorted(project.files, key=lambda file: file.location)
    total = hashlib.sha256()
    for file in files:
        total.update(os.fsencode(f"{_packaged_digest(file)}  {file.location}\n"))
    targets = [str(build.target) for build in builds if build.project is project]
    return _resource(
        f"files:{project.name}",
        total.hexdigest(),
        annotations={"files": len(files), "targets": targets},
    )


def _packaged_digest(file: ProjectFile) -> str:
    """Return the digest of a packaged file.

    Raises:
        OutputError: it has changed since.
    """
    changed = messages.FILE_CHANGED.error(path=file.source)
    found = hashlib.sha256()
    try:
        with open_regular(file.content) as stream:
            status = os.fstat(stream.fileno())
            for chunk in iter(lambda: stream.read(_CHUNK), b""):
                found.update(chunk)
    except (OSError, NotRegularError) as error:
        raise changed from error
    if (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns):
        raise changed
    return found.hexdigest()


def _package_input(name: str, version: str, integrity: str) -> Resource:
    resource: Resource = {"name": f"npm:{name}@{version}", "uri": _purl(name, version)}
    digests = dict(_digests(integrity))
    return resource | ({"digest": digests} if digests else {})


def _purl(name: str, version: str) -> str:
    return f"pkg:npm/{name.replace('@', '%40', 1)}@{version}"


def _digests(integrity: str) -> Iterator[tuple[str, str]]:
    for word in integrity.split():
        algorithm, _, digest = word.partition("-")
        try:
            yield algorithm, base64.b64decode(digest.partition("?")[0], validate=True).hex()
        except binascii.Error:
            continue


def _resource(
    name: str, sha256: str, *, annotations: Mapping[str, object] | None = None
) -> Resource:
    resource: Resource = {"name": name, "digest": {"sha256": sha256}}
    return resource | ({"annotations": dict(annotations)} if annotations else {})


def _digest_of(path: Path) -> str:
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _each_once(inputs: Iterable[Resource]) -> list[Resource]:
    found: dict[str, Resource] = {}
    for resource in inputs:
        found.setdefault(json.dumps(resource, sort_keys=True), resource)
    return list(found.values())
