"""What package.json's scripts and dependencies say about how a project is started."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from sealift.errors import UsageError
from sealift.project import entry_messages
from sealift.project.diagnostics import printable

_OUTPUTS = {
    "next": (".next/standalone/server.js", "with output: 'standalone' in next.config"),
    "nuxt": (".output/server/index.mjs", "nuxt build"),
    "nitro": (".output/server/index.mjs", "nitro build"),
    "nitropack": (".output/server/index.mjs", "nitro build"),
    "@sveltejs/kit": ("build/index.js", "vite build, with @sveltejs/adapter-node"),
    "astro": ("dist/server/entry.mjs", "astro build, with @astrojs/node in the mode 'standalone'"),
    "@nestjs/core": ("dist/main.js", "nest build"),
}
"""What the build of a framework writes, and how to build, by the package that shows it."""

_STARTS = ("start", "start:prod", "serve")
# They run a script as Node does, or with more than Node.
_LIKE_NODE = frozenset((
    "babel-node", "bun", "c8", "deno", "electron", "esno", "esr", "forever", "node", "node-dev",
    "nodemon", "nyc", "pm2", "pm2-runtime", "supervisor", "swc-node", "ts-node", "ts-node-dev",
    "tsx",
))  # fmt: skip
# They run the command after them.
_BEFORE_COMMANDS = frozenset(("cross-env", "dotenv", "dotenvx", "env", "env-cmd", "npx", "run"))
_SEPARATOR = re.compile(r"&&|\|\||[;|&]")
_SETTING = re.compile(r"[A-Za-z_]\w*=")
_NODE = re.compile(r"(?:[A-Z_]+=\S+\s+)*node\s+(?:-\S+\s+)*([^-\s]\S*)")


def started_script(package: Mapping[str, Any]) -> str:
    """Return the script that `npm start` runs with Node, as package.json writes it; or ""."""
    scripts = package.get("scripts")
    if not isinstance(scripts, dict):
        return ""
    for name in _STARTS:
        command = scripts.get(name)
        if isinstance(command, str) and (found := _NODE.match(command)):
            return found[1]
    return ""


def starting_program(package: Mapping[str, Any], root: str, entry: str) -> tuple[str, str] | None:
    """Return the program of a package that `npm start` gives the entry point to, and the command.

    Return None if Node runs the entry point, or `npm start` does not name it.

    Args:
        package: content of package.json.
        root: the directory of package.json.
        entry: absolute path of the entry point.
    """
    scripts = package.get("scripts")
    command = scripts.get("start") if isinstance(scripts, dict) else None
    if not isinstance(command, str):
        return None
    found = None
    for part in _SEPARATOR.split(command):
        program, *arguments = _command(part) or [""]
        if program in _LIKE_NODE:
            return None
        named = any(os.path.realpath(os.path.join(root, word)) == entry for word in arguments)
        if named and os.path.exists(os.path.join(root, "node_modules", ".bin", program)):
            found = program, part.strip()
    return found


def _command(text: str) -> list[str]:
    """Return the words of a command from the program on that does the work."""
    words = text.split()
    while words and (
        words[0] in _BEFORE_COMMANDS or words[0].startswith("-") or _SETTING.match(words[0])
    ):
        words.pop(0)
    return words


def framework_error(package: Mapping[str, Any], path: str) -> UsageError | None:
    """Return an error that names what a framework's build writes, if the project uses one.

    Args:
        package: content of package.json.
        path: of it, as the user types it.
    """
    for name, (entry, how) in _OUTPUTS.items():
        for key in ("dependencies", "devDependencies"):
            listed = package.get(key)
            if isinstance(listed, dict) and name in listed:
                output = os.path.join(os.path.dirname(path), entry)
                return entry_messages.FRAMEWORK_SOURCE.error(
                    path=path, package=name, entry=printable(output), how=how
                )
    return None
