"""What a failed build complained of: one line out of thousands, and what may be done about it.

Compilers warn, and quote programs whose words are "error" too, so that the form decides: gcc and
clang say ``FILE:LINE:COLUMN: error: ...``, Microsoft's ``FILE(LINE): error C2065: ...``, configure
``ERROR: ...``, Python ``...Error: ...``, linkers ``undefined reference to ...``, and make, after
all of them, ``make: *** [...] Error 1``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FORMS = (
    re.compile(r"(?i)error( [a-z]+\d+)?: |undefined (reference|symbol)"),
    re.compile(r"(?i)\*\*\*|not found|no such file|no space left"),
)
_COMMAND = " -o "  # make shows commands, in which anything may stand
_NO_MEMORY = re.compile(r"(?i)\bkilled\b|out of memory|cannot allocate memory|virtual memory")
_NO_DISK = re.compile(r"(?i)no space left")
_LONGEST = 300


def complaint(lines: Sequence[str]) -> str:
    """Give the first line that says what is wrong, else the last that says anything; or ""."""
    said = [line for line in lines if line]
    for form in _FORMS:
        for line in said:
            if form.search(line) and _COMMAND not in line:
                return line[:_LONGEST]
    return said[-1][:_LONGEST] if said else ""


def remedy(reason: str) -> str:
    """Say what to do about a complaint, in a sentence; "" where only its log can tell."""
    if _NO_MEMORY.search(reason):
        return "Memory was too little: let fewer compilers run at once (--jobs)."
    if _NO_DISK.search(reason):
        return "Make room, or put the cache elsewhere (--cache DIR)."
    return ""
