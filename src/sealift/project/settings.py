"""The ``pkg`` settings: where they stand, which exist, and of which types.

Source: the reference's configuration (``.pkgrc``, ``.pkgrc.json``, ``pkg.config.js|cjs|mjs``, the
``pkg`` field of package.json). A configuration file takes precedence over the ``pkg`` field as a
whole; everything else in package.json (name, dependencies, files, ...) still counts.
"""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass
from typing import Any

from sealift.errors import UsageError
from sealift.findings import Finding, Severity
from sealift.project.package_json import JsonError, parse_json

CONFIG_NAMES = (".pkgrc", ".pkgrc.json", "pkg.config.js", "pkg.config.cjs", "pkg.config.mjs")

_TEXTS = "a string or an array of strings"
_TEXT = "a string"
_FLAG = "true or false"
_OBJECT = "an object"
_ANY = ""
_TYPES = {
    "assets": _TEXTS,
    "ignore": _TEXTS,
    "options": _TEXTS,
    "outputPath": _TEXT,
    "scripts": _TEXTS,
    "targets": _TEXTS,
    # What the reference knows and this mode has no use for.
    "bytecode": _FLAG,
    "compress": _TEXT,
    "debug": _FLAG,
    "deployFiles": _ANY,
    "dictionary": _OBJECT,
    "fallbackToSource": _FLAG,
    "log": _ANY,
    "nativeBuild": _FLAG,
    "noDictionary": _TEXTS,
    "patches": _OBJECT,
    "postBuild": _ANY,
    "preBuild": _ANY,
    "public": _FLAG,
    "publicPackages": _TEXTS,
    "sea": _FLAG,
    "seaConfig": _OBJECT,
    "signature": _FLAG,
    "transform": _ANY,
}
_CHANGES_THE_RESULT = ("deployFiles", "dictionary", "patches", "postBuild", "preBuild", "transform")


@dataclass(frozen=True, slots=True)
class Settings:
    """The ``pkg`` settings that this release acts on; globs are relative to the project root."""

    targets: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    output_path: str = ""
    options: tuple[str, ...] = ()
    bytecode: bool = True
    public: bool = False
    public_packages: tuple[str, ...] = ()
    fallback_to_source: bool = False


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file: its settings object, and whole-file fields such as ``bin``."""

    path: str
    settings: dict[str, Any]
    fields: dict[str, Any]


def is_config_name(name: str) -> bool:
    """Whether a file of this name is a configuration and not a script."""
    return name in CONFIG_NAMES or name.endswith(".config.json")


def find_config(directory: str) -> str | None:
    """The configuration file of a project directory, if it has one."""
    for name in CONFIG_NAMES:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    return None


def read_config(path: str) -> ConfigFile:
    """Read a configuration file; UsageError if it is missing, broken or not constant."""
    name = os.path.basename(path)
    try:
        with open(path, "rb") as stream:
            raw = stream.read()
    except OSError as error:
        raise UsageError(
            "config-unreadable",
            f"The configuration file {path} cannot be read: {error.strerror}.",
            "Name an existing file with --config, or leave the option out.",
        ) from error
    value = _evaluate(path, name, raw)
    if not isinstance(value, dict):
        raise UsageError(
            "config-type",
            f"{name} must hold an object, not {_shown(value)}.",
            'Write it as {"targets": [...], "assets": [...]}.',
        )
    if not value.keys() & {"name", "files", "dependencies", "pkg"}:
        return ConfigFile(path, value, {})
    return ConfigFile(path, object_setting(value, "pkg", name), value)


def _evaluate(path: str, name: str, raw: bytes) -> Any:
    if name.endswith((".js", ".cjs", ".mjs")):
        # Imported here: few projects have such a file, and the parser takes time to load.
        from sealift.project.config_literals import NotConstantError, read_exported_value

        try:
            return read_exported_value(raw)
        except NotConstantError as error:
            raise UsageError(
                "config-not-constant",
                f"{path}:{error.line} cannot be read without running it: {error}.",
                "Write the settings as JSON, in .pkgrc.json or in package.json's pkg field.",
            ) from error
    try:
        return parse_json(raw)
    except JsonError as error:
        raise UsageError(
            "config-broken",
            f"{path} is not JSON: {error} at line {error.line}, column {error.column}.",
            "Mend the file there.",
        ) from error


def object_setting(data: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """``data[key]`` as an object; {} if absent."""
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(key, _OBJECT, value, where)
    return value


def read_settings(data: dict[str, Any], where: str) -> tuple[Settings, tuple[Finding, ...]]:
    """Check the ``pkg`` object that stands in the file called ``where``."""
    findings = []
    for key, value in data.items():
        if key not in _TYPES:
            near = difflib.get_close_matches(key, _TYPES, 1)
            hint = f"Did you mean pkg.{near[0]}?" if near else "Remove it."
            findings.append(
                Finding(
                    Severity.WARNING,
                    "unknown-setting",
                    f"There is no setting pkg.{key}; it is ignored.",
                    hint,
                    where,
                )
            )
        elif value is not None and not _fits(value, _TYPES[key]):
            raise _wrong_type(f"pkg.{key}", _TYPES[key], value, where)
    idle = [f"pkg.{key}" for key in _CHANGES_THE_RESULT if data.get(key)]
    if idle:
        findings.append(
            Finding(
                Severity.WARNING,
                "setting-without-effect",
                f"{', '.join(idle)} {'has' if len(idle) == 1 else 'have'} no effect.",
                "Check that the executable works without.",
                where,
            )
        )
    settings = Settings(
        targets=_texts(data.get("targets")),
        scripts=_texts(data.get("scripts")),
        assets=_texts(data.get("assets")),
        ignore=_texts(data.get("ignore")),
        output_path=data.get("outputPath") or "",
        options=_texts(data.get("options")),
        bytecode=data.get("bytecode") is not False,
        public=bool(data.get("public")),
        public_packages=_texts(data.get("publicPackages")),
        fallback_to_source=bool(data.get("fallbackToSource")),
    )
    return settings, tuple(findings)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _fits(value: Any, kind: str) -> bool:
    if kind == _TEXTS:
        return isinstance(value, str) or (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        )
    if kind == _ANY:
        return True
    return isinstance(value, {_TEXT: str, _FLAG: bool, _OBJECT: dict}[kind])


def _wrong_type(key: str, kind: str, value: Any, where: str) -> UsageError:
    return UsageError(
        "config-type",
        f"{key} must be {kind}, not {_shown(value)} ({where}).",
        f"Correct {key} in {where}.",
    )


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
