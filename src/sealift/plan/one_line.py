"""Texts of package.json that are shown elsewhere: on one line, and not too long."""

from __future__ import annotations

import re
from typing import Any

_LONGEST_TEXT = 256  # characters
_PERSON = re.compile(r"[^<(]*")


def one_line(value: Any) -> str:
    """Return a text on one line, shortened, without control characters; "" for what is not text."""
    if not isinstance(value, str):
        return ""
    text = value.encode("utf-8", "replace").decode("utf-8")
    text = "".join(one if one.isprintable() else " " for one in text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def person(value: Any) -> str:
    """Return the name in package.json's ``author``, a text or an object; "" for a mere address."""
    if isinstance(value, dict):
        return one_line(value.get("name"))
    found = _PERSON.match(value) if isinstance(value, str) else None
    name = one_line(found[0]) if found else ""
    return "" if "@" in name and " " not in name else name
