"""Specifiers that TypeScript's compiler resolves, but Node does not."""

from __future__ import annotations

import os
import re

from msgspec import Struct

from sealift.project.file_trace import FileTrace
from sealift.project.filesystem import FileSystem
from sealift.project.project_extent import contains
from sealift.project.roles import TYPESCRIPT_EXTENSIONS
from sealift.project.specifiers import is_relative
from sealift.tools.input_files import NotRegularError

_MAX_CONFIG = 1 << 20
_PATHS = re.compile(r'"paths"\s*:\s*\{([^}]*)\}')
_KEY = re.compile(r'"([^"\n]+)"\s*:')


class ExactName(Struct, frozen=True):
    """The file that a specifier means, with its path and the specifier that Node resolves."""

    path: str
    specifier: str


def exact_name(context: FileTrace, specifier: str) -> ExactName | None:
    """Return the TypeScript file that a specifier without its extension means, or None.

    ``./a`` means ``./a.ts`` or ``./a/index.ts``, and ``./a.js`` means ``./a.ts``.
    """
    if not is_relative(specifier):
        return None
    stem, extension = os.path.splitext(specifier)
    swapped = [stem + extension.replace("js", "ts")] if extension in (".js", ".mjs", ".cjs") else []
    added = [specifier + tail for tail in TYPESCRIPT_EXTENSIONS]
    inside = [f"{specifier.rstrip('/')}/index{tail}" for tail in TYPESCRIPT_EXTENSIONS]
    for candidate in (*swapped, *added, *inside):
        path = os.path.normpath(os.path.join(context.directory, candidate))
        if context.trace.filesystem.is_file(path):
            return ExactName(path, candidate)
    return None


def alias_config(context: FileTrace, specifier: str) -> str:
    """Return the path of the tsconfig.json whose ``paths`` match a specifier; "" if none does."""
    directory = context.directory
    while contains(context.trace.root, directory):
        path = os.path.join(directory, "tsconfig.json")
        if context.trace.filesystem.is_file(path) and _has_alias(
            context.trace.filesystem, path, specifier
        ):
            return path
        directory = os.path.dirname(directory)
    return ""


def _has_alias(filesystem: FileSystem, path: str, specifier: str) -> bool:
    # The file may have comments and trailing commas: it is searched and not parsed.
    try:
        text = filesystem.read(path, _MAX_CONFIG).decode("utf-8", "replace")
    except (OSError, NotRegularError):
        return False
    block = _PATHS.search(text)
    for alias in _KEY.findall(block[1]) if block is not None else ():
        before, star, after = alias.partition("*")
        if specifier == alias or (
            star and specifier.startswith(before) and specifier.endswith(after)
        ):
            return True
    return False
