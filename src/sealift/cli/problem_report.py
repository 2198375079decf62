"""What a report of a problem says about the machine and the project (``doctor --report``).

It names no paths, packages, addresses or people, so it can be published as it is.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from sealift.version import VERSION

if TYPE_CHECKING:
    from sealift.project import Manifest

_SECONDS = 20.0
_LOCKFILES = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
_LISTS = ("dependencies", "optionalDependencies")


def describe_machine() -> Iterator[tuple[str, str]]:
    """Yield what is known about the machine: titles and texts."""
    yield "sealift", f"{VERSION}{' (self-contained)' if getattr(sys, 'frozen', False) else ''}"
    yield "Python", f"{platform.python_version()}, pip {_version('pip')}"
    system = " ".join(filter(None, (platform.system(), platform.release(), *platform.libc_ver())))
    yield "system", f"{system}, {platform.machine()}"
    yield "node", _output_of("node")
    yield "npm", _output_of("npm")
    variables = (*_ours(), "NODE_OPTIONS", "HTTPS_PROXY", "https_proxy", "PIP_INDEX_URL")
    given = [name for name in variables if os.environ.get(name)]
    yield "variables that are set", ", ".join(given) or "none"


def describe_project(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield what is known about a project."""
    data = manifest.package.data if manifest.package is not None else {}
    kind = "ES modules" if data.get("type") == "module" else "CommonJS"
    yield "entry point", f"{manifest.entry.suffix or 'no suffix'}, package.json is for {kind}"
    yield "dependencies", ", ".join(_counts(data)) or "none"
    folders = (manifest.root, *manifest.root.parents)
    locks = [name for name in _LOCKFILES if any((folder / name).is_file() for folder in folders)]
    yield "lockfile", ", ".join(locks) or "none"
    yield "settings", ", ".join(f"pkg.{key}" for key in manifest.given) or "none"


def _counts(data: Mapping[str, object]) -> Iterator[str]:
    for key in _LISTS:
        packages = data.get(key)
        if isinstance(packages, dict) and packages:
            yield f"{len(packages)} in {key}"


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "missing"


def _ours() -> list[str]:
    return sorted(name for name in os.environ if name.startswith("SEALIFT_"))


def _output_of(program: str) -> str:
    """Return the version that a program on the search path prints."""
    from sealift.tools.npm import installed_client
    from sealift.tools.subprocesses import CommandError, run

    found = shutil.which(program)
    command = installed_client() if program == "npm" else (found,) if found else ()
    if not command:
        return "not installed"
    try:
        printed = run([*command, "--version"], directory=Path.home(), seconds=_SECONDS)
    except (CommandError, RuntimeError):
        return "does not run"
    return printed.strip()[:40]
