"""The ``pkg`` settings, and the files that hold them.

Source: the configuration of pkg (``.pkgrc``, ``.pkgrc.json``, ``pkg.config.js|cjs|mjs``, the
``pkg`` field of package.json). A configuration file replaces the whole ``pkg`` field. The rest of
package.json (name, dependencies, files, ...) applies in any case.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from sealift.findings import Finding, Severity
from sealift.options import CYCLONEDX, SPDX, BuildOptions, Compression, Documents
from sealift.project.bounded_json import MAX_SIZE, JsonError, parse_json
from sealift.project.diagnostics import printable, shortened
from sealift.project.settings import messages
from sealift.project.settings.functions import ConfigFunction, ConfigLoader
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
    TEXTS_OR_OBJECT,
    compression,
    unsupported_settings,
)
from sealift.project.settings.macos import MacosSettings, read_macos
from sealift.project.settings.package import PackageOptions, read_package_options
from sealift.project.settings.package_settings import (
    PackageSettings,
    read_dictionary,
    read_package_settings,
)
from sealift.project.settings.values import TEXTS, check_texts, is_texts, shown, texts, wrong_type
from sealift.project.settings.windows import WindowsSettings, read_windows
from sealift.record import replace
from sealift.tools.input_files import NotRegularError, read_regular

HOOKS = ("preBuild", "postBuild", "transform")
CONFIG_NAMES = (
    ".pkgrc",
    ".pkgrc.json",
    "pkg.config.js",
    "pkg.config.cjs",
    "pkg.config.mjs",
    "pkg.config.ts",
)
_JAVASCRIPT = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")


class Settings(Struct, frozen=True):
    """The ``pkg`` settings that sealift acts on; patterns are relative to the project's root.

    Options of the caller that say the same replace them: `overridden_by`.
    """

    targets: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    output_path: str = ""
    options: tuple[str, ...] = ()
    bytecode: bool = True
    sea: bool = False
    public: bool = False
    public_packages: tuple[str, ...] = ()
    fallback_to_source: bool = False
    transform_types: bool = False
    source_maps: bool | None = None
    compress: Compression = Compression.NONE
    debug: bool = False
    documents: Documents = field(default_factory=Documents)
    pre_build: str | ConfigFunction | None = None
    post_build: str | ConfigFunction | None = None
    transform: ConfigFunction | None = None
    log: ConfigFunction | None = None
    package: PackageSettings = field(default_factory=PackageSettings)
    dictionary: Mapping[str, PackageSettings] = field(default_factory=dict)
    no_dictionary: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    compact: bool = False
    macos: MacosSettings = field(default_factory=MacosSettings)
    package_options: PackageOptions = field(default_factory=PackageOptions)
    windows: WindowsSettings = field(default_factory=WindowsSettings)

    def overridden_by(self, options: BuildOptions) -> Settings:
        """Return the settings, with the options that the caller gave in their place."""
        # Who asks for a refusal of source that is not public must not ship it because of pkg.sea.
        sea = self.sea and not options.no_bytecode if options.sea is None else options.sea
        return replace(
            self,
            options=options.exec_argv or self.options,
            sea=sea,
            bytecode=self.bytecode if options.no_bytecode is None else not options.no_bytecode,
            debug=self.debug if options.debug is None else options.debug,
            public=self.public if options.public is None else options.public,
            no_dictionary=options.no_dictionary or self.no_dictionary,
            locales=options.locales or self.locales,
            compact=_chosen(options.compact, self.compact),
            public_packages=(*options.public_packages, *self.public_packages),
            fallback_to_source=self.fallback_to_source
            if options.fallback_to_source is None
            else options.fallback_to_source,
            source_maps=self.source_maps if options.source_maps is None else options.source_maps,
            compress=self.compress if options.compress is None else options.compress,
            documents=Documents(
                sbom=_chosen(options.sbom, self.documents.sbom),
                notices=_chosen(options.notices, self.documents.notices),
                provenance=_chosen(options.provenance, self.documents.provenance),
                sbom_format=options.sbom_format or self.documents.sbom_format,
            ),
        )


class ConfigFile(Struct, frozen=True):
    """A configuration file.

    Attributes:
        path: as it was named.
        settings: its ``pkg`` settings.
        fields: all of it, if it also has fields of a package.json such as ``bin``.
    """

    path: str
    settings: dict[str, Any]
    fields: dict[str, Any]


def is_config_name(name: str) -> bool:
    """Return True if a file of this name is a configuration and not a script."""
    return name in CONFIG_NAMES or name.endswith(".config.json")


def find_config(directory: str) -> str | None:
    """Return the configuration file in a directory, or None."""
    for name in CONFIG_NAMES:
        path = os.path.join(directory, name)
        if os.path.exists(path) and not os.path.isdir(path):
            return path
    return None


def read_config(path: str, load: ConfigLoader | None = None) -> ConfigFile:
    """Read a configuration file.

    Args:
        path: of the file.
        load: runs a JavaScript configuration; without it, there may be none.

    Raises:
        UsageError: it is missing or broken.
        NodeError: as ``load``.
    """
    name = os.path.basename(path)
    try:
        raw = read_regular(path, MAX_SIZE)
    except NotRegularError as error:
        raise messages.CONFIG_UNREADABLE.error(
            path=printable(path), problem="it is not a regular file"
        ) from error
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else error
        raise messages.CONFIG_UNREADABLE.error(path=printable(path), problem=problem) from error
    value = _evaluate(path, name, raw, load)
    if not isinstance(value, dict):
        raise messages.CONFIG_NOT_OBJECT.error(path=name, value=shown(value))
    if not value.keys() & {"name", "files", "dependencies", "pkg"}:
        return ConfigFile(path, value, {})
    return ConfigFile(path, object_setting(value, "pkg", name), value)


def _evaluate(path: str, name: str, raw: bytes, load: ConfigLoader | None) -> Any:
    if name.endswith(_JAVASCRIPT):
        if load is None:
            raise messages.CONFIG_NOT_RUN.error(path=path)
        return load(path)
    try:
        return parse_json(raw)
    except JsonError as error:
        raise messages.CONFIG_BROKEN.error(
            path=path, problem=error, line=error.line, column=error.column
        ) from error


def read_hooks(path: str, load: ConfigLoader | None) -> dict[str, Any]:
    """Return the hooks that a module exports, as settings; arguments as those of `read_config`."""
    value = read_config(path, load).settings
    return {key: value[key] for key in HOOKS if value.get(key) is not None}


def object_setting(data: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """Return the object ``data[key]``, {} if absent. Raise UsageError for another type."""
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type(key, OBJECT, value, where)
    return value


def read_settings(data: dict[str, Any], where: str) -> tuple[Settings, tuple[Finding, ...]]:
    """Return the settings in the ``pkg`` object of the file ``where``, and what is odd in it.

    Raise UsageError for a value that cannot be used.
    """
    findings = []
    for key, value in data.items():
        if key == "$schema":  # for editors
            continue
        if key not in KEY_TYPES:
            near = difflib.get_close_matches(key, KEY_TYPES, 1)
            suggestion = f", or rename it to pkg.{near[0]}" if near else ""
            findings.append(
                messages.UNKNOWN_SETTING.finding(
                    Severity.WARNING,
                    file=where,
                    key=printable(shortened(key)),
                    suggestion=suggestion,
                )
            )
        elif value is not None and not _fits(value, KEY_TYPES[key]):
            raise wrong_type(f"pkg.{key}", KEY_TYPES[key], value, where)
        elif KEY_TYPES[key] == HOOK and isinstance(value, str) and not value.strip():
            raise messages.HOOK_EMPTY.error(key=f"pkg.{key}", path=where)
        elif isinstance(value, str | list):
            check_texts(f"pkg.{key}", value, where)
    findings += unsupported_settings(data, where)
    settings = Settings(
        targets=texts(data.get("targets")),
        scripts=texts(data.get("scripts")),
        assets=texts(data.get("assets")),
        ignore=texts(data.get("ignore")),
        output_path=data.get("outputPath") or "",
        options=texts(data.get("options")),
        bytecode=data.get("bytecode") is not False,
        sea=bool(data.get("sea")),
        public=bool(data.get("public")),
        public_packages=texts(data.get("publicPackages")),
        fallback_to_source=bool(data.get("fallbackToSource")),
        transform_types=data.get("typescript") == "transform",
        source_maps=data.get("sourceMaps"),
        compress=compression(data.get("compress"), where),
        debug=bool(data.get("debug")),
        documents=Documents(
            sbom=bool(data.get("sbom")),
            notices=bool(data.get("notices")),
            provenance=bool(data.get("provenance")),
            sbom_format=data.get("sbomFormat") or CYCLONEDX,
        ),
        pre_build=data.get("preBuild"),
        post_build=data.get("postBuild"),
        transform=data.get("transform"),
        log=data.get("log"),
        package=read_package_settings(data, where),
        dictionary=read_dictionary(data.get("dictionary"), where),
        no_dictionary=texts(data.get("noDictionary")),
        locales=texts(data.get("locales")),
        compact=bool(data.get("compact")),
        macos=read_macos(data.get("macos"), where),
        package_options=read_package_options(data.get("package"), where),
        windows=read_windows(data.get("windows"), where),
    )
    return settings, tuple(findings)


def _chosen(option: bool | None, setting: bool) -> bool:
    return setting if option is None else option


def _fits(value: Any, kind: str) -> bool:
    if kind == TEXTS:
        return is_texts(value)
    if kind in (HOOK, FUNCTION):
        return isinstance(value, ConfigFunction) or (kind == HOOK and isinstance(value, str))
    if kind == TEXTS_OR_OBJECT:
        return is_texts(value) or isinstance(value, dict)
    if kind == CYCLONEDX_OR_SPDX:
        return value in (CYCLONEDX, SPDX)
    if kind == STRIP_OR_TRANSFORM:
        return value in ("strip", "transform")
    return isinstance(value, {TEXT: str, FLAG: bool, OBJECT: dict, ARRAY: list}[kind])
