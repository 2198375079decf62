"""The file names that a package's code makes paths of, as far as its text shows.

The scanner cannot prove which files a package reads that is included completely. But what the
package reads, lists or copies by a name has that name in a path in its code.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from sealift.project.filesystem import FileSystem
from sealift.tools.input_files import NotRegularError

MAX_SCRIPT = 4 << 20
"""Larger scripts are not looked at, in bytes."""

# A text without line ends.
_TEXT = re.compile(rb"""'([^'\n\s\\]{1,300})'|"([^"\n\s\\]{1,300})"|`([^`\n\\]{1,300})`""")
# What precedes a text in its line.
_LOADED = re.compile(rb"(?:\brequire\(|\bimport\(?|\bfrom)\s*$")
_PATH = re.compile(rb"(?:join|resolve|url|dir|path|folder|template)\w*\b[^;{}]*$", re.IGNORECASE)
# Each begins with a text, so that the rest is tried only where that is.
_ARGUMENTS = rb"""\s*([\w$.\[\]]{1,100})\s*,\s*['"`]([\w.-]{1,100})['"`]"""
_JOINED = tuple(
    re.compile(call + rb"(?<!\w" + call + rb")" + _ARGUMENTS)
    for call in (rb"join\(", rb"resolve\(")
)
_KNOWN = re.compile(rb"__dirname|import\.meta|cwd", re.IGNORECASE)
_SEPARATOR = re.compile(rb"\$\{[^}]*\}|/")
_LOOK_BACK = 160  # bytes


def mentioned_names(
    filesystem: FileSystem, scripts: Iterable[str], names: frozenset[str]
) -> frozenset[str]:
    """Return those of ``names`` that are parts of paths in the texts of the scripts.

    Args:
        filesystem: the view of the host.
        scripts: paths of JavaScript files. Those that cannot be read are skipped.
        names: of files and directories.
    """
    wanted = {name.encode("utf-8", "surrogateescape"): name for name in names}
    found: set[str] = set()
    for path in scripts:
        if len(found) == len(wanted):
            break
        source = _source(filesystem, path)
        if any(name in source for name in wanted):
            found.update(wanted[part] for part in _path_parts(source, wanted))
    return frozenset(found)


def _path_parts(source: bytes, wanted: Container[bytes]) -> Iterable[bytes]:
    """Yield those of the ``wanted`` names that are parts of paths in the texts of a script."""
    for match in _TEXT.finditer(source):
        text = match.group(match.lastindex or 0)
        parts = [part for part in _SEPARATOR.split(text) if part in wanted]
        if not parts or b"://" in text:
            continue
        line = source.rfind(b"\n", max(0, match.start() - _LOOK_BACK), match.start()) + 1
        before = source[max(line, match.start() - _LOOK_BACK) : match.start()]
        if not _LOADED.search(before) and (b"/" in text or _PATH.search(before)):
            yield from parts


def joined_names(filesystem: FileSystem, script: str) -> frozenset[str]:
    """Return the names that a script joins to directories that it does not know itself.

    In ``path.join(settings.directory, 'examples')`` that is ``examples``. The working directory and
    the script's own are known.
    """
    source = _source(filesystem, script)
    return frozenset(
        match[2].decode("utf-8", "surrogateescape")
        for form in _JOINED
        for match in form.finditer(source)
        if not _KNOWN.search(match[1])
    )


def line_of_mention(filesystem: FileSystem, script: str, specifier: str) -> int:
    """Return the line where a script names a module without loading it itself; 0 if nowhere."""
    source = _source(filesystem, script)
    name = re.compile(rb"(['\"`])" + re.escape(specifier.encode()) + rb"\1")
    for match in name.finditer(source):
        before = source[max(0, match.start() - _LOOK_BACK) : match.start()]
        if not _LOADED.search(before):
            return source.count(b"\n", 0, match.start()) + 1
    return 0


def mentions_package(filesystem: FileSystem, scripts: Iterable[str], name: str) -> bool:
    """Return True if a text of the scripts is ``name`` or a path in that package."""
    text = re.compile(rb"[\'\"`]" + re.escape(name.encode()) + rb"[/\'\"`]")
    return any(text.search(_source(filesystem, path)) for path in scripts)


def _source(filesystem: FileSystem, path: str) -> bytes:
    """Return the text of a script; nothing if it is large or cannot be read."""
    try:
        source = filesystem.read(path, MAX_SCRIPT)
    except (OSError, NotRegularError):
        return b""
    return source if len(source) <= MAX_SCRIPT else b""
