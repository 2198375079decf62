"""Packages that change at run time what a specifier means, as far as package.json tells.

Source: ``module-alias``, whose names stand under ``_moduleAliases`` in the project's package.json.
Others are told their names by the program itself, which is not read from it.
"""

from __future__ import annotations

import os

from sealift.project.package_owners import Owner

_MODULE_ALIAS = "module-alias"
_CHANGING = (_MODULE_ALIAS, "tsconfig-paths", "app-module-path")


def changes_resolution(app: Owner) -> bool:
    """Whether the project depends on a package that finds modules where Node does not."""
    return not app.names("dependencies", "optionalDependencies").isdisjoint(_CHANGING)


def aliased(app: Owner, specifier: str) -> str:
    """The path that ``specifier`` stands for by ``_moduleAliases``; "" if it is no alias."""
    names = app.package.data.get("_moduleAliases") if app.package is not None else None
    if not isinstance(names, dict) or _MODULE_ALIAS not in app.names("dependencies"):
        return ""
    for alias in sorted(names, reverse=True):  # its own order: of two that fit, the longer one
        target = names[alias]
        if isinstance(target, str) and f"{specifier}/".startswith(f"{alias}/"):
            return os.path.normpath(os.path.join(app.directory, target + specifier[len(alias) :]))
    return ""
