"""Parts of files in requests and answers (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LONGEST_NUMBER = 19  # digits
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-\d{1,19}/(\d{1,19}|\*)", re.ASCII)


def rest_from(received: int) -> dict[str, str]:
    """Return the headers that ask for a file without its first bytes; none for the whole file."""
    return {"Range": f"bytes={received}-"} if received else {}


def is_rest(headers: Mapping[str, str], received: int, whole: int | None) -> bool:
    """Return True if an answer is what follows the first bytes of a file.

    Args:
        headers: of an answer that says it is a part.
        received: the number of these bytes.
        whole: the length; None if it is not known.
    """
    match = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
    if match is None or int(match[1]) != received:
        return False
    return whole is None or match[2] == "*" or int(match[2]) == whole


def whole_length(headers: Mapping[str, str], begin: int) -> int | None:
    """Return the length of a file whose first bytes an answer leaves out; None if not known."""
    length = headers.get("content-length", "")
    return begin + int(length) if length.isdecimal() and len(length) <= _LONGEST_NUMBER else None
