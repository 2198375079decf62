"""Apply what was chosen for a target to its project: excluded files, added files, resolutions."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from sealift.addons.installed_packages import below, join
from sealift.model import Project, ProjectFile, ProjectSymlink, Reason, ReasonKind, Resolution, Role
from sealift.project import (
    Disclosure,
    FileSystem,
    PackageFilter,
    PathKind,
    declared_module,
    is_script,
    keep_all,
    load_package,
    may_have_module_syntax,
    package_name_of,
    role_of_data,
    walk_tree,
)
from sealift.record import replace
from sealift.tools.input_files import open_real


class Addition(Struct, frozen=True):
    """Files of a fetched package.

    Attributes:
        directory: their directory in the cache.
        location: location to which they are added.
        package: ``name@version``.
        parent: location of the package.json that depends on the package.
        name: key of that dependency.
        is_package: they are a package; False for files that are added to an installed package.
    """

    directory: Path
    location: str
    package: str
    parent: str
    name: str
    is_package: bool = True


class Change(Struct, frozen=True):
    """How one target's project differs from the one that was read.

    Attributes:
        excluded: locations of files, and of directories with everything in them.
        added: what is added.
        excluded_additions: locations of added files and directories that are excluded again.
    """

    excluded: frozenset[str] = frozenset()
    added: tuple[Addition, ...] = ()
    excluded_additions: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.excluded or self.added)


def files_of(addition: Addition, disclosure: Disclosure) -> list[ProjectFile]:
    """Return the files of a fetched package that are packaged, as if it were installed."""
    top = os.path.realpath(addition.directory)
    filesystem = FileSystem()
    package = load_package(top)
    data = package.data if package is not None else {}
    types = data.get("types") or data.get("typings")
    selection = PackageFilter(filesystem, top, types if isinstance(types, str) else "")
    keep = selection.keep if addition.is_package else keep_all
    public = disclosure.allows_package(data)
    files = []
    for item in walk_tree(filesystem, top, keep):
        if item.kind is not PathKind.FILE or item.is_link:
            continue
        source = Path(item.path)
        status = source.stat()
        scope = _scope(source, Path(top)) if is_script(item.path, as_module=False) else None
        files.append(
            ProjectFile(
                source=source,
                location=f"{addition.location}/{source.relative_to(top).as_posix()}",
                role=_role(source, scope),
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                mode=0o755 if status.st_mode & stat.S_IXUSR else 0o644,  # as npm installs it
                reason=Reason(ReasonKind.DEPENDENCY, addition.parent, 0, addition.name),
                package=addition.package,
                public=public,
            )
        )
    return files


def apply_change(project: Project, change: Change, added: Iterable[ProjectFile]) -> Project:
    """Return the project with a change.

    Args:
        project: as it was read.
        change: the change.
        added: the files of ``change.added``.
    """
    gone = {file.location for file in below(project.files, change.excluded)} | change.excluded
    files = {file.location: file for file in project.files if file.location not in gone}
    files.update(
        (file.location, file)
        for file in added
        if not _is_below(file.location, change.excluded_additions)
    )
    names = {addition.name for addition in change.added if addition.is_package}
    touched = tuple(f"{addition.location}/" for addition in change.added if not addition.is_package)
    kept = sorted(
        (_with_valid_resolutions(file, files, names, touched) for file in files.values()),
        key=lambda file: file.location,
    )
    symlinks = (link for link in project.symlinks if not _dangles(link, change.excluded))
    directories = {d for d in project.directories if not _is_below(d, change.excluded)}
    return replace(
        project,
        files=tuple(kept),
        symlinks=tuple(symlinks),
        directories=tuple(sorted(directories)),
        whole_packages=tuple(
            whole
            for whole in project.whole_packages
            if not _is_below(whole.location, change.excluded)
        ),
    )


def _with_valid_resolutions(
    file: ProjectFile, files: dict[str, ProjectFile], names: set[str], touched: tuple[str, ...]
) -> ProjectFile:
    """Drop the resolutions that may differ now; the runtime resolves them by searching."""
    inside = file.location.startswith(touched) if touched else False
    kept = tuple(one for one in file.resolutions if _still_holds(one, files, names, inside))
    return file if len(kept) == len(file.resolutions) else replace(file, resolutions=kept)


def _still_holds(
    resolution: Resolution, files: dict[str, ProjectFile], names: set[str], inside: bool
) -> bool:
    if resolution.target is not None and resolution.target not in files:
        return False
    if package_name_of(resolution.specifier) in names:
        return False
    return resolution.target is not None or not inside


def _dangles(link: ProjectSymlink, excluded: frozenset[str]) -> bool:
    target = join(link.location.rpartition("/")[0], link.target)
    return _is_below(target, excluded) or _is_below(link.location, excluded)


def _is_below(location: str, directories: frozenset[str]) -> bool:
    while location:
        if location in directories:
            return True
        location = location.rpartition("/")[0]
    return False


def _scope(source: Path, top: Path) -> Any:
    for directory in source.parents:
        package = load_package(os.fspath(directory))
        if package is not None or directory == top:
            return package
    return None


def _role(source: Path, scope: Any) -> Role:
    path = os.fspath(source)
    if not is_script(path, as_module=False):
        return role_of_data(path)
    module = declared_module(path, scope)
    if module is None:
        with open_real(source) as stream:
            module = may_have_module_syntax(stream.readall())
    return Role.MODULE if module else Role.COMMONJS
