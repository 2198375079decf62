"""A first configuration for a project, out of what its directory shows: ``sealift init``.

What the code names is packaged without any configuration. So a suggestion is about files that no
code names, though directories of their name usually hold what a program reads or loads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sealift.model import Project
from sealift.project.manifest import Manifest

_DATA = (
    *("assets", "data", "fonts", "i18n", "images", "lang", "locales", "prisma", "public"),
    *("resources", "schemas", "sql", "static", "templates", "views"),
)
_SCRIPTS = ("commands", "handlers", "migrations", "plugins", "routes", "workers")
_SCRIPT_SUFFIXES = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
_MOST_FILES = 10_000
_LARGE = 16 << 20

_COMMON = (
    ("linux-x64", "linux"),
    ("linux-arm64", "linux"),
    ("macos-arm64", "darwin"),
    ("win-x64", "win32"),
)


class Suggestion(Struct, frozen=True):
    """A setting, and the sentence that explains it."""

    key: str
    value: str | list[str]
    reason: str


def suggest_settings(manifest: Manifest, project: Project) -> Iterator[Suggestion]:
    """Yield what a configuration of a project should say, in the order of importance."""
    yield Suggestion(
        "targets",
        list(_targets(manifest)),
        "the machines that your users have; `sealift targets` lists all",
    )
    taken = (manifest.root / "dist").exists()
    folder = "executables" if taken else "dist"
    yield Suggestion("outputPath", folder, "where the executables are written")
    packaged = {str(file.source) for file in project.files}
    for key, names, suffixes in (("assets", _DATA, ()), ("scripts", _SCRIPTS, _SCRIPT_SUFFIXES)):
        found = [
            (name, count)
            for name in names
            if (count := _left_out(manifest.root / name, suffixes, packaged))
        ]
        if found:
            pattern = "**/*" if key == "assets" else "**/*.js"
            listed = ", ".join(f"{name}/ ({count})" for name, count in found)
            reason = f"files that no code names, in {listed}; remove what the program never reads"
            yield Suggestion(key, [f"{name}/{pattern}" for name, _ in found], reason)
    size = sum(file.size for file in project.files)
    if size > _LARGE:
        reason = f"{size >> 20} MB are packaged; a start takes some milliseconds more"
        yield Suggestion("compress", "Zstd", reason)


def _targets(manifest: Manifest) -> Iterator[str]:
    """Yield common targets on which package.json's ``os`` allows the project."""
    data = manifest.package.data if manifest.package is not None else {}
    systems = data.get("os")
    names = [name for name in systems if isinstance(name, str)] if isinstance(systems, list) else []
    allowed = [name for name in names if not name.startswith("!")]
    for target, system in _COMMON:
        if f"!{system}" not in names and (not allowed or system in allowed):
            yield target


def _left_out(folder: Path, suffixes: tuple[str, ...], packaged: set[str]) -> int:
    """Return how many files of a directory are not packaged; links are not followed."""
    count = seen = 0
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules" and name[0] != "."]
        for name in files:
            seen += 1
            if seen > _MOST_FILES:
                return count
            wanted = name[0] != "." and (not suffixes or name.endswith(suffixes))
            count += wanted and os.path.join(directory, name) not in packaged
    return count
