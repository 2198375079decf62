"""Packages that change what specifiers resolve to at run time, as far as package.json shows it.

Source: ``module-alias``, whose aliases are in ``_moduleAliases`` of the project's package.json.
The program itself configures the other packages; that is not read from it.
"""

from __future__ import annotations

import os

from sealift.project.package_owners import Owner

_MODULE_ALIAS = "module-alias"
_CHANGING = (
    _MODULE_ALIAS,
    "app-module-path",
    "better-module-alias",
    "requizzle",
    "rootpath",
    "tsconfig-paths",
)


def changes_resolution(owner: Owner) -> bool:
    """Return True if a package depends on one that finds modules in other places."""
    return not owner.names("dependencies", "optionalDependencies").isdisjoint(_CHANGING)


def aliased(app: Owner, specifier: str) -> str:
    """Return the path that ``_moduleAliases`` has for ``specifier``; "" if it has none."""
    names = app.package.data.get("_moduleAliases") if app.package is not None else None
    if not isinstance(names, dict) or _MODULE_ALIAS not in app.names("dependencies"):
        return ""
    # In the package's own order: of two aliases that match, the longer one applies.
    for alias in sorted(names, reverse=True):
        target = names[alias]
        if isinstance(target, str) and f"{specifier}/".startswith(f"{alias}/"):
            return os.path.normpath(os.path.join(app.directory, target + specifier[len(alias) :]))
    return ""
