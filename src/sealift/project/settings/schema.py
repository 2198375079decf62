"""The JSON Schema of a configuration file, for editors; ``dev.py generate`` writes it to ``docs/``.

Functions are left out: only a JavaScript configuration can have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sealift.options import COMPRESSIONS, CYCLONEDX, SPDX
from sealift.project.settings import keyed
from sealift.project.settings.keys import (
    ARRAY,
    CYCLONEDX_OR_SPDX,
    FLAG,
    FUNCTION,
    HOOK,
    KEY_TYPES,
    OBJECT,
    STRIP_OR_TRANSFORM,
    TEXT,
)
from sealift.project.settings.macos import MACOS_KEYS
from sealift.project.settings.package import PACKAGE_KEYS
from sealift.project.settings.package_settings import ACTIONS
from sealift.project.settings.sign import SIGN_KEYS
from sealift.project.settings.values import TEXTS
from sealift.project.settings.windows import WINDOWS_KEYS

_STRING = {"type": "string"}
_STRINGS = {"anyOf": [_STRING, {"type": "array", "items": _STRING}]}
_KINDS: dict[str, dict[str, Any]] = {
    TEXTS: _STRINGS,
    TEXT: _STRING,
    FLAG: {"type": "boolean"},
    OBJECT: {"type": "object"},
    ARRAY: {"type": "array"},
    CYCLONEDX_OR_SPDX: {"enum": [CYCLONEDX, SPDX]},
    STRIP_OR_TRANSFORM: {"enum": ["strip", "transform"]},
    HOOK: {"type": "string", "pattern": r"\S"},
}
_KINDS_OF_KEYS: dict[str, dict[str, Any]] = {
    keyed.FLAG: {"type": ["boolean", "null"]},
    keyed.TEXT: {"type": ["string", "null"]},
    TEXTS: _STRINGS,
}

DESCRIPTIONS = {
    "assets": "Patterns of files to package unchanged.",
    "bytecode": "Compile scripts to bytecode.",
    "compact": "Compress executables for Linux; their first start unpacks them.",
    "compress": "Compression of packaged files: None, GZip, Brotli or Zstd.",
    "debug": "Executables list their packaged files if DEBUG_PKG is set.",
    "deployFiles": "Files that must be beside the executable: [from, to] or [from, to, directory].",
    "dictionary": "Settings of packages, by their names.",
    "fallbackToSource": "Ship the source of scripts that cannot be compiled.",
    "ignore": "Patterns of files to leave out.",
    "locales": "Languages whose ICU data remains in Node, such as de; English always does.",
    "log": "A function that is called with a logger.",
    "macos": "What executables for macOS say about themselves.",
    "nativeBuild": "No effect: each target gets its own addons.",
    "noDictionary": "Packages whose entries in the dictionary are ignored; * for all.",
    "notices": "Write the licence texts of everything that ships beside each executable.",
    "options": "Node options to embed, without dashes.",
    "outputPath": "Directory to write the executables to.",
    "package": "Distribution packages to make: tar.gz, zip, deb, rpm, oci, brew, scoop, universal.",
    "patches": "Changes of files: pairs of a text and its replacement, by path.",
    "postBuild": "Command to run for each executable, whose path is in PKG_OUTPUT.",
    "preBuild": "Command to run before the build.",
    "provenance": "Write SHA256SUMS and a SLSA provenance beside the executables.",
    "public": "The source of the project itself may ship.",
    "publicPackages": "Packages whose source may ship; * for all.",
    "sbom": "Embed an SBOM in each executable, and write it beside it.",
    "sbomFormat": "Format of the SBOM beside each executable.",
    "scripts": "Patterns of scripts to package.",
    "sea": "Ship JavaScript as source, with V8's code caches.",
    "seaConfig": "No effect.",
    "signature": "No effect: executables for macOS are always signed.",
    "sourceMaps": "Package source maps, whether the program turns them on or not.",
    "targets": "Targets, such as node24-linux-x64.",
    "transform": "A function that changes files before they are packaged.",
    "typescript": "How types are removed from TypeScript.",
    "windows": "What executables for Windows say about themselves.",
}


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``.pkgrc`` and ``*.config.json``: settings, or with ``pkg``."""
    whole = {"type": "object", "required": ["pkg"], "properties": {"pkg": _ref("settings")}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of sealift",
        "anyOf": [_ref("settings"), whole],
        "$defs": {
            "settings": _object({key: _value(key) for key in ("$schema", *KEY_TYPES)}),
            "package": _object({key: _value(key) for key in _OF_PACKAGES}),
        },
    }


_OF_PACKAGES = ("assets", "deployFiles", "patches", "scripts")


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in properties.items() if value is not None}
    return {"type": "object", "properties": known, "additionalProperties": False}


def _value(key: str) -> dict[str, Any] | None:
    """Return the schema of a key's value; None if only JavaScript can have one."""
    if key == "$schema":
        return _STRING
    kind = KEY_TYPES[key]
    if kind == FUNCTION:
        return None
    schema = _SPECIAL.get(key) or _KINDS[kind]
    return {"description": DESCRIPTIONS[key], "anyOf": [schema, {"type": "null"}]}


_EDIT = {"type": "object", "required": ["do"], "properties": {"do": {"enum": list(ACTIONS)}}}


def _keyed(types: Mapping[str, str], **objects: dict[str, Any]) -> dict[str, Any]:
    properties = {key: objects.get(key) or _KINDS_OF_KEYS[kind] for key, kind in types.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


_SIGN = {
    "anyOf": [
        {
            "description": "With what executables are signed; passwords are in variables.",
            **_keyed(SIGN_KEYS),
            "required": ["certificate"],
        },
        {"type": "null"},
    ]
}


_SPECIAL: dict[str, dict[str, Any]] = {
    "compress": {"enum": sorted({*COMPRESSIONS, *(one.value for one in COMPRESSIONS.values())})},
    "deployFiles": {
        "type": "array",
        "items": {"type": "array", "items": _STRING, "minItems": 2, "maxItems": 3},
    },
    "patches": {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"anyOf": [_STRING, _EDIT]}},
    },
    "dictionary": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    "windows": _keyed(WINDOWS_KEYS, sign=_SIGN),
    "macos": _keyed(MACOS_KEYS, sign=_SIGN),
    "package": {
        "anyOf": [
            _STRINGS,
            _keyed(PACKAGE_KEYS),
        ]
    },
}
