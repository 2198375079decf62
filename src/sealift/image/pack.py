"""Packs a project: reads every file once and writes the image that all targets share."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sealift.errors import ProjectError
from sealift.image.table import Stored, encode
from sealift.image.tree import build_tree
from sealift.model import Asset, Image, Observer, Project, ProjectFile

FORMAT = 1
_CHUNK = 1 << 20


def pack(
    project: Project,
    runtime: Sequence[tuple[str, bytes]],
    sealift_version: str,
    directory: Path,
    observer: Observer,
) -> Image:
    """Write the packaged files' contents to ``directory`` and give the blob's assets.

    Args:
        project: what to package.
        runtime: the runtime's own modules, (name, source).
        sealift_version: told to the runtime.
        directory: a private, temporary directory; the image refers to a file in it.
        observer: told of each packaged file.

    Raises:
        ProjectError: a file has changed since it was read, or cannot be read.
    """
    tree = build_tree(project)
    contents = directory / "files"
    observer.stage("packing", len(project.files))
    stored: list[Stored | None] = []
    with contents.open("wb") as out:
        for node in tree.nodes:
            if isinstance(node.item, ProjectFile):
                stored.append(_store(node.item, out))
                observer.advance(1)
            else:
                stored.append(None)
        total = out.tell()
    table, links = encode(tree, stored)
    assets = (
        Asset("sealift/config", _config(project, sealift_version)),
        Asset("sealift/table", table),
        Asset("sealift/links", links),
        Asset("sealift/files", path=contents, size=total),
        *(Asset(f"sealift/runtime/{name}", source) for name, source in runtime),
    )
    return Image(assets, len(project.files), total)


def _config(project: Project, sealift_version: str) -> bytes:
    config = {
        "format": FORMAT,
        "sealift": sealift_version,
        "project": project.name,
        "entry": project.entry,
        "whole": [whole.location for whole in project.whole_packages],
    }
    return json.dumps(config, separators=(",", ":")).encode()


def _store(file: ProjectFile, out: BinaryIO) -> Stored:
    """Copy one file's contents; the very bytes that were scanned, or none."""
    offset = out.tell()
    only_ascii = True
    try:
        with file.source.open("rb") as source:
            before = os.fstat(source.fileno())
            while chunk := source.read(_CHUNK):
                only_ascii = only_ascii and chunk.isascii()
                out.write(chunk)
            after = os.fstat(source.fileno())
    except OSError as error:
        raise ProjectError(
            "file-unreadable",
            f"{file.source} cannot be read: {error.strerror}.",
            "Make it readable, or leave it out with pkg.ignore.",
        ) from error
    size = out.tell() - offset
    known = (file.size, file.mtime_ns)
    if any((stat.st_size, stat.st_mtime_ns) != known for stat in (before, after)) or (
        size != file.size
    ):
        raise ProjectError(
            "file-changed",
            f"{file.source} changed while it was being packaged.",
            "Build again when nothing writes to the project any more.",
        )
    return Stored(offset, size, only_ascii)
