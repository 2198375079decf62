"""How Node treats a file: by its extension, the nearest package.json and its syntax.

Source: Node's documentation, "Determining module system". A ``.js`` file without a ``type`` is an
ES module if it has module syntax, in Node 22.7 and later.
"""

from __future__ import annotations

import os
import re

from sealift.model import Role
from sealift.project.package_json import Package

_FIXED = {
    ".cjs": Role.COMMONJS,
    ".mjs": Role.MODULE,
    ".cts": Role.COMMONJS,
    ".mts": Role.MODULE,
    ".json": Role.JSON,
    ".node": Role.ADDON,
    ".wasm": Role.WASM,
}
SCRIPT_EXTENSIONS = (".js", ".cjs", ".mjs")
LOADABLE_EXTENSIONS = (*SCRIPT_EXTENSIONS, ".json", ".node", ".wasm")
TYPESCRIPT_EXTENSIONS = (".ts", ".mts", ".cts")
_DATA_EXTENSIONS = frozenset((
    ".css", ".scss", ".sass", ".less", ".styl", ".pcss", ".html", ".htm", ".xhtml", ".svg", ".xml",
    ".vue", ".svelte", ".astro", ".marko", ".mdx", ".md", ".markdown", ".txt", ".csv", ".tsv",
    ".yml", ".yaml", ".toml", ".ini", ".sql", ".graphql", ".gql", ".proto", ".prisma", ".ejs",
    ".hbs", ".handlebars", ".mustache", ".pug", ".jade", ".njk", ".liquid", ".tpl", ".tmpl",
    ".coffee", ".litcoffee", ".sh", ".bat", ".cmd", ".ps1", ".py", ".rb", ".pem", ".crt", ".key",
    ".map", ".webmanifest", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".avif", ".pdf",
    ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".webm", ".zip", ".gz", ".br",
    ".dat", ".bin",
))  # fmt: skip
"""No loader of JavaScript reads such a file, unless the program adds one that translates it first.
So it is data, also if it is loaded by name."""
LARGE_SCRIPT = 1 << 20
"""Bytes; larger scripts are scanned only where their references matter."""

# Not a key (``export: 1``) or a call (``import('x')``).
_STATEMENT = rb"[ \t]*(?:import|export)\b\s*(?:[\w$*{\"'.\\\x80-\xff]|/[*/]|$)"
_FIRST_STATEMENT = re.compile(_STATEMENT, re.MULTILINE)
_LATER_STATEMENT = re.compile(rb"\n" + _STATEMENT, re.MULTILINE)
"""It begins with a byte, and not with ``^``, so that the search passes quickly over the others."""


def extension_of(path: str) -> str:
    """Return the last extension with its dot; "" without one, and for ``.name``."""
    return os.path.splitext(path)[1]


def is_script(path: str, *, as_module: bool) -> bool:
    """Return True if a file holds JavaScript, or TypeScript that becomes JavaScript.

    ``as_module``: the file is loaded as a module, a worker or the entry point. Then it is a script
    even without an extension: Node loads unknown extensions as CommonJS. TypeScript that nothing
    loads by its name is data: it may be a template.
    """
    extension = extension_of(path)
    if extension in SCRIPT_EXTENSIONS:
        return True
    if extension in TYPESCRIPT_EXTENSIONS:
        return as_module
    return as_module and extension not in _FIXED and extension.lower() not in _DATA_EXTENSIONS


def declared_module(path: str, scope: Package | None) -> bool | None:
    """Return whether a script is an ES module; None if its syntax decides."""
    role = _FIXED.get(extension_of(path))
    if role is not None:
        return role is Role.MODULE
    return scope.type == "module" if scope is not None and scope.type else None


def role_of_data(path: str) -> Role:
    """Return the role of a file that is not a script."""
    role = _FIXED.get(extension_of(path), Role.ASSET)
    return Role.ASSET if role in (Role.COMMONJS, Role.MODULE) else role


def may_have_module_syntax(source: bytes) -> bool:
    """Return False if a file has no line that begins with ``import`` or ``export``.

    That is cheap, and wrong only for minified modules whose first statement begins no line.
    """
    return (_FIRST_STATEMENT.match(source) or _LATER_STATEMENT.search(source)) is not None
