"""Every key of the ``pkg`` settings: the type of its value, and what sealift does not do with it.

Source: the configuration of @yao-pkg/pkg 6.21.0; ``compact``, ``locales``, ``macos``, ``notices``,
``package``, ``provenance``, ``sbom``, ``sbomFormat``, ``sourceMaps``, ``typescript`` and
``windows`` are sealift's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sealift.findings import Finding, Severity
from sealift.options import COMPRESSIONS, CYCLONEDX, SPDX, Compression
from sealift.project.diagnostics import printable, shortened
from sealift.project.settings import messages
from sealift.project.settings.values import TEXTS

TEXT = "a string"
FLAG = "true or false"
OBJECT = "an object"
ARRAY = "an array"
CYCLONEDX_OR_SPDX = f'"{CYCLONEDX}" or "{SPDX}"'
STRIP_OR_TRANSFORM = '"strip" or "transform"'
TEXTS_OR_OBJECT = f"{TEXTS}, or an object"
HOOK = "a shell command or a function"
FUNCTION = "a function"

KEY_TYPES: Mapping[str, str] = {
    "assets": TEXTS,
    "bytecode": FLAG,
    "compact": FLAG,
    "compress": TEXT,
    "debug": FLAG,
    "deployFiles": ARRAY,
    "dictionary": OBJECT,
    "fallbackToSource": FLAG,
    "ignore": TEXTS,
    "locales": TEXTS,
    "log": FUNCTION,
    "macos": OBJECT,
    "nativeBuild": FLAG,
    "noDictionary": TEXTS,
    "notices": FLAG,
    "options": TEXTS,
    "outputPath": TEXT,
    "package": TEXTS_OR_OBJECT,
    "patches": OBJECT,
    "postBuild": HOOK,
    "preBuild": HOOK,
    "provenance": FLAG,
    "public": FLAG,
    "publicPackages": TEXTS,
    "sbom": FLAG,
    "sbomFormat": CYCLONEDX_OR_SPDX,
    "scripts": TEXTS,
    "sea": FLAG,
    "seaConfig": OBJECT,
    "signature": FLAG,
    "sourceMaps": FLAG,
    "targets": TEXTS,
    "transform": FUNCTION,
    "typescript": STRIP_OR_TRANSFORM,
    "windows": OBJECT,
}

WITHOUT_EFFECT: Mapping[str, str] = {
    "nativeBuild": "each target gets its own addons",
    "seaConfig": "sealift writes the blob itself",
    "signature": "executables for macOS are always signed",
}
"""Keys that sealift has no use for, and why: notes."""

DIFFERS: Mapping[str, str] = {
    "debug": "it makes executables that list their files; notes of the build need --debug",
    "log": "it is called once, for the project only",
    "noDictionary": "names of packages work; pkg wants names with .js",
    "patches": "a patch that changes nothing is a warning",
    "postBuild": "it runs when the executables of all targets are verified, once for each",
    "sea": "JavaScript ships as source; all executables are single-executable applications",
    "targets": "the same target twice is built once, and one text may hold several with commas",
    "transform": "each file is a Buffer, and results are kept for later builds",
}
"""Keys that work, but not exactly as in pkg, and how."""

_ON_BY_DEFAULT = {"nativeBuild", "signature"}


def unsupported_settings(data: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Yield a finding for each setting whose value requests what sealift does not do.

    Args:
        data: the settings, of the right types.
        where: the file that holds them.
    """
    for key, reason in WITHOUT_EFFECT.items():
        if _requests_more(key, data.get(key)):
            message = messages.SETTING_WITHOUT_EFFECT
            yield message.finding(Severity.NOTE, file=where, key=key, reason=reason)


def compression(name: str | None, where: str) -> Compression:
    """Return the compression that ``pkg.compress`` names.

    Raises:
        UsageError: it is not the name of a compression.
    """
    if name is None:
        return Compression.NONE
    if name.lower() not in COMPRESSIONS:
        raise messages.COMPRESS_UNKNOWN.error(value=printable(shortened(name)), path=where)
    return COMPRESSIONS[name.lower()]


def differences(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys of some settings that differ from pkg, each with how."""
    for key, how in DIFFERS.items():
        value = data.get(key)
        if value and (key != "targets" or _has_several(value)):
            yield key, how


def _has_several(targets: str | list[str]) -> bool:
    """Return True for targets that pkg refuses, or builds twice."""
    if isinstance(targets, str):
        return False
    return len(set(targets)) < len(targets) or any("," in target for target in targets)


def _requests_more(key: str, value: Any) -> bool:
    """Return True if a value requests what sealift does not do."""
    if value is None:
        return False
    return value is False if key in _ON_BY_DEFAULT else bool(value)
