"""npm's settings, as installers of packages see them.

``npm config list`` reads all files (project, user, global) and expands ``${VARIABLE}``. Variables
``npm_config_*`` of the environment override them, for installers and for npm.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sealift.errors import NodeError
from sealift.tools.npm import read_settings, setting_name
from sealift.tools.subprocesses import CommandError

_PREFIX = "npm_config_"


class SettingsError(Exception):
    """npm's settings cannot be read; the message is a clause that says why."""


def read_npm_settings(root: Path, npm: Callable[[], tuple[str, ...]]) -> dict[str, str]:
    """Return npm's settings by name, in lower case and with ``_`` between the words.

    Args:
        root: directory of the project.
        npm: returns the first words of a command that runs npm. It is not called if the host has
            neither npm nor a file with settings.

    Raises:
        SettingsError: npm is missing or fails.
    """
    settings = _listed_by_npm(root, npm) if _may_have_files(root) else {}
    for key, value in os.environ.items():
        if key.lower().startswith(_PREFIX):
            settings[setting_name(key[len(_PREFIX) :])] = value
    return settings


def _may_have_files(root: Path) -> bool:
    user = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises if there is none
    directories = (user, root, *root.parents)
    return shutil.which("npm") is not None or any(
        (directory / ".npmrc").is_file() for directory in directories
    )


def registry_settings(root: Path, npm: Callable[[], tuple[str, ...]]) -> str:
    """Return a digest of the settings that name registries; "" if they cannot be read.

    Two registries may have different packages of one name.
    """
    try:
        settings = read_npm_settings(root, npm)
    except SettingsError:
        return ""
    digest = hashlib.sha256()
    for name, value in sorted(settings.items()):
        if name.rpartition(":")[2] == "registry":
            digest.update(f"{name}={value}\0".encode("utf-8", "replace"))
    return digest.hexdigest()


def _listed_by_npm(root: Path, npm: Callable[[], tuple[str, ...]]) -> dict[str, str]:
    try:
        return read_settings(npm(), root)
    except CommandError as error:
        raise SettingsError(str(error).rstrip(".")) from error
    except NodeError as error:  # no npm
        raise SettingsError(error.message.rstrip(".")) from error
