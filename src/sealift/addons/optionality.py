"""Can a program do without a package's addon?

Many packages try an addon and go on without it (``bufferutil`` in ``ws``, ``cpu-features`` in
``ssh2``). They are told by their code, where every request for the addon's loader or for the
package stands in a ``try``; or by package.json files, where nothing but ``optionalDependencies``
and optional ``peerDependencies`` ask for the package.
"""

from __future__ import annotations

from collections.abc import Iterator

from sealift.addons.installed import Installed, Packages
from sealift.model import Project, ProjectFile, Resolution, ResolutionKind, Role
from sealift.project import find_references

LOADERS = frozenset(
    {
        "@mapbox/node-pre-gyp",
        "bindings",
        "node-gyp-build",
        "node-gyp-build-optional-packages",
        "node-pre-gyp",
        "pkg-prebuilds",
        "require-addon",
    }
)
"""Packages that are given a directory and load the addon in it."""

_LARGEST = 1 << 20


class Needs:
    """Answers for one project; scripts are looked at again only when an addon is missing."""

    def __init__(self, project: Project, packages: Packages) -> None:
        self._project = project
        self._packages = packages
        self._guarded: dict[str, dict[tuple[ResolutionKind, str], bool]] = {}
        self._asked: set[str] = set()

    def dispensable(self, package: Installed, *, of_family: bool = False) -> bool:
        """Tell whether the program goes on if a package's addon is not there.

        Args:
            package: that has none for the target.
            of_family: its addons are packages of their own. Those are all tried, each for its
                machine, and what is thrown if none is there is thrown later.
        """
        if not of_family and self._guards_itself(package):
            return True
        self._asked.add(package.location)
        try:
            return self._all_can_do_without(package)
        finally:
            self._asked.discard(package.location)

    def is_guarded(self, file: ProjectFile, resolution: Resolution) -> bool:
        """Tell whether a script is prepared to miss what a specifier of its stands for."""
        return self._requests(file).get((resolution.kind, resolution.specifier), False)

    def _guards_itself(self, package: Installed) -> bool:
        """Whether the package's own requests for its loader or its addon are guarded.

        A script that tries several files has one for each machine, or places where the one may be.
        """
        found = False
        for file in self._scripts(package):
            guards = [
                guarded
                for (_, specifier), guarded in self._requests(file).items()
                if specifier in LOADERS or specifier.endswith(".node")
            ]
            if len(guards) > 1 or not all(guards):
                return False
            found = found or bool(guards)
        return found

    def _all_can_do_without(self, package: Installed) -> bool:
        head = f"{package.location}/"
        guards = [
            self.is_guarded(file, resolution)
            or self._is_dispensable(self._packages.owner(file.location))
            for file in self._project.files
            if not file.location.startswith(head)
            for resolution in file.resolutions
            if resolution.target is not None and resolution.target.startswith(head)
        ]
        if guards:
            return all(guards)
        askers = list(self._askers(package))
        return bool(askers) and all(
            optional or self._is_dispensable(asker) for asker, optional in askers
        )

    def _is_dispensable(self, package: Installed | None) -> bool:
        if package is None or not package.name or package.location in self._asked:
            return False
        if package.location.rpartition("/")[0] == "" or "node_modules/" not in package.location:
            return False  # the project itself
        return self.dispensable(package)

    def _askers(self, package: Installed) -> Iterator[tuple[Installed, bool]]:
        """The packages whose package.json asks for it, and whether they can do without it."""
        for asker in self._packages:
            hard = asker.requests("dependencies", "devDependencies")
            soft = asker.requests("optionalDependencies")
            peers = asker.requests("peerDependencies")
            if package.name not in hard | soft | peers:
                continue
            if self._packages.find(package.name, asker.location) is not package:
                continue
            meta = asker.data.get("peerDependenciesMeta")
            about = meta.get(package.name) if isinstance(meta, dict) else None
            optional_peer = isinstance(about, dict) and bool(about.get("optional"))
            needed = package.name in hard or (package.name in peers and not optional_peer)
            yield asker, package.name in soft or not needed

    def _scripts(self, package: Installed) -> Iterator[ProjectFile]:
        head = f"{package.location}/"
        nested = f"{head}node_modules/"
        for file in self._project.files:
            if file.role not in (Role.COMMONJS, Role.MODULE) or file.size > _LARGEST:
                continue
            if file.location.startswith(head) and not file.location.startswith(nested):
                yield file

    def _requests(self, file: ProjectFile) -> dict[tuple[ResolutionKind, str], bool]:
        """What a script asks for, and whether it is prepared to miss it."""
        found = self._guarded.get(file.location)
        if found is None:
            found = {}
            try:
                source = file.source.read_bytes()
            except OSError:
                return {}
            findings = find_references(source, module=file.role == Role.MODULE)
            for request in findings.modules:
                key = (request.kind.resolution_kind, request.specifier)
                guarded = request.guarded or request.optional
                found[key] = found.get(key, True) and guarded
            self._guarded[file.location] = found
        return found
