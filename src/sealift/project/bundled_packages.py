"""What bundlers in the program take of packages: other files than Node does.

A site generator has client code as files, and a bundler (vite, webpack, esbuild) that makes one
script of it. The bundler finds packages by conditions that Node does not know (``module``,
``browser``), and by the fields ``module`` and ``browser``. That concerns the packages that such
client code imports: the ES modules that nothing loads, of the project or of a package that depends
on a bundler; and in turn what the files found so import. It also concerns the packages that
browserify and others name by ``require.resolve`` in place of Node's modules.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project.boundary import Asker
from sealift.project.needs import Need
from sealift.project.package_exports import ResolutionError, resolve_exports
from sealift.project.package_json import Package
from sealift.project.specifiers import package_name_of
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace

_BUNDLERS = frozenset((
    "@farmfe/core", "@parcel/core", "@rollup/plugin-node-resolve", "@rspack/core", "esbuild",
    "metro", "parcel", "rolldown", "rolldown-vite", "vite", "webpack",
))  # fmt: skip
_REPLACERS = frozenset(("browserify", "node-libs-browser", "node-stdlib-browser"))
"""They have packages for browsers in place of Node's modules, and name files of them."""

_IMPORT = frozenset((ResolutionKind.IMPORT,))
_ANY = frozenset(ResolutionKind)
_CONDITIONS = tuple(
    frozenset(("import", "module", "browser", mode)) for mode in ("development", "production")
)
_FIELDS = ("module", "browser", "jsnext:main")


def add_bundled(trace: Trace, carry_out: Callable[[], None]) -> None:
    """Package what bundlers in the program take for its client code.

    ``carry_out`` does what is to be done in the trace; it is called first and after each step.
    """
    carry_out()
    if not any(
        file.owner.name in _BUNDLERS | _REPLACERS and file.need is not Need.INCLUDED
        for file in trace.files.values()
    ):
        return
    seen, imported, replacing = set[str](), set[str](), set[str]()
    before = -1
    while len(trace.files) > before:
        before = len(trace.files)
        for file in list(trace.files.values()):
            if file.path in seen or not file.script:
                continue
            if _names_replacements(file, replacing):
                kinds, found = _ANY, replacing
            elif _is_client_code(file, imported):
                kinds, found = _IMPORT, imported
            else:
                continue
            seen.add(file.path)
            for kind, specifier in list(file.resolutions):
                if kind in kinds and package_name_of(specifier):
                    _add_imported(trace, file, specifier, found, knows_exports=found is imported)
        carry_out()


def _names_replacements(file: TracedFile, found: set[str]) -> bool:
    names_some = file.owner.name in _REPLACERS and file.need is not Need.INCLUDED
    return names_some or file.owner.directory in found


def _is_client_code(file: TracedFile, found: set[str]) -> bool:
    if file.need is not Need.INCLUDED:
        return False
    uses = file.owner.names("dependencies", "optionalDependencies", "peerDependencies")
    bundles = file.owner.is_app or not _BUNDLERS.isdisjoint(uses)
    return bundles or file.owner.directory in found


def _add_imported(
    trace: Trace, file: TracedFile, specifier: str, packages: set[str], *, knows_exports: bool
) -> None:
    name, folder = package_name_of(specifier), os.path.dirname(file.path)
    place = trace.resolver.package_directory(name, folder)
    found = trace.real_path(place, Need.INCLUDED) if place is not None else None
    package = trace.packages.at(found.real) if found is not None else None
    if package is None or package.problem:
        return
    packages.add(package.directory)
    reason = Reason(ReasonKind.IMPORT, file.path, 0, specifier)
    asker = Asker(file.owner, folder, name)
    rest = specifier.removeprefix(name)
    paths = list(_targets(package, "." + rest))
    if not knows_exports:
        with contextlib.suppress(ResolutionError):  # an absolute path leads past `exports`
            beyond = trace.resolver.resolve(
                ResolutionKind.REQUIRE, package.directory + rest, folder
            )
            paths.append(beyond.path)
    for path in paths:
        if trace.filesystem.is_file(path):
            trace.add_path(path, reason, Need.INCLUDED, as_module=True, asker=asker)


def _targets(package: Package, subpath: str) -> Iterator[str]:
    """Yield the paths that bundlers may take for an import of a package."""
    if package.exports is not None:
        for conditions in _CONDITIONS:
            try:
                yield resolve_exports(package, subpath, conditions)
            except ResolutionError:
                continue
    elif subpath == ".":
        for field in _FIELDS:
            if isinstance(target := package.data.get(field), str):
                yield os.path.normpath(os.path.join(package.directory, target))
    if isinstance(replaced := package.data.get("browser"), dict):
        for target in replaced.values():
            if isinstance(target, str) and target.startswith("./"):
                yield os.path.normpath(os.path.join(package.directory, target))
