"""Why a build failed: the one line of its output that says so, and a remedy.

Warnings and quoted source contain the word "error" too, so the form of the line decides. gcc and
clang print ``FILE:LINE:COLUMN: error: ...``, Microsoft's compiler ``FILE(LINE): error C2065: ...``,
configure ``ERROR: ...``, Python ``...Error: ...``, linkers ``undefined reference to ...``; after
all of them make prints ``make: *** [...] Error 1``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealift.nodes.build import messages

_FORMS = (
    re.compile(r"(?i)error( [a-z]+\d+)?: |undefined (reference|symbol)"),
    re.compile(r"(?i)\*\*\*|not found|no such file|no space left"),
)
_COMMAND = " -o "  # make prints commands, which may contain anything
_NO_MEMORY = re.compile(r"(?i)\bkilled\b|out of memory|cannot allocate memory|virtual memory")
_NO_DISK = re.compile(r"(?i)no space left")
_LONGEST = 300


def failure_reason(lines: Sequence[str]) -> str:
    """Return the first line that has the form of an error, else the last line, else ""."""
    printed = [line for line in lines if line]
    for form in _FORMS:
        for line in printed:
            if form.search(line) and _COMMAND not in line:
                return line[:_LONGEST]
    return printed[-1][:_LONGEST] if printed else ""


def remedy(reason: str) -> str:
    """Return a sentence with a remedy for a reason; "" if the log has to be read."""
    if _NO_MEMORY.search(reason):
        return messages.TOO_LITTLE_MEMORY
    if _NO_DISK.search(reason):
        return messages.TOO_LITTLE_DISK
    return ""
