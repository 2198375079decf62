"""What ``pkg`` settings say about the files of one package: the project, or one that it uses.

Source: ``activate`` and ``stepPatch`` of ``lib/walker.ts`` of @yao-pkg/pkg 6.21.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from sealift.errors import UsageError
from sealift.project.settings.values import TEXTS, check_texts, is_texts, texts, wrong_type

ACTIONS = ("erase", "prepend", "append")
_PAIRS = 'an array of pairs: a text or {"do": "erase" | "prepend" | "append"}, then a text'
_DEPLOYED = 'an array of [from, to] or [from, to, "directory"]'
_ENTRIES = "an object with the `pkg` settings of each package"
_REFERENCE = re.compile(r"\$\$|\$&")


class Edit(Struct, frozen=True):
    """One change of a file's text.

    Attributes:
        action: ``replace``, ``erase``, ``prepend`` or ``append``.
        text: that is put in.
        find: what ``replace`` replaces, wherever it is.
    """

    action: str
    text: str
    find: str = ""

    def apply(self, body: str) -> str:
        """Return the text of a file after the change."""
        if self.action == "replace":
            # As JavaScript's `replace`: `$&` stands for what was found.
            new = _REFERENCE.sub(lambda m: "$" if m[0] == "$$" else self.find, self.text)
            return body.replace(self.find, new)
        if self.action == "erase":
            return self.text
        return self.text + body if self.action == "prepend" else body + self.text


class PackageSettings(Struct, frozen=True):
    """The settings of one package; paths are relative to its directory.

    Attributes:
        scripts, assets: patterns of files to package.
        patches: changes of files, by path.
        deploy_files: pairs of a path, and of a path relative to the executable.
        dependencies: names of packages that it needs; False for those that it does not need.
    """

    scripts: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    patches: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    deploy_files: tuple[tuple[str, str], ...] = ()
    dependencies: Mapping[str, bool] = field(default_factory=dict)


def read_package_settings(data: Mapping[str, Any], where: str, key: str = "pkg") -> PackageSettings:
    """Return what a ``pkg`` object says about a package.

    Args:
        data: the object.
        where: the file that holds it.
        key: its path in the file, for messages.

    Raises:
        UsageError: a value cannot be used.
    """
    for name in ("scripts", "assets"):
        value = data.get(name)
        if value is not None and not is_texts(value):
            raise wrong_type(f"{key}.{name}", TEXTS, value, where)
        check_texts(f"{key}.{name}", value, where)
    return PackageSettings(
        scripts=texts(data.get("scripts")),
        assets=texts(data.get("assets")),
        patches=_patches(data.get("patches"), where, f"{key}.patches"),
        deploy_files=_deploy_files(data.get("deployFiles"), where, f"{key}.deployFiles"),
    )


def read_dictionary(value: Any, where: str) -> Mapping[str, PackageSettings]:
    """Return the settings that pkg.dictionary has for packages, by their names.

    As in pkg an entry is the ``pkg`` object of the package; as in pkg's types it may also be an
    object with ``pkg`` and ``dependencies``.

    Raises:
        UsageError: a value cannot be used.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type("pkg.dictionary", _ENTRIES, value, where)
    entries = {}
    for name, entry in value.items():
        if entry is None:
            continue
        key = f"pkg.dictionary.{name}"
        if not isinstance(entry, dict):
            raise wrong_type(key, "an object", entry, where)
        has_both = entry.keys() & {"pkg", "dependencies"}
        settings = _object(entry, "pkg", key, where) if has_both else entry
        found = read_package_settings(settings, where, key)
        dependencies = _object(entry, "dependencies", key, where)
        needed = {one: bool(version) for one, version in dependencies.items()}
        entries[name] = PackageSettings(
            found.scripts, found.assets, found.patches, found.deploy_files, needed
        )
    return entries


def _object(entry: Mapping[str, Any], name: str, key: str, where: str) -> dict[str, Any]:
    value = entry.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong_type(f"{key}.{name}", "an object", value, where)
    return value or {}


def _patches(value: Any, where: str, key: str) -> Mapping[str, tuple[Edit, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type(key, "an object with an array of pairs for each file", value, where)
    check_texts(key, list(value), where)
    return {
        path: _edits(pairs, where, f"{key}['{path}']")
        for path, pairs in value.items()
        if pairs is not None
    }


def _edits(pairs: Any, where: str, key: str) -> tuple[Edit, ...]:
    if not isinstance(pairs, list) or len(pairs) % 2:
        raise wrong_type(key, _PAIRS, pairs, where)
    return tuple(_edit(pairs[i], pairs[i + 1], where, key) for i in range(0, len(pairs), 2))


def _edit(what: Any, text: Any, where: str, key: str) -> Edit:
    if isinstance(text, str):
        if isinstance(what, str) and what:
            return Edit("replace", text, what)
        if isinstance(what, dict) and what.get("do") in ACTIONS:
            return Edit(what["do"], text)
    raise wrong_type(key, _PAIRS, [what, text], where)


def _deploy_files(value: Any, where: str, key: str) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise wrong_type(key, _DEPLOYED, value, where)
    return tuple(_deployed(item, where, f"{key}[{index}]") for index, item in enumerate(value))


def _deployed(item: Any, where: str, key: str) -> tuple[str, str]:
    if not is_texts(item) or isinstance(item, str) or len(item) not in (2, 3):
        raise wrong_type(key, '[from, to] or [from, to, "directory"]', item, where)
    check_texts(key, item, where)
    return item[0], item[1]


def lenient_package_settings(data: Mapping[str, Any]) -> PackageSettings:
    """Return what an installed package says about itself; values that cannot be used are left out.

    Its users cannot correct them, and its author may mean another version of pkg.
    """
    kept: dict[str, Any] = {}
    for name in ("scripts", "assets", "patches", "deployFiles"):
        try:
            read_package_settings({name: data.get(name)}, "")
        except UsageError:
            continue
        kept[name] = data.get(name)
    return read_package_settings(kept, "")
