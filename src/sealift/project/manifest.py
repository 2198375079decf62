"""What is to be packaged: the entry point, the project around it, and its settings.

Source: the reference's entry rules, with these decisions:

- a script's project is the nearest directory upwards that has a package.json (as for Node), and
  that package.json's ``pkg`` settings and dependencies count for it too;
- ``bin`` and ``main`` are looked up as Node would (``cli`` finds ``cli.js``); without ``bin`` the
  ``main`` is used, then ``index.js``;
- package.json's ``files`` is taken along unless ``pkg.scripts`` or ``pkg.assets`` say what is
  wanted (in the reference any ``pkg`` object disables it, even one with only ``targets``).
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path

from sealift.errors import ProjectError, UsageError
from sealift.findings import Finding, Severity
from sealift.model import ResolutionKind
from sealift.options import BuildOptions
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_exports import ResolutionError
from sealift.project.package_json import MANIFEST_NAME, Package, Packages
from sealift.project.resolve import Resolver
from sealift.project.settings import (
    ConfigFile,
    Settings,
    find_config,
    is_config_name,
    object_setting,
    read_config,
    read_settings,
)

_TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx", ".jsx")
_NOT_SCRIPTS = (".json", ".node", ".wasm", ".html", ".css")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A project as opened: all that is known before its files are walked.

    Attributes:
        root: the project's directory.
        entry: the script to start with; like ``root`` with symbolic links resolved.
        name, version: from package.json, "" if it does not say.
        base_name: name of the executable, without a target's suffix or ``.exe``.
        settings: the ``pkg`` settings; targets are raw target texts.
        package: the project's package.json, or None.
        findings: what the user should know about the settings.
    """

    root: Path
    entry: Path
    name: str
    version: str
    base_name: str
    settings: Settings = field(default_factory=Settings)
    package: Package | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """``pkg.targets`` as they were written."""
        return self.settings.targets

    @property
    def output_path(self) -> Path | None:
        """Directory that ``pkg.outputPath`` names, relative to the working directory."""
        return Path(self.settings.output_path) if self.settings.output_path else None


def open_manifest(options: BuildOptions) -> Manifest:
    """Find the entry point and the settings of what ``options.entry`` names.

    Raises UsageError for an entry, a ``bin`` or a configuration that cannot be used, and
    ProjectError for a package.json that is broken.
    """
    return _Opening(options).open()


