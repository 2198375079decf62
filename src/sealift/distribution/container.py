"""Write a container image: an OCI image layout in a tar archive, for one or two architectures.

Source: OCI Image Format Specification 1.0. ``index.json`` names an index, which names a manifest
for each architecture; a manifest names a configuration and one layer. All of them are files below
``blobs/sha256/`` whose names are their digests. ``manifest.json`` is what older versions of
``docker load`` read instead (Docker Image Specification 1.2).

The image has nothing but the executable, users, a home and a directory for temporary files: a
static executable needs no more.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Sequence
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from sealift.distribution.archives import write_tar
from sealift.distribution.contents import (
    Entry,
    document_entries,
    program_entries,
    with_directories,
)
from sealift.distribution.details import Details
from sealift.distribution.kinds import CONTAINER_ARCHES
from sealift.target_build import TargetBuild

USER = 65532
"""Number of the user and group ``nonroot``, as in other images without a shell."""

_HOME = "home/nonroot"
_PASSWD = f"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{USER}:{USER}::/{_HOME}:/sbin/nologin\n"
_GROUP = f"root:x:0:\nnonroot:x:{USER}:\n"
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_IMAGE = "application/vnd.oci.image"
_LEVEL = 6


class _Blob(Struct, frozen=True):
    """A file of the layout; ``data`` unless it is large."""

    digest: str
    size: int
    data: bytes = b""
    source: Path | None = None

    @property
    def path(self) -> str:
        return f"blobs/sha256/{self.digest}"

    def entry(self) -> Entry:
        return Entry(self.path, self.source, self.data)

    def descriptor(self, media_type: str, **more: Any) -> dict[str, Any]:
        digest = f"sha256:{self.digest}"
        return {"mediaType": media_type, "digest": digest, "size": self.size, **more}


def write_image(
    file: BinaryIO, details: Details, builds: Sequence[TargetBuild], work: Path
) -> None:
    """Write the image of executables for linuxstatic.

    Args:
        work: a directory for the layers, whose digests must be known before they are written.
    """
    blobs: list[_Blob] = []
    manifests: list[dict[str, Any]] = []
    for_docker: list[dict[str, Any]] = []
    for build in builds:
        arch = CONTAINER_ARCHES[build.target.arch]
        layer, diff_id = _layer(work / f"layer-{arch}", details, build)
        config = _json_blob(_config(details, build, arch, diff_id))
        manifest = _json_blob(
            {
                "schemaVersion": 2,
                "mediaType": f"{_IMAGE}.manifest.v1+json",
                "config": config.descriptor(f"{_IMAGE}.config.v1+json"),
                "layers": [layer.descriptor(f"{_IMAGE}.layer.v1.tar+gzip")],
                "annotations": _labels(details),
            }
        )
        blobs += [layer, config, manifest]
        platform = {"architecture": arch, "os": "linux"}
        manifests.append(manifest.descriptor(f"{_IMAGE}.manifest.v1+json", platform=platform))
        suffix = f"-{arch}" if for_docker else ""
        for_docker.append(
            {
                "Config": config.path,
                "RepoTags": [f"{details.name}:{_tag(details)}{suffix}"],
                "Layers": [layer.path],
            }
        )
    index = _json_blob(
        {
            "schemaVersion": 2,
            "mediaType": f"{_IMAGE}.index.v1+json",
            "manifests": manifests,
            "annotations": _labels(details),
        }
    )
    name = {
        "org.opencontainers.image.ref.name": _tag(details),
        "io.containerd.image.name": f"docker.io/library/{details.name}:{_tag(details)}",
    }
    top = index.descriptor(f"{_IMAGE}.index.v1+json", annotations=name)
    entries = [
        Entry("oci-layout", data=_json({"imageLayoutVersion": "1.0.0"})),
        Entry("index.json", data=_json({"schemaVersion": 2, "manifests": [top]})),
        Entry("manifest.json", data=_json(for_docker)),
        *(blob.entry() for blob in (*blobs, index)),
    ]
    write_tar(file, with_directories(entries), details.time)


def image_entries(details: Details, build: TargetBuild) -> tuple[Entry, ...]:
    """Return the files of the image."""
    entries = [
        Entry("etc/passwd", data=_PASSWD.encode()),
        Entry("etc/group", data=_GROUP.encode()),
        Entry(_HOME, is_directory=True, mode=0o700, owner=USER),
        Entry("tmp", is_directory=True, mode=0o1777),
        *(one.below("usr/bin") for one in program_entries(details, build)),
        *(one.below(f"usr/share/doc/{details.name}") for one in document_entries(details, build)),
    ]
    if details.certificates:
        entries.append(Entry(_CERTIFICATES, data=details.certificates))
    return with_directories(entries)


def _layer(path: Path, details: Details, build: TargetBuild) -> tuple[_Blob, str]:
    """Write the layer, and return it with the digest of its uncompressed archive."""
    with path.open("wb") as file:
        outer = _Hashing(file)
        with GzipFile("", "wb", _LEVEL, outer, mtime=0) as compressed:
            inner = _Hashing(compressed)
            write_tar(inner, image_entries(details, build), details.time)
    return _Blob(outer.digest, path.stat().st_size, source=path), inner.digest


def _config(details: Details, build: TargetBuild, arch: str, diff_id: str) -> dict[str, Any]:
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(details.time))
    program = program_entries(details, build)[0].path
    paths = ["PATH=/usr/bin", f"HOME=/{_HOME}"]
    if details.certificates:
        paths.append(f"SSL_CERT_FILE=/{_CERTIFICATES}")
    return {
        "created": created,
        "architecture": arch,
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Env": paths,
            "Entrypoint": [f"/usr/bin/{program}"],
            "WorkingDir": f"/{_HOME}",
            "Labels": _labels(details),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
        "history": [{"created": created, "created_by": "sealift"}],
    }


def _labels(details: Details) -> dict[str, str]:
    labels = {
        "title": details.name,
        "version": details.version,
        "description": details.description,
        "licenses": details.licence,
        "url": details.homepage,
        "source": details.source,
        "authors": details.maintainer,
    }
    return {f"org.opencontainers.image.{key}": text for key, text in labels.items() if text}


def _tag(details: Details) -> str:
    """Return the version as a tag, which may not contain ``+``."""
    return details.version.replace("+", "_")


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _json_blob(value: object) -> _Blob:
    data = _json(value)
    return _Blob(hashlib.sha256(data).hexdigest(), len(data), data)


class _Hashing(io.RawIOBase):
    """A file to write to that computes the SHA-256 of what passes."""

    def __init__(self, file: BinaryIO | GzipFile) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256()
        self._position = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        self._hash.update(data)
        self._file.write(data)
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        self._file.flush()
