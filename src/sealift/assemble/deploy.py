"""Copy the files that must be beside the executables: pkg.deployFiles.

What an installed package names is not trusted: it replaces no other file, makes no hidden one, and
leaves the directory of the executable by no symbolic link.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.assemble.messages import (
    DEPLOY_EXISTS,
    DEPLOY_OUTSIDE,
    DEPLOY_REPLACES,
    DEPLOY_UNWRITABLE,
)
from sealift.deployment import DeployFile
from sealift.errors import SealiftError
from sealift.model import Observer
from sealift.options import BuildOptions
from sealift.target_build import TargetBuild
from sealift.tools.private_files import replace_file


def deploy(builds: Sequence[TargetBuild], options: BuildOptions, observer: Observer) -> None:
    """Copy the files that the projects' pkg.deployFiles name, if the options request it.

    Raises:
        UsageError: ``deploy-replaces``: one would replace an executable, a file of the project, or
            another file; or ``deploy-outside``.
        OutputError: ``deploy-unwritable``: one cannot be copied.
    """
    if not options.deploy:
        return
    kept = {build.output for build in builds}
    kept |= {file.source for build in builds for file in build.project.files}
    # All are listed before the first is copied: a directory may be copied into itself.
    copies = {
        copy.destination: copy
        for build in builds
        for file in build.project.deploy_files
        for copy in _copies(file, build.output.parent)
    }
    if copies:
        observer.stage("copying files beside the executables", len(copies))
    for destination, copy in copies.items():
        if destination in kept:
            raise DEPLOY_REPLACES.error(path=destination, package=copy.file.package)
        try:
            copy.carry_out()
        except (OSError, shutil.Error) as error:
            raise _unwritable(copy.source, destination, error) from error
        observer.advance(1)


class _Copy(Struct, frozen=True):
    """A file, a symbolic link or an empty directory to copy.

    Attributes:
        file: the entry of pkg.deployFiles that it belongs to.
        source: path of it.
        destination: path of the copy.
        top: directory of the executable.
    """

    file: DeployFile
    source: Path
    destination: Path
    top: Path

    def carry_out(self) -> None:
        """Copy it, through a temporary file.

        Raises:
            UsageError: it is a package's, and may not be there.
            OSError, shutil.Error: it cannot be copied.
        """
        if not self.file.is_trusted:
            self._require_room()
        self.destination.parent.mkdir(parents=True, exist_ok=True)
        if self.source.is_dir() and not self.source.is_symlink():
            self.destination.mkdir(exist_ok=True)
            return
        if self.destination.exists() and self.destination.samefile(self.source):
            return
        replace_file(
            self.destination,
            lambda unfinished: shutil.copy2(self.source, unfinished, follow_symlinks=False),
        )

    def _require_room(self) -> None:
        """Raise UsageError if another file is there, or the place is not below the executable's."""
        package, top = self.file.package, os.path.realpath(self.top)
        targets = [self.destination.parent]
        if self.source.is_symlink():
            targets.append(self.destination.parent / self.source.readlink())
        for target in targets:
            if not Path(os.path.realpath(target)).is_relative_to(top):
                raise DEPLOY_OUTSIDE.error(package=package, path=self.destination, directory=top)
        if os.path.lexists(self.destination) and not self._is_there():
            raise DEPLOY_EXISTS.error(package=package, path=self.destination)

    def _is_there(self) -> bool:
        """Return True if the destination is what would be copied."""
        kinds = [(path.is_symlink(), path.is_dir()) for path in (self.source, self.destination)]
        if kinds[0] != kinds[1]:
            return False
        if self.source.is_symlink():
            return self.source.readlink() == self.destination.readlink()
        return self.source.is_dir() or filecmp.cmp(self.source, self.destination, shallow=False)


def _copies(file: DeployFile, top: Path) -> list[_Copy]:
    destination = top / file.destination
    try:
        return [
            _Copy(file, file.source / below, destination / below, top)
            for below in _contents(file.source)
        ]
    except OSError as error:
        raise _unwritable(file.source, destination, error) from error


def _contents(source: Path) -> Iterator[str]:
    """Yield the relative paths of what is to be copied; "" for a file."""

    def fail(error: OSError) -> None:
        raise error

    if not source.is_dir():
        yield ""
        return
    for parent, directories, names in os.walk(source, onerror=fail):
        links = [name for name in directories if Path(parent, name).is_symlink()]
        if not names and not directories:
            yield os.path.relpath(parent, source)
        for name in (*names, *links):
            yield os.path.relpath(Path(parent, name), source)


def _unwritable(source: Path, destination: Path, error: Exception) -> SealiftError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return DEPLOY_UNWRITABLE.error(source=source, path=destination, reason=reason)