def _shown(path: str) -> str:
    """A path as a user would type it."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


class _Opening:
    """One call of `open_manifest`."""

    def __init__(self, options: BuildOptions) -> None:
        self._options = options
        self._given = os.path.abspath(options.entry)
        self._filesystem = FileSystem()
        self._packages = Packages()
        self._findings: list[Finding] = []

    def open(self) -> Manifest:
        kind = self._filesystem.kind(self._given)
        if kind is PathKind.DIRECTORY:
            return self._open_project(os.path.realpath(self._given), None)
        self._check_file(self._given, kind)
        name = os.path.basename(self._given)
        if name == MANIFEST_NAME:
            return self._open_project(os.path.realpath(os.path.dirname(self._given)), None)
        if is_config_name(name):
            directory = os.path.realpath(os.path.dirname(self._given))
            return self._open_project(directory, read_config(self._given))
        return self._open_script()

    def _check_file(self, path: str, kind: PathKind) -> None:
        shown = _shown(path)
        if kind is PathKind.MISSING:
            directory, name = os.path.split(path)
            names = [entry.name for entry in self._filesystem.entries(directory)]
            near = difflib.get_close_matches(name, names, 1)
            hint = f"Did you mean {near[0]}?" if near else "Name a file or a project directory."
            raise UsageError("entry-missing", f"The entry {shown} does not exist.", hint)
        if kind is PathKind.LOOP:
            raise UsageError(
                "entry-loop",
                f"The entry {shown} is a symbolic link that leads to itself.",
                "Name the file that it should lead to.",
            )
        if kind is PathKind.SPECIAL:
            raise UsageError(
                "entry-special", f"The entry {shown} is not a regular file.", "Name a script."
            )
        if not os.access(path, os.R_OK):
            raise UsageError(
                "entry-unreadable",
                f"The entry {shown} cannot be read.",
                "Give yourself permission to read it.",
            )

    def _open_script(self) -> Manifest:
        self._check_script(self._given)
        entry = os.path.realpath(self._given)
        directory = os.path.dirname(entry)
        package = self._packages.nearest(directory)
        if package is not None:
            self._check_package(package)
        root = package.directory if package is not None else directory
        config = self._config_beside(directory) or self._config_beside(root)
        base_name = os.path.splitext(os.path.basename(self._given))[0]
        if config is not None and isinstance(config.fields.get("name"), str):
            base_name = _unscoped(config.fields["name"]) or base_name
        return self._manifest(root, entry, base_name, package, config)

    def _check_script(self, path: str) -> None:
        extension = os.path.splitext(path)[1].lower()
        if extension in _TYPESCRIPT:
            raise UsageError(
                "entry-typescript",
                f"The entry {_shown(path)} is not JavaScript.",
                "Compile it first (for example with tsc) and name the JavaScript file.",
            )
        if extension in _NOT_SCRIPTS:
            raise UsageError(
                "entry-not-script",
                f"The entry {_shown(path)} is not a script.",
                "Name a JavaScript file, a directory with a package.json, or a configuration file.",
            )

    def _open_project(self, directory: str, config: ConfigFile | None) -> Manifest:
        package = self._packages.at(directory)
        if package is not None:
            self._check_package(package)
        config = config or self._config_beside(directory)
        if package is None and (config is None or "bin" not in config.fields):
            raise UsageError(
                "package-missing",
                f"{_shown(directory)} has no package.json.",
                "Name a JavaScript file, or make a package.json with `bin` or `main`.",
            )
        entry = self._entry_of(directory, package, config)
        self._check_script(entry)
        fields = config.fields if config is not None else {}
        name = fields.get("name") if isinstance(fields.get("name"), str) else None
        name = name or (package.name if package is not None else "")
        base_name = _unscoped(name or "") or os.path.basename(directory) or "app"
        return self._manifest(directory, entry, base_name, package, config)

    def _check_package(self, package: Package) -> None:
        if package.problem:
            raise ProjectError(
                "package-json-broken",
                f"{_shown(package.path)} cannot be used: {package.problem}.",
                "Mend the file there.",
            )

    def _config_beside(self, directory: str) -> ConfigFile | None:
        if self._options.config is not None:
            return read_config(os.path.abspath(self._options.config))
        path = find_config(directory)
        return read_config(path) if path is not None else None

    def _entry_of(self, directory: str, package: Package | None, config: ConfigFile | None) -> str:
        where = package.path if package is not None else ""
        declared = package.data.get("bin") if package is not None else None
        if config is not None and "bin" in config.fields:
            where, declared = config.path, config.fields["bin"]
        if declared is not None:
            return self._bin(directory, declared, package, _shown(where))
        if self._options.bin_name:
            raise UsageError(
                "bin-missing", f"{_shown(where)} has no `bin`.", "Leave --bin out, or add `bin`."
            )
        main = package.main if package is not None else ""
        found = self._lookup(directory, "./" + main if main else "./")
        if found is None:
            raise UsageError(
                "bin-missing",
                f"{_shown(where)} has no `bin`, and its main file does not exist.",
                "Add `bin` with the script that the executable shall run.",
            )
        self._findings.append(
            Finding(
                Severity.NOTE,
                "main-as-entry",
                f"There is no `bin`; {_shown(found)} is packaged, the main file.",
                file=_shown(where),
            )
        )
        return found

    def _bin(self, directory: str, declared: object, package: Package | None, where: str) -> str:
        wanted = self._options.bin_name
        own_name = _scopeless(package.name) if package is not None else ""
        if isinstance(declared, str):
            declared = {own_name or "bin": declared}
        if not isinstance(declared, dict) or not all(
            isinstance(value, str) for value in declared.values()
        ):
            raise UsageError(
                "bin-type",
                f"`bin` must be a string or an object of strings ({where}).",
                'Write it as {"name": "script.js"}.',
            )
        if not declared:
            raise UsageError(
                "bin-missing",
                f"`bin` is empty ({where}).",
                "Add the script that the executable shall run.",
            )
        if wanted and wanted not in declared:
            raise UsageError(
                "bin-unknown",
                f"`bin` has no {wanted} ({where}).",
                f"It has: {', '.join(declared)}.",
            )
        # As the reference: the package's own name if it is there, else the first.
        name = wanted or (own_name if own_name in declared else next(iter(declared)))
        if len(declared) > 1 and not wanted:
            self._findings.append(
                Finding(
                    Severity.NOTE,
                    "bin-chosen",
                    f"Of {len(declared)} `bin` entries, {name} is packaged.",
                    "Choose another one with --bin.",
                    where,
                )
            )
        found = self._lookup(directory, "./" + declared[name])
        if found is None:
            raise UsageError(
                "bin-missing",
                f"The script {declared[name]} does not exist (`bin` of {where}).",
                "Build the project first, or correct `bin`.",
            )
        self._check_file(found, self._filesystem.kind(found))
        return found

    def _lookup(self, directory: str, specifier: str) -> str | None:
        """A file as ``require`` finds it."""
        try:
            return (
                Resolver(self._filesystem, self._packages)
                .resolve(ResolutionKind.REQUIRE, specifier, directory)
                .path
            )
        except ResolutionError:
            return None

    def _manifest(
        self,
        root: str,
        entry: str,
        base_name: str,
        package: Package | None,
        config: ConfigFile | None,
    ) -> Manifest:
        in_package = object_setting(package.data, "pkg", MANIFEST_NAME) if package else {}
        if config is None:
            settings, findings = read_settings(in_package, MANIFEST_NAME)
        else:
            settings, findings = read_settings(config.settings, os.path.basename(config.path))
            if in_package:
                self._findings.append(
                    Finding(
                        Severity.WARNING,
                        "two-configurations",
                        f"{_shown(config.path)} is used; the pkg field of package.json is not.",
                        "Keep one of the two.",
                        _shown(config.path),
                    )
                )
        return Manifest(
            root=Path(root),
            entry=Path(entry),
            name=package.name if package else "",
            version=package.version if package else "",
            base_name=base_name,
            settings=settings,
            package=package,
            findings=(*self._findings, *findings),
        )


def _scopeless(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _unscoped(name: str) -> str:
    """A package's name as a file name: scope and last extension stripped."""
    short = _scopeless(name)
    return os.path.splitext(short)[0] or short
