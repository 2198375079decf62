"""Files that only a resolver in the program finds: it reads other conditions than Node does.

Resolvers written in JavaScript (of bundlers, of compilers of style sheets) look up ``style``,
``sass`` or ``svelte`` in ``exports`` and beside it; TypeScript looks up ``types``. A program with
such a resolver gets the files that its packages name so, and the style sheets that these import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from sealift.model import Reason, ReasonKind
from sealift.project.needs import Need
from sealift.project.package_json import Package
from sealift.project.path_patterns import matching_files, path_pattern
from sealift.project.project_extent import contains
from sealift.project.trace import Trace
from sealift.tools.input_files import NotRegularError

_RESOLVERS = frozenset((
    "@parcel/node-resolver-core", "@rollup/plugin-node-resolve", "@tailwindcss/node",
    "enhanced-resolve", "exsolve", "import-meta-resolve", "jest-resolve", "metro-resolver", "mlly",
    "oxc-resolver", "postcss-import", "resolve-pkg-maps", "resolve.exports", "rollup-plugin-svelte",
    "sass", "svelte-loader", "svelte-preprocess", "typescript", "unrs-resolver", "vite", "webpack",
))  # fmt: skip
_TYPE_READERS = frozenset(("typescript", "ts-morph"))
_STYLE_CONDITIONS = frozenset(
    ("css", "less", "sass", "scss", "style", "styles", "stylus", "svelte")
)
_TYPE_CONDITIONS = frozenset(("types", "typings"))
_STYLE_SHEETS = (".css", ".scss", ".sass", ".less", ".pcss")
_IMPORT = re.compile(
    rb"@(?:import|use|forward|plugin|config)\s+(?:url\()?\s*['\"](\.{1,2}/[^'\"\n]{1,300})['\"]"
)
_MAX_STYLE_SHEET = 4 << 20
_MAX_TARGETS = 10_000


def add_resolver_conditions(trace: Trace) -> None:
    """Package what a resolver in the program finds in the packages that it uses."""
    packages: dict[str, Package] = {}
    for file in trace.files.values():
        if file.need is not Need.INCLUDED and file.owner.package is not None:
            packages[file.owner.directory] = file.owner.package
    names = {package.name for package in packages.values()}
    if names.isdisjoint(_RESOLVERS):
        return
    conditions = _STYLE_CONDITIONS
    if not names.isdisjoint(_TYPE_READERS):
        conditions |= _TYPE_CONDITIONS
    for directory, package in sorted(packages.items()):
        reason = Reason(ReasonKind.PACKAGE_MANIFEST, package.path, 0, package.name)
        for target in _targets(package, conditions):
            for path in _files(trace, directory, target):
                _add(trace, path, reason, directory)


def _targets(package: Package, conditions: frozenset[str]) -> Iterator[str]:
    """Yield what a package.json names under the conditions in ``exports``, and as style sheets."""
    for condition in sorted(_STYLE_CONDITIONS):
        target = package.data.get(condition)
        if isinstance(target, str):
            yield target
    pending: list[tuple[Any, bool]] = [(package.exports, False)]
    for _ in range(_MAX_TARGETS):
        if not pending:
            return
        value, is_wanted = pending.pop()
        if isinstance(value, str) and is_wanted and value.startswith("./"):
            yield value
        elif isinstance(value, list):
            pending.extend((item, is_wanted) for item in value)
        elif isinstance(value, dict):
            pending.extend(
                (item, is_wanted or key in conditions) for key, item in reversed(value.items())
            )


def _files(trace: Trace, directory: str, target: str) -> Iterator[str]:
    """Yield the files that a target names; ``*`` in it stands for any text."""
    if "*" in target:
        pattern = path_pattern(directory, tuple(target.split("*")), module=False)
        if contains(directory, pattern.start):
            yield from matching_files(trace.filesystem, pattern, lambda *_: True, module=False)
        return
    path = os.path.normpath(os.path.join(directory, target))
    if contains(directory, path) and trace.filesystem.is_file(path):
        yield path


def _add(trace: Trace, path: str, reason: Reason, directory: str) -> None:
    """Package a file and, of a style sheet, what it imports from its own package."""
    pending = [path]
    seen = {path}
    while pending:
        here = pending.pop()
        trace.add_path(here, reason, Need.INCLUDED)
        if not here.endswith(_STYLE_SHEETS):
            continue
        try:
            text = trace.filesystem.read(here, _MAX_STYLE_SHEET)
        except (OSError, NotRegularError):
            continue
        for match in _IMPORT.finditer(text):
            named = os.path.normpath(
                os.path.join(os.path.dirname(here), match[1].decode("utf-8", "surrogateescape"))
            )
            for found in _style_sheets(trace, named):
                if found not in seen and contains(directory, found):
                    seen.add(found)
                    pending.append(found)


def _style_sheets(trace: Trace, path: str) -> Iterator[str]:
    """Yield the files that ``@import 'path'`` may name: Sass adds extensions and underscores."""
    folder, name = os.path.split(path)
    for stem in (name, f"_{name}", os.path.join(name, "index"), os.path.join(name, "_index")):
        for extension in ("", *_STYLE_SHEETS):
            candidate = os.path.join(folder, stem + extension)
            if trace.filesystem.is_file(candidate):
                yield candidate
