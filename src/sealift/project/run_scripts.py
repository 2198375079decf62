"""Scripts whose paths code keeps until it starts them: ``new Worker(config.worker)``.

The path is written in one place, ``{worker: path.join(__dirname, 'w.js')}``, often in another file,
and names the script as data would be named. It is not read if code starts what has the same name.
"""

from __future__ import annotations

import itertools
import os
import re

from sealift.model import Reason, ReasonKind
from sealift.project.needs import Need
from sealift.project.trace import Trace
from sealift.tools.input_files import NotRegularError

_MAX_SCRIPT = 4 << 20  # bytes
_LONGEST_BEFORE = 300  # bytes of an expression with a path
_MOST_PLACES = 50  # where a line names a script
_STARTS = (
    rb"(?:\bnew\s+(?:[\w$]+\.)*Worker\s*\(|\b(?:fork|require|import)\s*\(|\bexec\s*:"
    rb"|\bexecPath\s*,\s*\[)\s*(?:(?:[\w$]+|require\(['\"][^'\"\n]*['\"]\))(?:\(\))?\??\.)*"
)

_STORED = re.compile(rb"(?<![\w$])([\w$]+)['\"]?\s*[:=](?![=>])[^=;{}]*\Z")


def mark_started(trace: Trace) -> None:
    """Note that scripts of the project that code starts or loads by a kept path are not read."""
    sources: list[bytes] = []
    started: dict[bytes, bool] = {}
    for file in trace.files.values():
        if file.read is None or not file.script or not file.owner.is_app:
            continue
        key = _kept_as(trace, file.read, file.path)
        if not key:
            continue
        if not sources:
            sources = _own_sources(trace)
        if key not in started:
            starts = re.compile(_STARTS + re.escape(key) + rb"\b(?!\s*[(.])")
            started[key] = any(starts.search(source) for source in sources)
        if started[key]:
            file.read = None


def _kept_as(trace: Trace, read: Reason, path: str) -> bytes:
    """Return the name of the property or variable that a path is stored in, or b""."""
    if read.certain or read.kind is not ReasonKind.FILE_REFERENCE:
        return b""
    try:
        lines = trace.filesystem.read(read.parent, _MAX_SCRIPT).splitlines()
    except (OSError, NotRegularError):
        return b""
    text = b"\n".join(lines[max(0, read.line - 2) : read.line])
    stem = os.fsencode(os.path.splitext(os.path.basename(path))[0])
    named = re.compile(rb"(?<![\w$])" + re.escape(stem) + rb"\b")
    for place in itertools.islice(named.finditer(text), _MOST_PLACES):
        before = text[max(0, place.start() - _LONGEST_BEFORE) : place.start()]
        if (stored := _STORED.search(before)) is not None:
            return stored[1]
    return b""


def _own_sources(trace: Trace) -> list[bytes]:
    """Return the sources of the project's scripts that code loads."""
    found = []
    for file in trace.files.values():
        if file.script and file.owner.is_app and file.need is not Need.INCLUDED:
            try:
                found.append(trace.filesystem.read(file.path, _MAX_SCRIPT))
            except (OSError, NotRegularError):
                continue
    return found
