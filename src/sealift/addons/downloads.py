"""Addons that a package's installer would download: prebuild-install's and node-pre-gyp's."""

from __future__ import annotations

from sealift.addons.installed import Installed
from sealift.addons.machine import Machine
from sealift.addons.store import Stored
from sealift.addons.supply import Problem

NOT_DOWNLOADED = "not-downloaded"


class Downloads:
    """Downloads for one project."""

    def obtain(
        self, package: Installed, machine: Machine, module_version: int
    ) -> tuple[Stored, str] | Problem:
        """Have a package's addon for a target in the cache.

        Gives it and the directory in the package where it belongs, or why it cannot be had; the
        code is `NOT_DOWNLOADED` for a package that has no such installer.
        """
        return Problem(NOT_DOWNLOADED, "", "")
