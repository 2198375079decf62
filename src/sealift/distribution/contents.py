"""The files in a distribution package: paths, owners, modes, and where their bytes come from."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from sealift.distribution import messages
from sealift.distribution.details import Details
from sealift.formats.shared_object import SharedObject, read_shared_object
from sealift.record import replace
from sealift.target_build import TargetBuild
from sealift.tools.input_files import open_regular

EXECUTABLE, PLAIN, DIRECTORY = 0o755, 0o644, 0o755


class Entry(Struct, frozen=True):
    """A file, directory or symbolic link in a package.

    Attributes:
        path: in the package, without a leading slash.
        source: the file with its bytes; None for ``data``.
        link: what a symbolic link points to; "" for others.
        is_directory: it is a directory.
        owner: number of its user and group.
    """

    path: str
    source: Path | None = None
    data: bytes = b""
    link: str = ""
    is_directory: bool = False
    mode: int = PLAIN
    owner: int = 0

    def below(self, directory: str) -> Entry:
        """Return the entry in a directory."""
        return replace(self, path=f"{directory}/{self.path}")


def program_name(details: Details, build: TargetBuild) -> str:
    """Return the name of the executable in a package, without suffixes of several targets."""
    return f"{details.name}{build.target.platform.facts.executable_suffix}"


def program_entries(details: Details, build: TargetBuild) -> tuple[Entry, ...]:
    """Return the executable and, if they are in packages, the files that must be beside it.

    Raises:
        UsageError: one of these files would replace the executable, or be put behind a link.
    """
    program = Entry(program_name(details, build), build.output, mode=EXECUTABLE)
    if not details.deploy:
        return (program,)
    beside: dict[str, Entry] = {}
    for file in build.project.deploy_files:
        for entry in _deployed(file.source, file.destination):
            if entry.path == program.path:
                raise messages.FILE_REPLACES.error(package=file.package, path=entry.path)
            beside[entry.path] = entry
    for path in beside:
        for parent in map(str, PurePosixPath(path).parents):
            if parent == program.path or (parent in beside and beside[parent].link):
                raise messages.FILE_REPLACES.error(package="a package", path=path)
    return (program, *beside.values())


def document_entries(details: Details, build: TargetBuild) -> tuple[Entry, ...]:
    """Return licence, readme and the like, and the documents about the executable."""
    texts = [Entry(one.name, data=one.content) for one in details.texts]
    name = program_name(details, build)
    return (*texts, *(Entry(name + one.suffix, data=one.data) for one in build.documents))


def installed_entries(details: Details, build: TargetBuild) -> tuple[Entry, ...]:
    """Return the entries of a package that installs the program below ``/usr``."""
    program, *beside = program_entries(details, build)
    documents = [
        one.below(f"usr/share/doc/{details.name}") for one in document_entries(details, build)
    ]
    if not beside:
        return with_directories([program.below("usr/bin"), *documents])
    folder = f"usr/lib/{details.name}"
    link = Entry(f"usr/bin/{details.name}", link=f"../lib/{details.name}/{program.path}")
    files = [one.below(folder) for one in (program, *beside)]
    return with_directories([link, *files, *documents])


def needed_libraries(build: TargetBuild) -> SharedObject:
    """Return which libraries an executable needs; for a compact file, the executable in it.

    Raises:
        FormatError: it is not one any more.
    """
    # The front needs none. What it unpacks needs those of Node, or has them merged.
    is_unpacked = build.front is not None and build.musl is None
    path = build.node.path if is_unpacked else build.output
    with open_regular(path) as file:
        return read_shared_object(file, build.output.name, symbols=False)


def with_directories(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries with all directories above them, sorted by path."""
    known = {entry.path: entry for entry in entries}
    for entry in entries:
        for parent in PurePosixPath(entry.path).parents:
            if str(parent) != ".":
                known.setdefault(str(parent), Entry(str(parent), is_directory=True, mode=DIRECTORY))
    return tuple(known[path] for path in sorted(known))


def _deployed(source: Path, destination: str) -> Iterator[Entry]:
    """Yield the entries of a file, or of a directory with everything in it."""
    destination = PurePosixPath(destination).as_posix()  # without `.` and doubled slashes
    if not source.is_dir():
        yield Entry(destination, source, mode=_mode(source))
        return
    for folder, directories, names in os.walk(source):
        links = [name for name in directories if Path(folder, name).is_symlink()]
        directories.sort()
        place = Path(folder).relative_to(source).as_posix()
        where = destination if place == "." else f"{destination}/{place}"
        if not directories and not names:
            yield Entry(where, is_directory=True, mode=DIRECTORY)
        for name in sorted([*names, *links]):
            path = Path(folder, name)
            if path.is_symlink():
                yield Entry(f"{where}/{name}", link=os.readlink(path))  # noqa: PTH115
            else:
                yield Entry(f"{where}/{name}", path, mode=_mode(path))


def _mode(path: Path) -> int:
    return EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else PLAIN
