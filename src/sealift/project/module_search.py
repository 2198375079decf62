"""Node's two algorithms that search for a module: of ``require`` and of ``import``.

Source: Node's documentation ("All together" in modules, "Resolution and loading algorithm" in
ECMAScript modules), ``lib/internal/modules/cjs/loader.js`` and
``lib/internal/modules/esm/resolve.js`` of Node 22, 24 and 26. Symbolic links are always followed
(no ``--preserve-symlinks``). The global folders (``NODE_PATH``, ``~/.node_modules``) are not
searched, because an executable does not have them.
"""

from __future__ import annotations

import os
from collections.abc import Container
from urllib.parse import unquote

from msgspec import Struct

from sealift.project.builtin_modules import is_builtin
from sealift.project.filesystem import FileSystem, Symlink
from sealift.project.package_exports import (
    ResolutionError,
    file_of_url_path,
    resolve_exports,
    resolve_imports,
)
from sealift.project.package_json import Package, Packages
from sealift.project.specifiers import PACKAGE_NAME, SCHEME, is_relative, module_directories

_EXTENSIONS = (".js", ".json", ".node")
_LEGACY_MAIN_TAILS = ("", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node")


class Resolved(Struct, frozen=True):
    """What a specifier resolves to.

    Attributes:
        path: real path of the file; "" for a built-in module.
        symlinks: the symbolic links that were followed.
        packages: the package.json files that were consulted.
    """

    path: str
    symlinks: tuple[Symlink, ...] = ()
    packages: tuple[Package, ...] = ()


class Search:
    """One resolution; records the package.json files that it consults.

    Its methods return a path, or "" for a built-in module.
    """

    __slots__ = ("_conditions", "_consulted", "_filesystem", "_packages")

    def __init__(
        self, filesystem: FileSystem, packages: Packages, conditions: Container[str]
    ) -> None:
        self._filesystem = filesystem
        self._packages = packages
        self._conditions = conditions
        self._consulted: list[Package] = []

    def finish(self, path: str) -> Resolved:
        """Return the real file at a path that was found."""
        try:
            found = self._filesystem.real_path(path)
        except OSError as error:
            raise ResolutionError(
                "ELOOP", f"symbolic links of {path} lead to themselves"
            ) from error
        return Resolved(found.real, found.symlinks, tuple(self._consulted))

    def _package_at(self, directory: str) -> Package | None:
        return self._noted(self._packages.at(directory))

    def _scope_of(self, directory: str) -> Package | None:
        return self._noted(self._packages.nearest(directory))

    def _noted(self, package: Package | None) -> Package | None:
        if package is None:
            return None
        if package.problem:
            raise ResolutionError(
                "ERR_INVALID_PACKAGE_CONFIG", f"{package.path}: {package.problem}"
            )
        if all(package is not consulted for consulted in self._consulted):
            self._consulted.append(package)
        return package

    # require

    def require(self, specifier: str, directory: str) -> str:
        """Return what ``require`` finds from ``directory``."""
        if specifier == "":
            raise ResolutionError("ERR_INVALID_ARG_VALUE", "the specifier is empty")
        if specifier.startswith("node:"):
            return self._builtin(specifier)
        if is_builtin(specifier):
            return ""
        if specifier.startswith("#"):
            scope = self._scope_of(directory)
            if scope is not None and scope.imports is not None:
                found = self._imports(scope, specifier)
                if found == "":  # Node's CommonJS loader does not map "#x" to a built-in module
                    raise ResolutionError(
                        "ERR_INVALID_URLSCHEME", f"'{specifier}' is a built-in module"
                    )
                return found
        path: str | None
        if os.path.isabs(specifier):
            path = self._path(specifier, specifier)
        elif is_relative(specifier):
            path = self._path(os.path.join(directory, specifier), specifier)
        else:
            path = self._self(specifier, directory) or self._installed(specifier, directory)
        if path is None:
            raise ResolutionError("MODULE_NOT_FOUND", f"Cannot find module '{specifier}'")
        return path

    def _builtin(self, specifier: str) -> str:
        if is_builtin(specifier):
            return ""
        raise ResolutionError("ERR_UNKNOWN_BUILTIN_MODULE", f"No such built-in module: {specifier}")

    def _installed(self, specifier: str, directory: str) -> str | None:
        match = PACKAGE_NAME.fullmatch(specifier)
        for modules in module_directories(directory):
            if not self._filesystem.is_directory(modules):
                continue
            if match is not None:
                package = self._package_at(os.path.join(modules, match[1]))
                if package is not None and package.exports is not None:
                    return self._exported(package, match[2])
            found = self._path(os.path.join(modules, specifier), specifier)
            if found is not None:
                return found
        return None

    def _self(self, specifier: str, directory: str) -> str | None:
        """A package with ``exports`` can refer to itself by its own name."""
        scope = self._scope_of(directory)
        if scope is None or scope.exports is None or not scope.name:
            return None
        if specifier == scope.name:
            return self._exported(scope, None)
        if specifier.startswith(scope.name + "/"):
            return self._exported(scope, specifier[len(scope.name) :])
        return None

    def _exported(self, package: Package, rest: str | None) -> str:
        path = resolve_exports(package, "." + (rest or ""), self._conditions)
        return self._existing(path)

    def _existing(self, path: str) -> str:
        if path.endswith(os.sep) or not self._filesystem.is_file(path):
            if self._filesystem.is_directory(path.rstrip(os.sep)):
                raise ResolutionError("ERR_UNSUPPORTED_DIR_IMPORT", f"'{path}' is a directory")
            raise ResolutionError("MODULE_NOT_FOUND", f"Cannot find module '{path}'")
        return path

    def _imports(self, scope: Package, specifier: str) -> str:
        if specifier == "#":
            raise ResolutionError("ERR_INVALID_MODULE_SPECIFIER", f"'{specifier}' is not valid")
        found = resolve_imports(scope, specifier, self._conditions, self._package)
        return self._existing(found) if found else ""

    def _path(self, path: str, specifier: str) -> str | None:
        """LOAD_AS_FILE and LOAD_AS_DIRECTORY."""
        only_directory = specifier.endswith(("/", "/.", "/..")) or specifier in (".", "..")
        path = os.path.normpath(path)
        if not only_directory:
            found = path if self._filesystem.is_file(path) else self._with_extension(path)
            if found is not None:
                return found
        if not self._filesystem.is_directory(path):
            return None
        return self._directory(path)

    def _with_extension(self, path: str) -> str | None:
        for extension in _EXTENSIONS:
            if self._filesystem.is_file(path + extension):
                return path + extension
        return None

    def _directory(self, path: str) -> str | None:
        index = os.path.join(path, "index")
        package = self._package_at(path)
        if package is None or not package.main:
            return self._with_extension(index)
        main = os.path.normpath(os.path.join(path, package.main))
        if self._filesystem.is_file(main):
            return main
        found = (
            self._with_extension(main)
            or self._with_extension(os.path.join(main, "index"))
            or self._with_extension(index)
        )
        if found is None:
            raise ResolutionError(
                "MODULE_NOT_FOUND", f"Cannot find '{main}', the \"main\" of {package.path}"
            )
        return found

    # import

    def import_(self, specifier: str, directory: str) -> str:
        """Return what ``import`` finds from ``directory``."""
        if is_relative(specifier) or specifier.startswith("/"):
            return self._url_file(file_of_url_path(directory, specifier))
        if specifier.startswith("#"):
            scope = self._scope_of(directory)
            if scope is None:
                raise ResolutionError(
                    "ERR_PACKAGE_IMPORT_NOT_DEFINED", f"'{specifier}' is not defined"
                )
            return self._imports(scope, specifier)
        if match := SCHEME.match(specifier):
            return self._url(match[1].lower(), specifier, directory)
        return self._url_file(self._package(specifier, directory))

    def _url(self, scheme: str, specifier: str, directory: str) -> str:
        if scheme == "node":
            return self._builtin(specifier)
        if scheme == "file":
            rest = specifier[5:]
            path = rest[2:] if rest.startswith("//") else rest
            path = path.removeprefix("localhost")
            if os.sep == "\\":
                path = path.lstrip("/")
            return self._url_file(file_of_url_path(directory, path))
        if scheme == "data":
            return ""
        raise ResolutionError(
            "ERR_UNSUPPORTED_ESM_URLSCHEME", f"'{specifier}' has a scheme that Node does not load"
        )

    def _url_file(self, path: str) -> str:
        if path == "":
            return ""
        if self._filesystem.is_directory(path.rstrip(os.sep) or os.sep):
            raise ResolutionError(
                "ERR_UNSUPPORTED_DIR_IMPORT", f"Directory import '{path}' is not supported"
            )
        if path.endswith(os.sep) or not self._filesystem.is_file(path):
            raise ResolutionError("ERR_MODULE_NOT_FOUND", f"Cannot find module '{path}'")
        return path

    def _package(self, specifier: str, directory: str) -> str:
        """PACKAGE_RESOLVE."""
        if is_builtin(specifier):
            return ""
        match = PACKAGE_NAME.fullmatch(specifier)
        if match is None:
            raise ResolutionError(
                "ERR_INVALID_MODULE_SPECIFIER", f"'{specifier}' is not a valid package name"
            )
        name, rest = match[1], match[2]
        scope = self._scope_of(directory)
        if scope is not None and scope.exports is not None and scope.name == name:
            return resolve_exports(scope, "." + (rest or ""), self._conditions)
        for modules in module_directories(directory):
            place = os.path.join(modules, name)
            if not self._filesystem.is_directory(place):
                continue
            package = self._package_at(place)
            if package is not None and package.exports is not None:
                return resolve_exports(package, "." + (rest or ""), self._conditions)
            if rest is None:
                return self._legacy_main(place, package)
            return file_of_url_path(place, "." + rest)
        raise ResolutionError("ERR_MODULE_NOT_FOUND", f"Cannot find package '{name}'")

    def _legacy_main(self, place: str, package: Package | None) -> str:
        if package is not None and package.main:
            main = unquote(package.main, errors="surrogateescape")
            for tail in _LEGACY_MAIN_TAILS:
                candidate = os.path.normpath(os.path.join(place, main + tail))
                if self._filesystem.is_file(candidate):
                    return candidate
        for extension in _EXTENSIONS:
            candidate = os.path.join(place, "index" + extension)
            if self._filesystem.is_file(candidate):
                return candidate
        raise ResolutionError("ERR_MODULE_NOT_FOUND", f"Cannot find the main file of '{place}'")
