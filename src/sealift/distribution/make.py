"""Make the planned packages; each is complete before the first takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from sealift.distribution import messages
from sealift.distribution.kinds import PackagePlan
from sealift.distribution.package_writer import PackageWriter, explained
from sealift.model import Observer
from sealift.result import MadePackage
from sealift.target_build import TargetBuild, outputs_and_sources
from sealift.tools.deferred_signals import deferring_signals
from sealift.tools.private_files import is_renamed, remove_file, temporary_name


def make_planned(
    plan: PackagePlan,
    builds: Iterable[TargetBuild],
    work: Path,
    observer: Observer,
) -> tuple[MadePackage, ...]:
    """Return the packages, which are complete and in their places.

    Args:
        builds: with finished executables; their files are read as they are now.
        work: a directory for intermediate files.
        observer: notified of each package.

    Raises:
        UsageError: one would replace an executable or a file of the project.
        OutputError: one cannot be written, or rpmbuild failed.
        ProjectError: a file for one cannot be read.
    """
    builds = tuple(builds)
    _replace_nothing(plan, builds)
    writer = PackageWriter({build.target: build for build in builds}, plan.details)
    with ExitStack() as stack:
        unfinished: list[tuple[Path, Path]] = []
        for package in plan.packages:
            observer.stage(f"making {package.file_name}")
            path = plan.directory / package.file_name
            temporary = path.with_name(temporary_name(path.name))
            stack.callback(remove_file, temporary)
            writer.write(package, path, temporary, work)
            unfinished.append((temporary, path))
        with deferring_signals():
            for temporary, path in unfinished:
                explained(path, partial(temporary.replace, path))
                is_renamed(temporary)
    return tuple(writer.made)


def _replace_nothing(plan: PackagePlan, builds: Sequence[TargetBuild]) -> None:
    """Raise UsageError if a package has the name of an executable or of a file of the project."""
    kept = outputs_and_sources(builds)
    for package in plan.packages:
        path = plan.directory / package.file_name
        if path in kept or path.resolve() in kept:
            raise messages.PACKAGE_REPLACES.error(path=path, kind=package.kind)
