"""Write one package after the other, with the writer of its kind."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from sealift.distribution import messages
from sealift.distribution.archives import write_tar_gz, write_zip
from sealift.distribution.container import write_image
from sealift.distribution.contents import Entry, document_entries, program_entries
from sealift.distribution.debian import write_deb
from sealift.distribution.details import Details
from sealift.distribution.kinds import Kind, PlannedPackage, archive_stem
from sealift.distribution.manifests import homebrew_formula, scoop_manifest
from sealift.distribution.rpm import make_rpm
from sealift.distribution.universal import write_universal
from sealift.result import MadePackage
from sealift.target import Target
from sealift.target_build import TargetBuild
from sealift.tools.input_files import NotRegularError
from sealift.tools.private_files import make

_PLAIN, _EXECUTABLE = 0o666, 0o777


class PackageWriter:
    """The packages that are made, and the digests of those that later ones name."""

    def __init__(self, builds: dict[Target, TargetBuild], details: Details) -> None:
        self._builds, self._details = builds, details
        self._archives: dict[Target, tuple[str, str]] = {}
        self.made: list[MadePackage] = []

    def write(self, package: PlannedPackage, path: Path, temporary: Path, work: Path) -> None:
        """Write one package to ``temporary``."""
        builds = [self._builds[target] for target in package.targets]
        write = self._writer(package, builds, work)

        def create() -> None:
            with temporary.open("w+b") as file:
                write(file)
            mask = os.umask(0)
            os.umask(mask)
            mode = _EXECUTABLE if package.kind is Kind.UNIVERSAL else _PLAIN
            temporary.chmod(mode & ~mask)

        explained(path, lambda: make(temporary, create))
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if package.kind in (Kind.TAR_GZ, Kind.ZIP):
            self._archives[package.targets[0]] = package.file_name, digest
        targets = tuple(str(target) for target in package.targets)
        size = temporary.stat().st_size
        self.made.append(MadePackage(package.kind.value, path, size, digest, targets))

    def _writer(
        self, package: PlannedPackage, builds: Sequence[TargetBuild], work: Path
    ) -> Callable[[BinaryIO], object]:
        details, first = self._details, builds[0]
        match package.kind:
            case Kind.UNIVERSAL:
                return lambda file: write_universal(file, builds)
            case Kind.TAR_GZ:
                entries = self._archived(first)
                return lambda file: write_tar_gz(file, entries, details.time)
            case Kind.ZIP:
                entries = self._archived(first)
                return lambda file: write_zip(file, entries, details.time)
            case Kind.DEB:
                return lambda file: write_deb(file, details, first, work)
            case Kind.RPM:
                return lambda file: self._write_rpm(file, package.file_name, first, work)
            case Kind.OCI:
                return lambda file: write_image(file, details, builds, work)
            case Kind.BREW:
                named = {target: self._archives[target] for target in package.targets}
                has_more = any(len(program_entries(details, build)) > 1 for build in builds)
                return lambda file: file.write(homebrew_formula(details, named, has_more))
            case Kind.SCOOP:
                named = {target: self._archives[target] for target in package.targets}
                return lambda file: file.write(scoop_manifest(details, named))

    def _archived(self, build: TargetBuild) -> list[Entry]:
        """Return the entries of an archive, all of them in one folder."""
        folder = archive_stem(self._details, build.target)
        beside = program_entries(self._details, build)
        taken = {entry.path for entry in beside}
        documents = document_entries(self._details, build)
        entries = (*beside, *(one for one in documents if one.path not in taken))
        return [entry.below(folder) for entry in entries]

    def _write_rpm(self, file: BinaryIO, name: str, build: TargetBuild, work: Path) -> None:
        place = work / f"rpm-{build.target.arch}"
        place.mkdir()
        with make_rpm(name, self._details, build, place).open("rb") as made:
            shutil.copyfileobj(made, file, 1 << 20)
        shutil.rmtree(place)


def explained(path: Path, action: Callable[[], object]) -> None:
    """Turn an error of the operating system into one about the package."""
    try:
        action()
    except NotRegularError as error:
        raise messages.FILE_UNREADABLE.error(path=path, name=path.name, reason=error) from error
    except OSError as error:
        name = error.filename
        reason = error.strerror or error
        if isinstance(name, str) and not Path(name).name.startswith(f".{path.name[:100]}"):
            raise messages.FILE_UNREADABLE.error(
                path=name, name=path.name, reason=reason
            ) from error
        raise messages.PACKAGE_UNWRITABLE.error(path=path, reason=reason) from error
