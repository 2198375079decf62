"""What the settings say about single packages: the project's own, and those of packages it uses.

A package's settings are those that the project's pkg.dictionary has for it, else the entry of
`sealift.project.dictionary`, else the ``pkg`` field of its own package.json. They apply once a file
of the package is packaged.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sealift.deployment import DeployFile
from sealift.findings import FindingMessage, Severity
from sealift.model import Reason, ReasonKind
from sealift.project import messages
from sealift.project.boundary import Asker
from sealift.project.dictionary import DICTIONARY
from sealift.project.filesystem import PathKind
from sealift.project.globs import find_files
from sealift.project.inclusions import include_dependency
from sealift.project.needs import Need
from sealift.project.package_owners import Owner
from sealift.project.project_extent import contains
from sealift.project.settings import Edit, PackageSettings, Settings, lenient_package_settings
from sealift.project.tasks import ListedDependency, TracedFile
from sealift.project.trace import Trace

_ALL = "*"


class PackageConfiguration:
    """The settings of the packages in one trace.

    Args:
        trace: whose files they concern.
        settings: of the project.
        deploy: the files of pkg.deployFiles will be copied, so they need no finding.
    """

    def __init__(self, trace: Trace, settings: Settings, *, deploy: bool) -> None:
        self._trace = trace
        self._deploy = deploy
        self._dictionary = _dictionary(settings)
        self._activated: set[str] = set()
        self._edits: dict[str, tuple[Edit, ...]] = {}
        self._own: dict[str, tuple[Edit, ...]] = {}
        self._used: set[str] = set()
        self._unneeded: set[tuple[str, str]] = set()
        self.deploy_files: dict[DeployFile, None] = {}
        app = trace.owners.app()
        self._activated.add(app.directory)
        self._own = self._add_edits(app, settings.package)
        self._add_deploy_files(app, settings.package, trusted=True)

    def edits(self, file: TracedFile) -> tuple[Edit, ...]:
        """Return the changes of a file that is about to be read; its package is activated."""
        owner = file.owner
        if owner.directory not in self._activated:
            self._activated.add(owner.directory)
            self._activate(owner)
        self._used.add(file.path)
        return self._edits.get(file.path, ())

    def is_needed(self, dependency: ListedDependency) -> bool:
        """Return False if the dictionary says that a package does not need what it lists."""
        return (dependency.owner.directory, dependency.name) not in self._unneeded

    def report_unmatched(self, path: str, texts: Iterable[str]) -> None:
        """Add a finding for each text that the project's patches replace in vain."""
        if path in self._own:
            for text in texts:
                self._trace.diagnostics.add(
                    Severity.WARNING, messages.PATCH_WITHOUT_MATCH, path, text=text
                )

    def report_unused(self) -> None:
        """Add a finding for each patch whose file is not packaged, and for useless patterns."""
        self._trace.ignored.report_unused(self._trace.diagnostics)
        for path in self._own.keys() - self._used:
            shown = self._trace.diagnostics.shown(path)
            self._trace.diagnostics.add(Severity.WARNING, messages.PATCH_UNUSED, path=shown)

    def _activate(self, owner: Owner) -> None:
        package = owner.package
        if package is None or package.problem:
            return
        settings = self._dictionary.get(package.name)
        trusted = settings is not None
        if settings is None:
            own = package.data.get("pkg")
            if not isinstance(own, dict):
                return
            settings = lenient_package_settings(own)
        self._add_edits(owner, settings)
        self._add_deploy_files(owner, settings, trusted=trusted)
        self._add_files(owner, settings.scripts, "scripts", data=False)
        self._add_files(owner, settings.assets, "assets", data=True)
        for name, needed in settings.dependencies.items():
            if needed:
                include_dependency(self._trace, ListedDependency(name, owner, package, True))
            else:
                self._unneeded.add((owner.directory, name))

    def _add_edits(self, owner: Owner, settings: PackageSettings) -> dict[str, tuple[Edit, ...]]:
        filesystem = self._trace.filesystem
        added = {
            filesystem.resolved(os.path.join(owner.directory, path)): edits
            for path, edits in settings.patches.items()
        }
        for path, edits in added.items():
            if owner.is_app or contains(owner.directory, path):  # a package changes its own files
                self._edits.setdefault(path, edits)
        return added

    def _add_files(self, owner: Owner, patterns: Iterable[str], key: str, *, data: bool) -> None:
        trace, setting = self._trace, f"pkg.{key} of {owner.label}"
        asker = Asker(owner, owner.directory)

        def is_own(path: str) -> bool:
            return contains(owner.directory, trace.filesystem.resolved(path))

        found = find_files(
            trace.filesystem, owner.directory, patterns, setting, is_own, skip_outside=True
        )
        for path, pattern, _ in found:
            if is_own(path):
                reason = Reason(ReasonKind.CONFIGURED, "", 0, pattern)
                trace.add_path(path, reason, Need.INCLUDED, data=data, asker=asker)

    def _add_deploy_files(self, owner: Owner, settings: PackageSettings, *, trusted: bool) -> None:
        filesystem = self._trace.filesystem
        for path, destination in settings.deploy_files:
            source = filesystem.resolved(os.path.join(owner.directory, path))
            where = os.path.normpath(destination).replace(os.sep, "/")
            problem = ""
            if not owner.is_app and not contains(owner.directory, source):
                problem = "it is not in the package"
            elif filesystem.kind(source) in (PathKind.MISSING, PathKind.LOOP):
                problem = "it does not exist"
            elif os.path.isabs(destination) or where.split("/")[0] in ("..", ".") or ":" in where:
                problem = f"its destination {destination} is not below the executable's directory"
            elif not trusted and any(name.startswith(".") for name in where.split("/")):
                problem = f"its destination {destination} is hidden"
            if problem:
                self._report(
                    messages.DEPLOY_FILE_UNUSABLE, package=owner.label, path=path, problem=problem
                )
                continue
            self.deploy_files[DeployFile(Path(source), where, owner.label, trusted)] = None
            if not self._deploy:
                self._report(
                    messages.DEPLOY_FILE,
                    package=owner.label,
                    kind="directory" if filesystem.is_directory(source) else "file",
                    path=self._trace.diagnostics.shown(source),
                    destination=where,
                )

    def _report(self, message: FindingMessage, **values: str) -> None:
        self._trace.diagnostics.add(Severity.WARNING, message, **values)


def _dictionary(settings: Settings) -> Mapping[str, PackageSettings]:
    """Return the settings of packages by name, without the entries that the project turns off."""
    names = (name.strip() for text in settings.no_dictionary for name in text.split(","))
    off = {name.removesuffix(".js") for name in names}
    known = {name: entry for name, entry in DICTIONARY.items() if name not in off}
    return {**({} if _ALL in off else known), **settings.dictionary}
