"""Parts of files in requests and answers (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

_LONGEST_NUMBER = 19  # digits
_LONGEST_VERSION = 1000
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-\d{1,19}/(\d{1,19}|\*)", re.ASCII)


class Received(Struct, frozen=True):
    """What is here of a file.

    Attributes:
        size: number of bytes from its beginning on.
        version: the server's name for the file's version (a strong ``ETag``), of which alone it
            shall send the rest; "" if the caller recognises another file by itself.
    """

    size: int = 0
    version: str = ""


def rest_of(received: Received) -> dict[str, str]:
    """Return the headers that ask for what is missing of a file; none for the whole file."""
    if not received.size:
        return {}
    condition = {"If-Range": received.version} if received.version else {}
    return {"Range": f"bytes={received.size}-", **condition}


def version_of(headers: Mapping[str, str]) -> str:
    """Return the name of a file's version in an answer; "" if it has none that is exact."""
    named = headers.get("etag", "")
    is_exact = named.startswith('"') and len(named) < _LONGEST_VERSION
    return named if is_exact and "content-encoding" not in headers else ""


def is_rest(headers: Mapping[str, str], received: int, whole: int | None = None) -> bool:
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
