"""Whether a program can run without the addon of a package.

Many packages try to load an addon and go on without it (``bufferutil`` in ``ws``, ``cpu-features``
in ``ssh2``). Their code shows it: every request for the package, or for the module that loads its
addon, is in a ``try``. So do package.json files: only ``optionalDependencies`` and optional
``peerDependencies`` name the package.
"""

from __future__ import annotations

from collections.abc import Iterator

from sealift.addons.installed_packages import InstalledPackage, InstalledPackages
from sealift.addons.native_signs import LOADERS, ignores_failed_install
from sealift.model import Project, ProjectFile, Resolution, ResolutionKind, Role
from sealift.project import find_references
from sealift.tools.input_files import NotRegularError, read_regular

# Scripts of a package that loads its own addon.
_MOST_BYTES = 1 << 20
# Scripts that request a package: bundles of whole programs too, a few seconds for the largest.
_MOST_REQUESTING_BYTES = 64 << 20


class Optionality:
    """Answers for one project. Scripts are scanned again only when an addon is missing."""

    def __init__(self, project: Project, packages: InstalledPackages) -> None:
        self._project = project
        self._packages = packages
        self._guarded: dict[str, dict[tuple[ResolutionKind, str], bool]] = {}
        self._in_question: set[str] = set()

    def is_optional(
        self, package: InstalledPackage, *, has_platform_packages: bool = False
    ) -> bool:
        """Return True if the program goes on without the addon of a package.

        Args:
            package: the package that has none for the target.
            has_platform_packages: its addons are in platform packages. It tries to load each of
                them, and throws later if none is there; so a ``try`` of its own means nothing.
        """
        if not has_platform_packages and self._guards_itself(package):
            return True
        self._in_question.add(package.location)
        try:
            return self._is_optional_for_all(package)
        finally:
            self._in_question.discard(package.location)

    def is_guarded(self, file: ProjectFile, resolution: Resolution) -> bool:
        """Return True if a script handles the failure of a specifier."""
        return self._requests(file).get((resolution.kind, resolution.specifier), False)

    def _guards_itself(self, package: InstalledPackage) -> bool:
        """Return True if every request for the addon, or for the module that loads it, is guarded.

        A script that tries several files tries those of several platforms, or several places of
        one file, and may throw at last; unless installing the package succeeds without any of them.
        """
        found = False
        several = ignores_failed_install(package)
        for file in self._scripts(package):
            addons = {(r.kind, r.specifier) for r in file.resolutions if _is_addon(r.target or "")}
            guards = [
                guarded
                for request, guarded in self._requests(file).items()
                if request in addons or request[1] in LOADERS or _is_addon(request[1])
            ]
            if not all(guards) or (len(guards) > 1 and not several):
                return False
            found = found or bool(guards)
        return found

    def _is_optional_for_all(self, package: InstalledPackage) -> bool:
        head = f"{package.location}/"
        guards = [
            self.is_guarded(file, resolution)
            or self._is_optional_owner(self._packages.owner(file.location))
            for file in self._project.files
            if not file.location.startswith(head)
            for resolution in file.resolutions
            if resolution.target is not None and resolution.target.startswith(head)
        ]
        if guards:
            return all(guards)
        dependents = list(self._dependents(package))
        return bool(dependents) and all(
            optional or self._is_optional_owner(dependent) for dependent, optional in dependents
        )

    def _is_optional_owner(self, package: InstalledPackage | None) -> bool:
        if package is None or not package.name or package.location in self._in_question:
            return False
        if package.location.rpartition("/")[0] == "" or "node_modules/" not in package.location:
            return False  # the project itself
        return self.is_optional(package)

    def _dependents(self, package: InstalledPackage) -> Iterator[tuple[InstalledPackage, bool]]:
        """Yield the packages that depend on it, and whether the dependency is optional."""
        for dependent in self._packages:
            hard = dependent.dependencies("dependencies", "devDependencies")
            soft = dependent.dependencies("optionalDependencies")
            peers = dependent.dependencies("peerDependencies")
            if package.name not in hard | soft | peers:
                continue
            if self._packages.find(package.name, dependent.location) is not package:
                continue
            meta = dependent.data.get("peerDependenciesMeta")
            about = meta.get(package.name) if isinstance(meta, dict) else None
            optional_peer = isinstance(about, dict) and bool(about.get("optional"))
            needed = package.name in hard or (package.name in peers and not optional_peer)
            yield dependent, package.name in soft or not needed

    def _scripts(self, package: InstalledPackage) -> Iterator[ProjectFile]:
        head = f"{package.location}/"
        nested = f"{head}node_modules/"
        for file in self._project.files:
            if file.role not in (Role.COMMONJS, Role.MODULE) or file.size > _MOST_BYTES:
                continue
            if file.location.startswith(head) and not file.location.startswith(nested):
                yield file

    def _requests(self, file: ProjectFile) -> dict[tuple[ResolutionKind, str], bool]:
        """Return the specifiers of a script, and whether it handles the failure of each."""
        found = self._guarded.get(file.location)
        if found is None:
            found = {}
            try:
                source = read_regular(file.content, _MOST_REQUESTING_BYTES)
            except (OSError, NotRegularError):
                return {}
            findings = find_references(source, module=file.role == Role.MODULE)
            for request in findings.modules:
                key = (request.kind.resolution_kind, request.specifier)
                guarded = request.guarded or request.optional
                found[key] = found.get(key, True) and guarded
            self._guarded[file.location] = found
        return found


def _is_addon(name: str) -> bool:
    return name.endswith(".node")
