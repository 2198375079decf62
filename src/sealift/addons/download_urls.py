"""The addresses from which prebuild-install and node-pre-gyp download addons.

Source: prebuild-install 7 (``rc.js``, ``util.js``), node-pre-gyp 2 (``lib/util/versioning.js``,
``lib/util/napi.js``). Both fill in templates in ``binary`` of package.json. A setting of npm, named
for the package, can name another host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from msgspec import Struct

from sealift.addons.installed_packages import InstalledPackage
from sealift.lockfiles import NpmPlatform

PREBUILD_INSTALL = "prebuild-install"
NODE_PRE_GYP = ("@mapbox/node-pre-gyp", "node-pre-gyp")
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
_NEWEST_NAPI = 10  # of Node 22.14, 23.6 and all later releases
_RUNTIME = re.compile(r"prebuild-install[^|&;]*?(?:-r|--runtime)[ =](\w+)")
_TAG_PREFIX = re.compile(r"prebuild-install[^|&;]*?--tag-prefix[ =](\S+)")
_REPOSITORY = re.compile(r"(?:github:|.*github\.com[/:])?([\w.-]+)/([\w.-]+?)(?:\.git)?(?:#.*)?")
_PREBUILD_NAME = "{name}-v{version}-{runtime}-v{abi}-{platform}{libc}-{arch}.tar.gz"
_PRE_GYP_NAME = "{module_name}-v{version}-{node_abi}-{platform}-{arch}.tar.gz"


class Download(Struct, frozen=True):
    """A tarball that an installer downloads.

    Attributes:
        url: its address.
        directory: directory in the package into which it is unpacked.
        strip: all its files are in one directory, which is omitted.
        setting: npm's setting that names another host.
        trusted: the user named the host.
    """

    url: str
    directory: str
    strip: bool
    setting: str
    trusted: bool


def find_download(
    package: InstalledPackage,
    platform: NpmPlatform,
    module_version: int,
    settings: Mapping[str, str],
) -> Download | None:
    """Return what a package's installer would download for a target; None if it names no host.

    Args:
        package: an installed package that downloads addons.
        platform: the target's.
        module_version: ``NODE_MODULE_VERSION`` of the target's Node.
        settings: npm's settings; see `read_npm_settings`.
    """
    find = _pre_gyp if _uses_pre_gyp(package) else _prebuild_install
    return find(package, platform, module_version, settings)


def downloads_addons(package: InstalledPackage) -> bool:
    """Return True if the installer of a package downloads its addons."""
    if _uses_pre_gyp(package) or PREBUILD_INSTALL in package.install_script:
        return True
    return PREBUILD_INSTALL in package.dependencies(*_DEPENDENCIES)


def _uses_pre_gyp(package: InstalledPackage) -> bool:
    wanted = package.dependencies(*_DEPENDENCIES)
    return any(name in wanted for name in NODE_PRE_GYP)


def _prebuild_install(
    package: InstalledPackage,
    platform: NpmPlatform,
    module_version: int,
    settings: Mapping[str, str],
) -> Download | None:
    data, script = package.data, package.install_script
    binary = _object(data.get("binary"))
    runtime = _RUNTIME.search(script)
    named = runtime[1] if runtime else _object(data.get("config")).get("runtime")
    napi = _napi(binary) if named == "napi" else 0
    tag_prefix = _TAG_PREFIX.search(script)
    own_name = str(data.get("name") or package.name)
    values = _values(package, platform, module_version) | {
        "name": own_name.rpartition("/")[2],
        "package_name": own_name.rpartition("/")[2],
        "abi": str(napi or module_version),
        "node_abi": str(module_version),
        "runtime": "napi" if napi else "node",
        "libc": "musl" if platform.libc == "musl" else "",
        "tag_prefix": tag_prefix[1] if tag_prefix else "v",
    }
    setting = re.sub(r"^_", "", re.sub(r"[^a-z0-9]", "_", own_name.lower())) + "_binary_host"
    mirror = settings.get(setting) or settings.get(f"{setting}_mirror")
    if mirror:
        template = f"{mirror.rstrip('/')}/{{tag_prefix}}{{version}}/{_PREBUILD_NAME}"
    elif binary.get("host"):
        parts = (binary["host"], binary.get("remote_path"), binary.get("package_name"))
        trimmed = [re.sub(r"^\./|^/|/$", "", str(part or "")) for part in parts]
        template = "/".join(part for part in (*trimmed[:2], trimmed[2] or _PREBUILD_NAME) if part)
    else:
        repository = _github(data)
        if not repository:
            return None
        template = f"{repository}/releases/download/{{tag_prefix}}{{version}}/{_PREBUILD_NAME}"
    return Download(_filled(template, values), "", False, setting, bool(mirror))


def _pre_gyp(
    package: InstalledPackage,
    platform: NpmPlatform,
    module_version: int,
    settings: Mapping[str, str],
) -> Download | None:
    binary = _object(package.data.get("binary"))
    module_name, module_path = binary.get("module_name"), binary.get("module_path")
    if not isinstance(module_name, str) or not isinstance(module_path, str):
        return None
    setting = f"{module_name.replace('-', '_', 1).lower()}_binary_host_mirror"
    mirror = settings.get(setting.replace("-", "_"))
    host = mirror or binary.get("host")
    if not isinstance(host, str) or not host:
        return None
    napi = _napi(binary) if "napi_versions" in binary else 0
    abi = f"node-v{module_version}"
    values = _values(package, platform, module_version) | {
        "name": package.name,
        "module_name": module_name,
        "runtime": "node",
        "node_abi": abi,
        "node_abi_napi": "napi",
        "napi_version": str(_NEWEST_NAPI),
        "napi_build_version": str(napi or ""),
        "node_napi_label": f"napi-v{napi}" if napi else abi,
        "libc": platform.libc or "unknown",
        "toolset": "",
        "debug": "",
        "target": "",
    }
    remote = _filled(str(binary.get("remote_path") or ""), values)
    remote = f"{remote.rstrip('/')}/".replace("//", "/") if remote else ""
    name = _filled(str(binary.get("package_name") or _PRE_GYP_NAME), values)
    base = urljoin(f"{_filled(host, values).rstrip('/')}/", remote)
    directory = os.path.normpath(_filled(module_path, values)).replace(os.sep, "/")
    if directory.startswith(("..", "/")):
        return None
    return Download(urljoin(base, name), directory, True, setting, bool(mirror))


def _values(
    package: InstalledPackage, platform: NpmPlatform, module_version: int
) -> dict[str, str]:
    version, _, build = package.version.partition("+")
    numbers, _, prerelease = version.partition("-")
    major, minor, patch = (*numbers.split("."), "", "", "")[:3]
    return {
        "version": package.version,
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": prerelease,
        "build": build,
        "platform": platform.os,
        "target_platform": platform.os,
        "arch": platform.cpu,
        "target_arch": platform.cpu,
        "armv": platform.arm_version,
        "configuration": "Release",
        "module_name": str(_object(package.data.get("binary")).get("module_name") or ""),
        "module_version": str(module_version),
    }


def _napi(binary: Mapping[str, Any]) -> int:
    """Return the newest version of Node-API that the package supports and Node has; 0 if none."""
    versions = binary.get("napi_versions")
    numbers = versions if isinstance(versions, list) else []
    return max((n for n in numbers if isinstance(n, int) and n <= _NEWEST_NAPI), default=0)


def _github(data: Mapping[str, Any]) -> str:
    repository = data.get("repository")
    text = repository.get("url") if isinstance(repository, dict) else repository
    match = _REPOSITORY.fullmatch(text) if isinstance(text, str) else None
    return f"https://github.com/{match[1]}/{match[2]}" if match else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)
