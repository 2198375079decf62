"""The provider ``dir:PATH``: a folder of Node binaries.

All executables in it and in three levels of folders below are considered, whatever their names:
the file itself says what it is for. So the folder may be `pkg`'s cache
(``fetched-v22.…-linux-x64``, ``built-v…``), sealift's own (``24.19.0-linux-x64-npm/node``), or one
of unpacked archives. The binaries are used where they are, like those that the user names one by
one (`sealift.nodes.user_binary`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from sealift.errors import FormatError, NodeError
from sealift.formats.executable_identity import Identity, identify
from sealift.model import NodeBinary
from sealift.nodes import messages
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.release_ranking import within
from sealift.nodes.user_binary import read_binary
from sealift.nodes.validate import fits_machine
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, Target

_PREFIX = "dir:"
_DEPTH = 3
_MOST_SHOWN = 12
_EXECUTABLE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")


class _Candidate(Struct, frozen=True):
    path: Path
    identity: Identity


def folder_of(options: NodeOptions, cache: NodeCache) -> Folder | None:
    """Return the folder that the options name as the provider, or None.

    Raises:
        UsageError: it does not exist or cannot be read.
    """
    if not options.provider.startswith(_PREFIX):
        return None
    if options.provider == _PREFIX:
        raise messages.FOLDER_NOT_NAMED.error()
    return Folder(Path(options.provider.removeprefix(_PREFIX)), cache)


class Folder:
    """The Node binaries in one folder; their headers are read at once, the rest when needed."""

    def __init__(self, path: Path, cache: NodeCache) -> None:
        """Read the headers of the executables in the folder ``path``.

        Raises:
            UsageError: it does not exist or cannot be read.
        """
        self._path = path.expanduser().absolute()
        self._cache = cache
        self._refused: dict[Path, str] = {}
        try:
            os.scandir(self._path).close()
        except OSError as error:
            raise messages.FOLDER_UNREADABLE.error(
                path=self._path, reason=error.strerror
            ) from error
        files = _files(self._path, self._refuse)
        self._candidates = [found for path in files if (found := self._look_at(path))]

    def find(
        self, target: Target, companion: tuple[Platform, Arch] | None = None
    ) -> NodeBinary | None:
        """Return the newest binary that fits; a release that ``companion`` has too comes first."""
        fitting = self._for_machine(target.platform.node_platform, target.arch)
        fitting = [one for one in fitting if within(target.node, one.version)]
        if companion is not None and fitting:
            others = self._for_machine(companion[0].node_platform, companion[1])
            shared = {one.version for one in others}
            fitting = [one for one in fitting if one.version in shared] or fitting
        return max(fitting, key=lambda one: one.version, default=None)

    def not_found(self, target: Target) -> NodeError:
        """Return the error that nothing in the folder fits a target; it lists the content."""
        lines = [self._describe(one) for one in self._candidates if one.path not in self._refused]
        lines += [f"{self._name(path)} (refused: {why})" for path, why in self._refused.items()]
        lines.sort()
        more = len(lines) - _MOST_SHOWN
        shown = ", ".join(lines[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return messages.FOLDER_LACKS_BINARY.error(
            path=self._path,
            target=target,
            content=f"it contains {shown}" if lines else "it contains no executable",
            platform=target.platform,
            arch=target.arch,
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
        """Keep a folder that cannot be read, for `not_found`."""
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
    """Yield the regular files in order; call ``refuse`` for folders that cannot be read."""
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        if len(Path(root).relative_to(folder).parts) >= _DEPTH:
            folders.clear()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file():
                yield path
