"""npm's settings, as installers of packages see them.

``npm config list`` reads all files (project, user, global) and expands ``${VARIABLE}``. Variables
``npm_config_*`` of the environment override them, for installers and for npm.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from sealift.errors import NodeError
from sealift.tools import subprocesses

_SECONDS = 60.0
_PREFIX = "npm_config_"
_ENVIRONMENT = {"npm_config_update_notifier": "false", "npm_config_loglevel": "error"}


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
            settings[_name(key.lower().removeprefix(_PREFIX))] = value
    return settings


def _may_have_files(root: Path) -> bool:
    user = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises if there is none
    directories = (user, root, *root.parents)
    return shutil.which("npm") is not None or any(
        (directory / ".npmrc").is_file() for directory in directories
    )


def _listed_by_npm(root: Path, npm: Callable[[], tuple[str, ...]]) -> dict[str, str]:
    try:
        output = subprocesses.run(
            [*npm(), "config", "list", "--json"],
            directory=root,
            environment=_ENVIRONMENT,
            seconds=_SECONDS,
        )
        listed = msgspec.json.decode(output)
    except subprocesses.CommandError as error:
        raise SettingsError(str(error).rstrip(".")) from error
    except NodeError as error:  # no npm
        raise SettingsError(error.message.rstrip(".")) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise SettingsError("npm did not list its settings as JSON") from error
    settings: dict[str, str] = {}
    # npm lists the strongest file first.
    for key, value in listed.items() if isinstance(listed, dict) else ():
        if isinstance(value, str):
            settings.setdefault(_name(key.lower()), value)
    return settings


def _name(key: str) -> str:
    """Return the name of a setting; npm turns ``_`` into ``-`` in some of its sources."""
    return key.replace("-", "_")
