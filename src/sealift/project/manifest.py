"""The entry point, the project around it, and its settings.

Source: pkg's rules for entry points, with these decisions:

- A script's project is the nearest directory upwards with a package.json, as for Node. The ``pkg``
  settings and dependencies of that package.json apply to the script too. If that is the root of a
  workspace, the project is the script's directory (`project_extent.is_larger`).
- ``bin`` and ``main`` are looked up as Node does (``cli`` finds ``cli.js``). Without ``bin``,
  ``main`` is used, then ``index.js``.
- package.json's ``files`` are included unless ``pkg.scripts`` or ``pkg.assets`` name files. (In
  pkg any ``pkg`` object disables ``files``, even one with only ``targets``.)
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from sealift.errors import UsageError
from sealift.findings import Finding, Severity
from sealift.model import ResolutionKind
from sealift.options import BuildOptions
from sealift.project import entry_messages, messages
from sealift.project.diagnostics import printable, shortened
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_exports import ResolutionError
from sealift.project.package_json import MANIFEST_NAME, Package, Packages
from sealift.project.project_extent import is_larger, is_workspace_root
from sealift.project.resolve import Resolver
from sealift.project.runnable_output import framework_error, started_script, starting_program
from sealift.project.settings import (
    ConfigFile,
    ConfigLoader,
    Settings,
    check_texts,
    find_config,
    is_config_name,
    object_setting,
    read_config,
    read_hooks,
    read_settings,
)
from sealift.project.settings import messages as settings_messages

_JSX = (".tsx", ".jsx")
_BUILD_SCRIPTS = ("build", "compile", "prepare", "prepack", "prepublishOnly", "bundle", "dist")
"""Names of package.json's scripts that make build outputs, the usual ones first."""

_NOT_SCRIPTS = (".json", ".node", ".wasm", ".html", ".css")


