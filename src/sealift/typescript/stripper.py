"""Strip types with a Node of the host, or take the result from the cache.

Layout of the cache, below ``typescript/``: ``<xx>/<key>.js``, sealed files with the JavaScript. The
key is the digest of the Node, the script that it runs, the mode, the file's name if the result
contains it, and the source.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from sealift.cache import (
    Store,
    cache_root,
    evict,
    places,
    read_sealed,
    touch,
    write_sealed,
)
from sealift.host import host_machine
from sealift.model import NodeBinary, Observer
from sealift.nodes import obtain_type_stripper
from sealift.options import NodeOptions
from sealift.project import JavaScript
from sealift.target_build import TargetBuild
from sealift.typescript import messages
from sealift.typescript.process import StripperProcess, script

_KIND, _FORMAT = b"SLTS", 1


class Stripper:
    """The `sealift.project.TypeStripper` of one build; a context manager.

    Args:
        work: existing, private directory; the JavaScript stays there until the build ends.
        options: where Node binaries come from.
        observer: notified of downloads.
        builds: records with their releases; a Node of one of these is preferred.
    """

    def __init__(
        self,
        work: Path,
        options: NodeOptions,
        observer: Observer,
        builds: Iterable[TargetBuild] = (),
    ) -> None:
        self._directory = work / "typescript"
        self._options = options
        self._observer = observer
        self._releases = [build.release for build in builds]
        self._node: NodeBinary | None = None
        self._process: StripperProcess | None = None
        self._count = 0

    def __enter__(self) -> Stripper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.close()

    def strip(self, source: bytes, path: str, *, transform: bool) -> JavaScript:
        """Return the JavaScript of a TypeScript file; see `sealift.project.TypeStripper`."""
        node = self._chosen_node()
        name = Path(path).name if transform else ""
        cached = self._place() / _file_name(node, name, source, transform=transform)
        text = _load(cached)
        if text is None:
            self._process = self._process or StripperProcess(node)
            text = self._process.strip(source, path, transform=transform)
            with contextlib.suppress(OSError):  # the next build strips it again
                write_sealed(cached, _KIND, _FORMAT, text)
        return JavaScript(self._write(text), text)

    def check(self, source: bytes, path: str) -> None:
        """Raise TypeScriptError if V8 refuses JavaScript; see `sealift.project.TypeStripper`."""
        node = self._chosen_node()
        self._process = self._process or StripperProcess(node)
        self._process.check(source, path)

    def identity(self) -> str:
        """Return the digest of the Node and of the script that it runs."""
        return hashlib.sha256(self._chosen_node().sha256.encode() + script()).hexdigest()

    def _chosen_node(self) -> NodeBinary:
        if self._node is None:
            self._node = obtain_type_stripper(
                self._releases, host_machine(), self._options, self._observer
            )
            evict(self._place(), places.TYPESCRIPT.suffixes)
        return self._node

    def _place(self) -> Path:
        return Store(cache_root(self._options.cache)).directory(places.TYPESCRIPT)

    def _write(self, text: bytes) -> Path:
        self._count += 1
        path = self._directory / f"{self._count}.js"
        try:
            self._directory.mkdir(exist_ok=True)
            path.write_bytes(text)
        except OSError as error:
            raise messages.TEMPORARY_UNWRITABLE.error(
                directory=self._directory, reason=error.strerror
            ) from error
        return path


def _file_name(node: NodeBinary, name: str, source: bytes, *, transform: bool) -> str:
    mode = b"transform" if transform else b"strip"
    parts = (node.sha256.encode(), script(), mode, os.fsencode(name), source)
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()
    return f"{key[:2]}/{key}.js"


def _load(path: Path) -> bytes | None:
    """Return what a cached file holds; None if it is missing or damaged."""
    try:
        text = read_sealed(path, path.parent, _KIND, _FORMAT)
    except (OSError, ValueError):
        return None
    touch(path)
    return text
