"""Lockfiles of npm, pnpm and Yarn: which version of each package a project installs.

Lockfiles list packages for every platform, also for those that are not installed on the host.

Usage::

    lockfile = open_lockfile(root)
    if lockfile is not None:
        package = lockfile.dependency(parent, "@img/sharp-win32-x64", "0.34.4")

Each format has a module (`npm`, `pnpm`, `yarn`) with a reader that returns a `Lockfile`. Size and
nesting of a file are limited. Every problem is a ProjectError ``lockfile-unreadable``.
"""

from sealift.lockfiles.lockfile import Lockfile, PackageOnDisk
from sealift.lockfiles.npm_platform import (
    NpmPlatform,
    SupportedPlatforms,
    npm_platform_of,
    read_supported_platforms,
)
from sealift.lockfiles.open_lockfile import open_lockfile
from sealift.lockfiles.package_version import PackageVersion, parse_dependency

__all__ = [
    "Lockfile",
    "NpmPlatform",
    "PackageOnDisk",
    "PackageVersion",
    "SupportedPlatforms",
    "npm_platform_of",
    "open_lockfile",
    "parse_dependency",
    "read_supported_platforms",
]
