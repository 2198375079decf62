"""Queries to registries, made by the npm client with its settings and credentials.

npm runs in the project's directory, or in one with a copy of the project's ``.npmrc``. So private
registries, scopes and proxies are those with which the project is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from sealift.addons.npm_settings import SettingsError, read_npm_settings
from sealift.errors import NodeError
from sealift.lockfiles import PackageVersion, parse_dependency, read_supported_platforms
from sealift.tools.http import Client
from sealift.tools.npm import ENVIRONMENT, irregular_settings_file
from sealift.tools.npm_tarball import Tarball, connect, tarball_at
from sealift.tools.private_files import work_directory
from sealift.tools.subprocesses import CommandError, run

_EXACT = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_SECONDS = 600.0
_NOT_THERE = ("E404", "ETARGET")
_ENVIRONMENT: Mapping[str, str] = {
    **ENVIRONMENT,
    # Without a network, npm by default waits for more than a minute at each request.
    "npm_config_fetch_retry_mintimeout": "500",
    "npm_config_fetch_retry_maxtimeout": "4000",
    "npm_config_ignore_scripts": "true",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_package_lock": "true",
    "npm_config_lockfile_version": "3",
    "npm_config_omit_lockfile_registry_resolved": "false",
    "npm_config_dry_run": "false",
    "npm_config_workspaces": "false",
}


class RegistryError(Exception):
    """A query failed; the message is a clause that says why."""


class Registry:
    """The registries of one project."""

    def __init__(self, directory: Path, npm: Callable[[], tuple[str, ...]]) -> None:
        """Prepare for queries.

        Args:
            directory: directory of the project.
            npm: returns the first words of a command that runs npm.
        """
        self._directory = directory
        self._npm = npm

    def describe(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], PackageVersion]:
        """Return the packages that dependencies (name, version range) mean, by one run of npm.

        npm writes a lockfile for a project that has only these dependencies; it fetches no package.
        Dependencies that no registry has are missing in the result.

        Raises:
            RegistryError: no registry answers.
        """
        if wanted:
            # npm ignores every failure of an optional dependency, after retrying each for long.
            self._reach(*wanted[0])
        asked = [parse_dependency(name, spec) for name, spec in wanted]
        entries = self._lock("optionalDependencies", asked)
        found = {}
        for (name, spec), entry in zip(wanted, entries, strict=True):
            if "version" in entry:
                found[name, spec] = PackageVersion(
                    name,
                    str(entry.get("name") or name),
                    str(entry["version"]),
                    str(entry.get("integrity") or ""),
                    read_supported_platforms(entry),
                )
        return found

    def _reach(self, name: str, spec: str) -> None:
        """Raise a RegistryError if no registry answers; "not found" is an answer."""
        registry_name, version = parse_dependency(name, spec)
        try:
            self._run(self._directory, "view", f"{registry_name}@{version}", "version")
        except RegistryError as error:
            if not any(code in str(error) for code in _NOT_THERE):
                raise

    def connect(self) -> Client | None:
        """Return a client for tarballs; None if npm's settings ask for what only npm can do.

        Raises:
            RegistryError: npm's settings cannot be read.
        """
        try:
            return connect(read_npm_settings(self._directory, self._npm), os.environ)
        except SettingsError as error:
            raise RegistryError(str(error)) from error

    def locate(self, packages: Sequence[PackageVersion]) -> dict[PackageVersion, Tarball]:
        """Return where the tarballs of packages are, by one run of npm.

        Those that only npm can fetch are missing in the result; all are if one does not exist.

        Raises:
            RegistryError: no registry answers.
        """
        asked = [(package.registry_name, package.version) for package in packages]
        try:
            # By --force, those of other platforms are dependencies like others.
            entries = self._lock("dependencies", asked, "--force")
        except RegistryError as error:
            if any(code in str(error) for code in _NOT_THERE):
                return {}
            raise
        found = {
            package: tarball_at(entry.get("resolved"), package.integrity)
            for package, entry in zip(packages, entries, strict=True)
            if entry.get("version") == package.version
        }
        return {package: tarball for package, tarball in found.items() if tarball is not None}

    def fetch(
        self, packages: Sequence[PackageVersion], directory: Path
    ) -> dict[PackageVersion, Path]:
        """Download the tarballs of packages to a directory, by one run of npm.

        Raises:
            RegistryError: one of them cannot be downloaded.
        """
        if not all(_EXACT.fullmatch(package.version) for package in packages):
            raise RegistryError("the lockfile does not name an exact version")
        output = self._run(
            self._directory,
            "pack",
            *(package.label for package in packages),
            "--json",
            "--pack-destination",
            str(directory),
        )
        try:
            listed = msgspec.json.decode(output)
            entries = listed.values() if isinstance(listed, dict) else listed
            names = {f"{entry['name']}@{entry['version']}": entry["filename"] for entry in entries}
            return {one: _file_in(directory, names[one.label]) for one in packages}
        except (msgspec.DecodeError, TypeError, KeyError, AttributeError) as error:
            raise RegistryError("npm did not list what it downloaded") from error

    def _lock(
        self, kind: str, wanted: Sequence[tuple[str, str]], *options: str
    ) -> list[dict[str, Any]]:
        """Return what npm writes into a lockfile about packages (name, version or range).

        Args:
            kind: of the dependencies on them in a package.json. npm leaves out those that are
                optional and fail; the entry in the result is empty then.
            wanted: the packages.
            options: for npm.
        """
        with self._project() as work:
            asked = {
                f"asked-{number}": f"npm:{name}@{version}"
                for number, (name, version) in enumerate(wanted)
            }
            manifest = {"name": "asked", "version": "1.0.0", kind: asked}
            (work / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
            self._run(work, "install", "--package-lock-only", *options)
            try:
                data = msgspec.json.decode((work / "package-lock.json").read_bytes())
                entries = [data["packages"].get(f"node_modules/{alias}") for alias in asked]
            except (OSError, msgspec.DecodeError, TypeError, KeyError, AttributeError) as error:
                raise RegistryError("npm wrote no lockfile that can be read") from error
        return [entry if isinstance(entry, dict) else {} for entry in entries]

    @contextmanager
    def _project(self) -> Iterator[Path]:
        if (file := irregular_settings_file(self._directory)) is not None:
            raise RegistryError(f"{file} is not a regular file")
        with work_directory() as work:
            for directory in (self._directory, *self._directory.parents):
                if (settings := directory / ".npmrc").is_file():
                    shutil.copyfile(settings, work / ".npmrc")
                    break
                if (directory / "package.json").is_file():
                    break
            yield work

    def _run(self, directory: Path, *arguments: str) -> str:
        try:
            return run(
                [*self._npm(), *arguments],
                directory=directory,
                environment=_ENVIRONMENT,
                seconds=_SECONDS,
            )
        except CommandError as error:
            raise RegistryError(str(error).rstrip(".")) from error
        except NodeError as error:  # there is no npm
            raise RegistryError(error.message.rstrip(".")) from error


def _file_in(directory: Path, name: str) -> Path:
    """Return the file that npm wrote; older clients list scoped packages with a slash."""
    plain = name.replace("/", "-").removeprefix("@")
    found = directory / plain
    if not found.is_file() or found.parent != directory:
        raise KeyError(name)
    return found