class Manifest(Struct, frozen=True):
    """A project as opened: what is known before its files are traced.

    Attributes:
        root: the project's directory.
        entry: the entry point; like ``root``, with symbolic links resolved.
        name, version: from package.json, or "".
        base_name: name of the executable, without a target's suffix or ``.exe``.
        settings: the ``pkg`` settings, or the caller's options in their place; targets are texts
            that are not yet parsed.
        package: the project's package.json, or None.
        is_part: the package.json is that of a larger whole, and ``root`` the script's directory.
        findings: what the user should know about the settings.
        given: the ``pkg`` settings as they are written.
    """

    root: Path
    entry: Path
    name: str
    version: str
    base_name: str
    settings: Settings = field(default_factory=Settings)
    package: Package | None = None
    is_part: bool = False
    findings: tuple[Finding, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def targets(self) -> tuple[str, ...]:
        """``pkg.targets`` as written."""
        return self.settings.targets

    @property
    def output_path(self) -> Path | None:
        """The directory of ``pkg.outputPath``, relative to the working directory."""
        return Path(self.settings.output_path) if self.settings.output_path else None


def open_manifest(options: BuildOptions, load: ConfigLoader | None = None) -> Manifest:
    """Return the project that ``options.entry`` names: its entry point and settings.

    ``load`` runs a JavaScript configuration; its errors are raised too. Raise UsageError for an
    entry point, a ``bin`` or a configuration that cannot be used, and ProjectError for a broken
    package.json.
    """
    return _Opening(options, load).open()


def _shown(path: str) -> str:
    """A path as a user would type it."""
    relative = os.path.relpath(path)
    return printable(path if relative.startswith("..") else relative)


class _Opening:
    """One call of `open_manifest`."""

    def __init__(self, options: BuildOptions, load: ConfigLoader | None) -> None:
        self._options = options
        self._load = load
        self._given = os.path.abspath(options.entry)
        self._filesystem = FileSystem()
        self._packages = Packages(self._filesystem)
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
            return self._open_project(directory, read_config(self._given, self._load))
        return self._open_script()

    def _check_file(self, path: str, kind: PathKind) -> None:
        shown = _shown(path)
        if kind is PathKind.MISSING:
            directory, name = os.path.split(path)
            names = [entry.name for entry in self._filesystem.entries(directory)]
            near = difflib.get_close_matches(name, names, 1)
            suggestion = f", such as {printable(near[0])}" if near else ""
            raise messages.ENTRY_MISSING.error(path=shown, suggestion=suggestion)
        if kind is PathKind.LOOP:
            raise messages.ENTRY_LOOP.error(path=shown)
        if kind is PathKind.SPECIAL:
            raise messages.ENTRY_SPECIAL.error(path=shown)
        if not os.access(path, os.R_OK):
            raise messages.ENTRY_FORBIDDEN.error(path=shown)

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
            check_texts("name", config.fields["name"], _shown(config.path))
            base_name = _unscoped(config.fields["name"]) or base_name
        is_part = (
            package is not None and config is None and is_larger(package, entry, self._filesystem)
        )
        root = directory if is_part else root
        return self._manifest(root, entry, base_name, package, config, is_part=is_part)

    def _check_script(self, path: str) -> None:
        extension = os.path.splitext(path)[1].lower()
        if extension in _JSX:
            raise messages.ENTRY_JSX.error(path=_shown(path), extension=extension)
        if extension in _NOT_SCRIPTS:
            raise messages.ENTRY_NOT_SCRIPT.error(path=_shown(path))

    def _open_project(self, directory: str, config: ConfigFile | None) -> Manifest:
        package = self._packages.at(directory)
        if package is not None:
            self._check_package(package)
        config = config or self._config_beside(directory)
        if package is None and (config is None or "bin" not in config.fields):
            raise entry_messages.PACKAGE_MISSING.error(path=_shown(directory))
        entry = self._entry_of(directory, package, config)
        self._check_script(entry)
        fields = config.fields if config is not None else {}
        name = fields.get("name") if isinstance(fields.get("name"), str) else None
        check_texts("name", name, _shown(config.path) if config is not None else "")
        name = name or (package.name if package is not None else "")
        base_name = _unscoped(name or "") or os.path.basename(directory) or "app"
        return self._manifest(directory, entry, base_name, package, config)

    def _check_package(self, package: Package) -> None:
        path = _shown(package.path)
        if package.problem:
            raise entry_messages.PACKAGE_UNUSABLE.error(path=path, problem=package.problem)
        for key in ("name", "version", "main", "files"):
            check_texts(key, package.data.get(key), path)

    def _config_beside(self, directory: str) -> ConfigFile | None:
        if self._options.config is not None:
            return read_config(os.path.abspath(self._options.config), self._load)
        path = find_config(directory)
        return read_config(path, self._load) if path is not None else None

    def _entry_of(self, directory: str, package: Package | None, config: ConfigFile | None) -> str:
        where = package.path if package is not None else ""
        declared = package.data.get("bin") if package is not None else None
        if config is not None and "bin" in config.fields:
            where, declared = config.path, config.fields["bin"]
        if declared is not None:
            return self._bin(directory, declared, package, _shown(where))
        if self._options.bin_name:
            raise entry_messages.BIN_ABSENT.error(path=_shown(where))
        main = package.main if package is not None else ""
        found = self._lookup(directory, "./" + main if main else "./")
        if found is None:
            if main:
                _refuse_unbuilt(package, "main", main, _shown(where))
            raise self._main_missing(directory, package, _shown(where))
        self._findings.append(
            entry_messages.MAIN_AS_ENTRY.finding(
                Severity.NOTE, file=_shown(where), path=_shown(found)
            )
        )
        return found

    def _main_missing(self, directory: str, package: Package | None, path: str) -> UsageError:
        """Return the error for a package.json without an entry point, with the likely one."""
        fields = package.data if package is not None else {}
        if package is not None and is_workspace_root(package, self._filesystem):
            return entry_messages.WORKSPACE_ROOT.error(path=path)
        script = started_script(fields)
        if script and self._lookup(directory, f"./{script}") is not None:
            entry = os.path.normpath(os.path.join(os.path.dirname(path), script))
            return entry_messages.MAIN_IS_STARTED.error(
                path=path, script=printable(script), entry=printable(entry)
            )
        return framework_error(fields, path) or entry_messages.MAIN_MISSING.error(path=path)

    def _bin(self, directory: str, declared: object, package: Package | None, where: str) -> str:
        chosen = self._options.bin_name
        own_name = _scopeless(package.name) if package is not None else ""
        if isinstance(declared, str):
            declared = {own_name or "bin": declared}
        if not isinstance(declared, dict) or not all(
            isinstance(value, str) for value in declared.values()
        ):
            raise entry_messages.BIN_TYPE.error(path=where)
        check_texts("bin", [*declared, *declared.values()], where)
        if not declared:
            raise entry_messages.BIN_EMPTY.error(path=where)
        if chosen and chosen not in declared:
            names = ", ".join(declared)
            raise entry_messages.BIN_UNKNOWN.error(path=where, name=printable(chosen), names=names)
        # As in pkg: the entry with the package's own name, else the first.
        name = chosen or (own_name if own_name in declared else next(iter(declared)))
        if len(declared) > 1 and not chosen:
            self._findings.append(
                entry_messages.BIN_CHOSEN.finding(
                    Severity.NOTE, file=where, count=len(declared), name=name
                )
            )
        found = self._lookup(directory, "./" + declared[name])
        if found is None:
            _refuse_unbuilt(package, "bin", declared[name], where)
            raise entry_messages.BIN_SCRIPT_MISSING.error(path=where, script=declared[name])
        self._check_file(found, self._filesystem.kind(found))
        return found

    def _lookup(self, directory: str, specifier: str) -> str | None:
        """Return the file that ``require`` finds, or None."""
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
        *,
        is_part: bool = False,
    ) -> Manifest:
        in_package = object_setting(package.data, "pkg", MANIFEST_NAME) if package else {}
        data, where = in_package, MANIFEST_NAME
        if config is not None:
            data, where = config.settings, os.path.basename(config.path)
            if in_package:
                self._findings.append(
                    settings_messages.TWO_CONFIGURATIONS.finding(
                        Severity.WARNING, file=_shown(config.path), path=_shown(config.path)
                    )
                )
        if self._options.hooks is not None:
            data = {**data, **read_hooks(os.path.abspath(self._options.hooks), self._load)}
        settings, findings = read_settings(data, where)
        if package is not None and not is_part:
            self._report_starting_program(package, entry)
        return Manifest(
            root=Path(root),
            entry=Path(entry),
            name=package.name if package else "",
            version=package.version if package else "",
            base_name=base_name,
            settings=settings.overridden_by(self._options),
            package=package,
            is_part=is_part,
            findings=(*self._findings, *findings),
            given=in_package if config is None else config.settings,
        )

    def _report_starting_program(self, package: Package, entry: str) -> None:
        """Add a finding if `npm start` gives the entry point to another program than Node."""
        started = starting_program(package.data, package.directory, entry)
        if started is not None:
            program, command = started
            self._findings.append(
                entry_messages.STARTED_BY_PROGRAM.finding(
                    Severity.WARNING,
                    file=_shown(package.path),
                    command=printable(shortened(command)),
                    script=_shown(entry),
                    program=printable(program),
                )
            )


def _refuse_unbuilt(package: Package | None, field: str, script: str, where: str) -> None:
    """Raise UsageError if a script of package.json probably makes the missing ``script``."""
    commands = package.data.get("scripts") if package is not None else None
    if not isinstance(commands, dict):
        return
    for name in _BUILD_SCRIPTS:
        command = commands.get(name)
        if isinstance(command, str):
            raise entry_messages.NOT_BUILT.error(
                path=where,
                script=printable(script),
                field=field,
                name=name,
                command=printable(shortened(command)),
            )


def _scopeless(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _unscoped(name: str) -> str:
    """A package's name as a file name, without its scope and last extension."""
    short = _scopeless(name)
    return os.path.splitext(short)[0] or short
