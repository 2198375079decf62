"""What to package of a project whose package.json names no entry point, for the error about it."""

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
