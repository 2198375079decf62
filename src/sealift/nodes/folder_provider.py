"""A folder of binaries: ``--node-source dir:PATH``.

All executables in it and in three levels of folders below count, whatever their names: what each
is for is read from the file. So the folder may be what `pkg` keeps (``fetched-v22.…-linux-x64``,
``built-v…``), sealift's own cache (``24.19.0-linux-x64-npm/node``), or unpacked archives.
They are used where they are, like binaries that are named one by one (`sealift.nodes.user_binary`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sealift.errors import FormatError, NodeError, UsageError
from sealift.formats.executable_identity import Identity, identify
from sealift.model import NodeBinary
from sealift.nodes.node_cache import Cache
from sealift.nodes.select_release import within
from sealift.nodes.user_binary import read_binary
from sealift.nodes.validate import fits_machine
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, Target

_PREFIX = "dir:"
_DEPTH = 3
_MOST_SHOWN = 12
_EXECUTABLE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    identity: Identity


def folder_of(options: NodeOptions, cache: Cache) -> Folder | None:
    """Give the folder that the options name as the source, or None.

    Raises:
        UsageError: it does not exist or cannot be read.
    """
    if not options.source.startswith(_PREFIX):
        return None
    if options.source == _PREFIX:
        raise UsageError(
            "folder-missing",
            "--node-source dir: names no folder of Node binaries.",
            "Name an existing folder: --node-source dir:PATH.",
        )
    return Folder(Path(options.source.removeprefix(_PREFIX)), cache)


class Folder:
    """The Node binaries in one folder; their headers are read at once, the rest when asked for."""

    def __init__(self, path: Path, cache: Cache) -> None:
        """Look through the folder ``path``.

        Raises:
            UsageError: it does not exist or cannot be read.
        """
        self._path = path.expanduser().absolute()
        self._cache = cache
        self._refused: dict[Path, str] = {}
        try:
            os.scandir(self._path).close()
        except OSError as error:
            raise UsageError(
                "folder-missing",
                f"The folder of Node binaries {self._path} cannot be read: {error.strerror}.",
                "Name an existing folder: --node-source dir:PATH.",
            ) from error
        files = _files(self._path, self._refuse)
        self._candidates = [found for path in files if (found := self._look_at(path))]

    def find(
        self, target: Target, companion: tuple[Platform, Arch] | None = None
    ) -> NodeBinary | None:
        """Give the newest binary that fits; of a release that is there for ``companion`` too."""
        fitting = self._for_machine(target.platform.node_platform, target.arch)
        fitting = [one for one in fitting if within(target.node, one.version)]
        if companion is not None and fitting:
            others = self._for_machine(companion[0].node_platform, companion[1])
            shared = {one.version for one in others}
            fitting = [one for one in fitting if one.version in shared] or fitting
        return max(fitting, key=lambda one: one.version, default=None)

    def not_found(self, target: Target) -> NodeError:
        """Say that nothing in the folder fits a target, and what is in it."""
        lines = [self._describe(one) for one in self._candidates if one.path not in self._refused]
        lines += [f"{self._name(path)} (refused: {why})" for path, why in self._refused.items()]
        lines.sort()
        more = len(lines) - _MOST_SHOWN
        shown = ", ".join(lines[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return NodeError(
            "release-unknown",
            f"No Node binary in {self._path} is for {target}; "
            + (f"in it: {shown}." if lines else "there is no executable in it."),
            "Put one there under any name, or name one elsewhere with"
            f" --node-binary {target.platform}-{target.arch}=PATH, or use another --node-source."
            " Archives must be unpacked.",
        )

    def _for_machine(self, platform: Platform, arch: Arch) -> list[NodeBinary]:
        found = []
        for one in self._candidates:
            if one.path in self._refused or not fits_machine(one.identity, platform, arch):
                continue
            try:
                found.append(
                    read_binary(one.path, one.path.name, platform, arch, self._cache, "dir")
                )
            except NodeError as error:
                cause = error.__cause__
                why = cause if isinstance(cause, FormatError) else error
                self._refused[one.path] = why.message.rstrip(".")
        return found

    def _refuse(self, error: OSError) -> None:
        """Remember a folder that cannot be read."""
        self._refused[Path(error.filename)] = error.strerror or str(error)

    def _look_at(self, path: Path) -> _Candidate | None:
        try:
            with path.open("rb") as file:
                if not file.read(4).startswith(_EXECUTABLE):
                    return None
                return _Candidate(path, identify(file, path.name))
        except FormatError as error:
            self._refused[path] = error.message.rstrip(".")
        except OSError as error:
            self._refused[path] = error.strerror or str(error)
        return None

    def _describe(self, found: _Candidate) -> str:
        known = self._cache.recall_file(found.path)
        release = f"Node {known[1].version} for " if known else ""
        return (
            f"{self._name(found.path)} ({release}{found.identity.system}-{found.identity.machine})"
        )

    def _name(self, path: Path) -> str:
        return path.relative_to(self._path).as_posix()


def _files(folder: Path, refuse: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield the regular files, in the order of their names; tell which folders hide theirs."""
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        if len(Path(root).relative_to(folder).parts) >= _DEPTH:
            folders.clear()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file():
                yield path
