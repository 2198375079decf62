"""What a package.json lists for the code of its package: plugins, directories of commands.

npm ignores such fields, and no source names what they list: oclif reads ``oclif.plugins`` and
``oclif.commands``, for example. Fields that only tools of developers read are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sealift.project.package_json import Package

_OF_NPM = frozenset((
    "author", "authors", "bin", "browser", "bugs", "bundleDependencies", "bundledDependencies",
    "config", "contributors", "cpu", "dependencies", "dependenciesMeta", "devDependencies",
    "devEngines", "directories", "engines", "exports", "files", "funding", "imports", "keywords",
    "libc", "licenses", "maintainers", "man", "optionalDependencies", "os", "overrides",
    "peerDependencies", "peerDependenciesMeta", "pnpm", "publishConfig", "react-native",
    "repository", "resolutions", "scripts", "sideEffects", "typesVersions", "workspaces",
))  # fmt: skip
_OF_DEVELOPERS = frozenset((
    "auto", "autod", "ava", "babel", "browserify", "browserslist", "c8", "commitlint",
    "contributes", "eslintConfig", "eslintIgnore", "gitHooks", "husky", "jest", "jspm",
    "lint-staged", "mocha", "msw", "np", "nx", "nyc", "pkg", "pre-commit", "prettier", "release",
    "release-it", "renovate", "semantic-release", "simple-git-hooks", "size-limit", "standard",
    "standard-version", "stylelint", "tap", "testling", "tsd", "tshy", "tsup", "verb", "vitest",
    "volta", "wireit", "xo",
))  # fmt: skip
_MAX_TEXTS = 10_000


def listed_texts(package: Package) -> frozenset[str]:
    """Return the texts in the fields that the package's own code may read."""
    found: set[str] = set()
    for key, value in package.data.items():
        if key in _OF_NPM or key in _OF_DEVELOPERS or not isinstance(value, dict | list):
            continue
        for text in _texts(value):
            found.add(text)
            if len(found) >= _MAX_TEXTS:
                return frozenset(found)
    return frozenset(found)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value of a JSON file, names of fields included."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from item
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
