"""Asking registries, through the npm client, so that its settings and credentials count.

npm runs in the project's directory, or with a copy of the project's ``.npmrc`` beside it: private
registries, scopes and proxies are those that the project is installed with.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from sealift.errors import NodeError
from sealift.lockfiles import PackageVersion, parse_dependency, read_supported_platforms
from sealift.tools import subprocesses as command

_EXACT = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_SECONDS = 600.0
_NOT_THERE = ("E404", "ETARGET")
_ENVIRONMENT: Mapping[str, str] = {
    "npm_config_update_notifier": "false",
    "npm_config_loglevel": "error",
    # Its own default is to wait for more than a minute, each time, when there is no network.
    "npm_config_fetch_retry_mintimeout": "500",
    "npm_config_fetch_retry_maxtimeout": "4000",
    "npm_config_progress": "false",
    "npm_config_color": "false",
    "npm_config_ignore_scripts": "true",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_package_lock": "true",
    "npm_config_lockfile_version": "3",
    "npm_config_dry_run": "false",
    "npm_config_workspaces": "false",
}


class RegistryError(Exception):
    """A registry cannot be asked or does not have it; the message is fit to be shown."""


class Registry:
    """The registries of one project."""

    def __init__(self, directory: Path, npm: Callable[[], tuple[str, ...]]) -> None:
        """Name the project's directory and what begins a command that runs npm."""
        self._directory = directory
        self._npm = npm

    def describe(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], PackageVersion]:
        """Find out what dependencies (name, version range) mean, all by one run of npm.

        npm writes a lockfile for a project that has nothing but them; it fetches no package. Those
        that no registry has are missing in the answer.

        Raises:
            RegistryError: no registry can be asked.
        """
        if wanted:
            # npm passes over what is optional, whatever the reason, and tries each again for long.
            self._reach(*wanted[0])
        with self._project() as work:
            asked = {}
            for number, (name, spec) in enumerate(wanted):
                registry_name, version = parse_dependency(name, spec)
                asked[f"asked-{number}"] = f"npm:{registry_name}@{version}"
            manifest = {"name": "asked", "version": "1.0.0", "optionalDependencies": asked}
            (work / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
            self._run(work, "install", "--package-lock-only")
            try:
                data = msgspec.json.decode((work / "package-lock.json").read_bytes())
                packages: dict[str, Any] = data["packages"]
            except (OSError, msgspec.DecodeError, TypeError, KeyError) as error:
                raise RegistryError("npm did not say what the packages are") from error
        found = {}
        for number, (name, spec) in enumerate(wanted):
            entry = packages.get(f"node_modules/asked-{number}")
            if isinstance(entry, dict) and "version" in entry:
                found[name, spec] = PackageVersion(
                    name,
                    str(entry.get("name") or name),
                    str(entry["version"]),
                    str(entry.get("integrity") or ""),
                    read_supported_platforms(entry),
                )
        return found

    def _reach(self, name: str, spec: str) -> None:
        """See that a registry answers, if only that it does not have something."""
        registry_name, version = parse_dependency(name, spec)
        try:
            self._run(self._directory, "view", f"{registry_name}@{version}", "version")
        except RegistryError as error:
            if not any(code in str(error) for code in _NOT_THERE):
                raise

    def fetch(self, pins: Sequence[PackageVersion], directory: Path) -> dict[PackageVersion, Path]:
        """Download packages' tarballs to a directory, by one run of npm.

        Raises:
            RegistryError: one of them cannot be had.
        """
        if not all(_EXACT.fullmatch(pin.version) for pin in pins):
            raise RegistryError("a lockfile names no exact version")
        said = self._run(
            self._directory,
            "pack",
            *(pin.label for pin in pins),
            "--json",
            "--pack-destination",
            str(directory),
        )
        try:
            listed = msgspec.json.decode(said)
            entries = listed.values() if isinstance(listed, dict) else listed
            names = {f"{entry['name']}@{entry['version']}": entry["filename"] for entry in entries}
            return {pin: _inside(directory, names[pin.label]) for pin in pins}
        except (msgspec.DecodeError, TypeError, KeyError, AttributeError) as error:
            raise RegistryError("npm did not say what it has downloaded") from error

    @contextmanager
    def _project(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="sealift-npm-") as name:
            work = Path(name)
            for directory in (self._directory, *self._directory.parents):
                if (settings := directory / ".npmrc").is_file():
                    shutil.copyfile(settings, work / ".npmrc")
                    break
                if (directory / "package.json").is_file():
                    break
            yield work

    def _run(self, directory: Path, *arguments: str) -> str:
        try:
            return command.run(
                [*self._npm(), *arguments],
                directory=directory,
                environment=_ENVIRONMENT,
                seconds=_SECONDS,
            )
        except command.CommandError as error:
            raise RegistryError(str(error).rstrip(".")) from error
        except NodeError as error:  # there is no npm
            raise RegistryError(error.message.rstrip(".")) from error


def _inside(directory: Path, name: str) -> Path:
    """Give the file of that name that npm wrote; older clients name scoped ones with a slash."""
    plain = name.replace("/", "-").removeprefix("@")
    found = directory / plain
    if not found.is_file() or found.parent != directory:
        raise KeyError(name)
    return found
