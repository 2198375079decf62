"""The stages that keep a build to its lock, and what `sealift update` writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sealift.addons import fetched_packages
from sealift.findings import Severity
from sealift.lock import messages
from sealift.lock.lock_file import LOCK_NAME, read_lock, write_lock_file
from sealift.options import BuildOptions, NodeOptions
from sealift.record import replace
from sealift.target_build import LockedTarget, TargetBuild
from sealift.version import VERSION


def apply(builds: Sequence[TargetBuild], root: Path, frozen: bool) -> tuple[TargetBuild, ...]:
    """Return the records with what the lock of the project at ``root`` has for them.

    Args:
        builds: the targets.
        root: of the project.
        frozen: a target that is not in the lock is an error.

    Raises:
        ProjectError: ``lock-unreadable`` or ``lock-mismatch``.
        UsageError: ``lock-missing``.
    """
    lock = read_lock(root)
    if lock is None:
        if frozen:
            raise messages.MISSING.error(path=root / LOCK_NAME)
        return tuple(builds)
    locked = []
    for build in builds:
        entry = lock.targets.get(str(build.target))
        if entry is None:
            if frozen:
                raise messages.TARGET_MISSING.error(path=lock.path, target=build.target)
            note = messages.TARGET_UNLOCKED.finding(Severity.NOTE, path=lock.path.name)
            locked.append(build.with_findings([note]))
            continue
        if not build.target.node.matches(entry.version):
            reason = f"{build.target} cannot have Node {entry.version}"
            raise messages.UNREADABLE.error(path=lock.path, reason=reason)
        build = replace(build, locked=entry)
        if frozen and lock.sealift != VERSION:
            other = messages.OTHER_SEALIFT.finding(
                Severity.WARNING, locked=lock.sealift, version=VERSION
            )
            build = build.with_findings([other])
        locked.append(build)
    return tuple(locked)


def check(builds: Sequence[TargetBuild], options: BuildOptions) -> tuple[TargetBuild, ...]:
    """Return the records, with findings about what differs from the lock.

    A Node binary with another digest, and a package with another integrity, is always an error.

    Args:
        builds: with Node binaries, musl, and projects with the addons of the targets.
        options: the cache; and whether all differences are errors (``frozen``).

    Raises:
        ProjectError: ``lock-mismatch``.
    """
    return tuple(
        build if build.locked is None else _checked(build, build.locked, options)
        for build in builds
    )


def write_lock(root: Path, builds: Sequence[TargetBuild], options: NodeOptions) -> Path:
    """Write what the records have to the project's lock, and return its path.

    Targets that the lock lists and that are not among the records stay as they are.

    Args:
        root: of the project.
        builds: as for `check`.
        options: the cache.

    Raises:
        ProjectError: ``lock-unreadable``.
        OutputError: ``lock-unwritable``.
    """
    lock = read_lock(root)
    targets = dict(lock.targets) if lock is not None else {}
    targets |= {str(build.target): _locked(build, options) for build in builds}
    path = root / LOCK_NAME
    write_lock_file(path, VERSION, targets)
    return path


def _locked(build: TargetBuild, options: NodeOptions) -> LockedTarget:
    return LockedTarget(
        version=build.node.version,
        provider=build.node.provider,
        sha256=build.node.sha256,
        musl=build.musl.sha256 if build.musl is not None else "",
        libraries=_libraries(build),
        addons=fetched_packages(build.project, options),
    )


def _libraries(build: TargetBuild) -> dict[str, str]:
    """Return the digests of the libraries that are merged with Node."""
    if build.musl is None:
        return {}
    return {library.name: library.sha256 for library in build.node.libraries}


def _checked(build: TargetBuild, locked: LockedTarget, options: BuildOptions) -> TargetBuild:
    now = _locked(build, options.node)
    for fact, found, wanted in (
        ("its release is", str(now.version), str(locked.version)),
        ("its SHA-256 is", now.sha256, locked.sha256),
    ):
        if found != wanted:
            raise messages.NODE_DIFFERS.error(
                target=build.target, fact=fact, found=found, locked=wanted
            )
    for package, integrity in now.addons.items():
        wanted = locked.addons.get(package, integrity)
        if wanted != integrity:
            raise messages.ADDON_DIFFERS.error(
                package=package, target=build.target, found=integrity, locked=wanted
            )
    if now.addons.keys() != locked.addons.keys():
        difference = "; ".join(_differences(now.addons, locked.addons))
        if options.frozen:
            raise messages.ADDONS_DIFFER.error(target=build.target, difference=difference)
        note = messages.ADDONS_UNLOCKED.finding(Severity.NOTE, difference=difference)
        build = build.with_findings([note])
    if names := sorted(_different_parts(now, locked)):
        if options.frozen:
            raise messages.MUSL_DIFFERS.error(target=build.target, names=", ".join(names))
        note = messages.MUSL_UNLOCKED.finding(Severity.NOTE, names=", ".join(names))
        build = build.with_findings([note])
    return build


def _differences(now: Iterable[str], locked: Iterable[str]) -> Iterator[str]:
    added, removed = sorted(set(now) - set(locked)), sorted(set(locked) - set(now))
    if added:
        yield f"{', '.join(added)} not in the lock"
    if removed:
        yield f"{', '.join(removed)} in the lock only"


def _different_parts(now: LockedTarget, locked: LockedTarget) -> Iterator[str]:
    if now.musl != locked.musl:
        yield "musl"
    yield from _different_keys(now.libraries, locked.libraries)


def _different_keys(now: Mapping[str, str], locked: Mapping[str, str]) -> Iterator[str]:
    for name in now.keys() | locked.keys():
        if now.get(name) != locked.get(name):
            yield name
