"""Settings that are objects with keys of their own: an unknown key is an error."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from sealift.project.diagnostics import printable, shortened
from sealift.project.settings import messages
from sealift.project.settings.values import TEXTS, check_texts, is_texts, wrong_type

LONGEST_TEXT = 1000
FLAG = "true or false"
OBJECT = "an object"
TEXT = f"a string of up to {LONGEST_TEXT} characters"


def read_keys(
    value: Mapping[str, Any] | None, types: Mapping[str, str], name: str, where: str
) -> dict[str, Any]:
    """Return the values of an object's keys; a key whose value is null is left out.

    Args:
        value: the object; None if it is absent.
        types: the keys, each with `FLAG`, `OBJECT`, `TEXT` or `TEXTS`.
        name: of the setting, such as ``pkg.windows``, for messages.
        where: the file that holds it.

    Raises:
        UsageError: a key is unknown, or its value is of the wrong type.
    """
    found: dict[str, Any] = {}
    for key, given in (value or {}).items():
        if key not in types:
            near = difflib.get_close_matches(key, types, 1)
            raise messages.UNKNOWN_KEY.error(
                key=f"{name}.{printable(shortened(key))}",
                path=where,
                suggestion=f"rename it to {near[0]}" if near else f"use one of {', '.join(types)}",
            )
        if given is None:
            continue
        if not _fits(given, types[key]):
            raise wrong_type(f"{name}.{key}", types[key], given, where)
        if not isinstance(given, bool | dict):
            check_texts(f"{name}.{key}", given, where)
        found[key] = given
    return found


def _fits(value: Any, kind: str) -> bool:
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == OBJECT:
        return isinstance(value, dict)
    if kind == TEXTS:
        return is_texts(value)
    return isinstance(value, str) and len(value) <= LONGEST_TEXT
