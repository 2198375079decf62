"""Real npm packages at exact versions, installed once into the development cache."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rigs.cache import RigError, dev_cache, make_once
from rigs.fetching import run_fetching
from sealift.errors import NodeError
from sealift.model import SilentObserver
from sealift.nodes import find_npm as sealift_npm_command
from sealift.options import NodeOptions

PROJECTS: Mapping[str, Mapping[str, str]] = {
    "aws-s3": {"@aws-sdk/client-s3": "3.1169.0"},
    "bun": {"bun": "1.4.5"},
    "caxa": {"caxa": "3.0.1"},
    "commander": {"commander": "15.1.0"},
    "eslint": {"eslint": "10.15.0"},
    "express": {"express": "5.3.0", "ejs": "7.0.2"},
    "fastify": {"fastify": "5.12.8", "@fastify/static": "10.1.11"},
    "javascript": {
        "@eslint/js": "10.0.1",
        "@types/node": "24.19.2",
        "eslint": "10.15.0",
        "prettier": "3.10.1",
        "typescript": "5.9.3",
    },
    "lodash": {"lodash": "4.18.1"},
    "pkg": {"@yao-pkg/pkg": "6.23.0"},
    "prettier": {"prettier": "3.10.1"},
    "terser": {"terser": "5.51.2"},
    "typescript": {"typescript": "5.9.3"},
    "webpack": {"webpack": "5.112.2", "webpack-cli": "7.3.1"},
    "yargs": {"yargs": "18.2.0"},
}


def find_npm() -> list[str]:
    """Return the command of npm: the user's own, or the one in PyPI's wheel of Node."""
    options = NodeOptions(cache=dev_cache() / "sealift")
    try:
        return list(sealift_npm_command(options, SilentObserver()))
    except NodeError as error:
        raise RigError(error.message) from error


def run_npm(arguments: Sequence[str], cwd: Path) -> str:
    """Run npm in ``cwd`` and return its output; raise RigError with its message if it fails."""
    try:
        return run_fetching([*find_npm(), *arguments], cwd)
    except RigError as error:
        raise RigError(f"npm {' '.join(arguments)} failed: {error}") from error


def install(packages: str | Mapping[str, str]) -> Path:
    """Return a directory with ``package.json`` and ``node_modules`` of a set or of packages.

    All tests share it: copy it (symlinks kept) before writing to it.
    """
    name, wanted = _named(packages)

    def fetch(into: Path) -> None:
        manifest = {"name": name, "version": "1.0.0", "private": True, "dependencies": dict(wanted)}
        (into / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        run_npm(["install", *options, "--omit-lockfile-registry-resolved"], cwd=into)

    return make_once(_directory(packages), fetch)


def is_installed(packages: str | Mapping[str, str]) -> bool:
    """Return True if `install` needs neither npm nor the network."""
    return _directory(packages).exists()


def _directory(packages: str | Mapping[str, str]) -> Path:
    name, wanted = _named(packages)
    digest = hashlib.sha256(json.dumps(sorted(wanted.items())).encode()).hexdigest()[:12]
    return dev_cache() / "npm" / f"{name}-{digest}"


def _named(packages: str | Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    return (packages, PROJECTS[packages]) if isinstance(packages, str) else ("packages", packages)


def unpack(specifier: str) -> Path:
    """Return a directory with the files of one published package, ``name@1.2.3``.

    The package may be for another platform. All tests share it and must not change it.
    """

    def fetch(into: Path) -> None:
        run_npm(["pack", "--silent", "--ignore-scripts", specifier], cwd=into)
        (archive,) = into.glob("*.tgz")
        with tarfile.open(archive) as members:
            members.extractall(into, filter="data")
        archive.unlink()

    name = specifier.replace("/", "+")
    return make_once(dev_cache() / "packed" / name, fetch) / "package"


def main() -> int:
    """Run npm with the arguments of the command line, in the current directory."""
    return subprocess.run([*find_npm(), *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
