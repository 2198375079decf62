"""Fields of a parsed lockfile. Values of an unexpected type count as absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def text(value: object) -> str:
    """Return a text; "" for everything else."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> dict[str, str]:
    """Return the entries of an object whose values are texts."""
    if not isinstance(value, dict):
        return {}
    return {str(key): item for key, item in value.items() if isinstance(item, str)}


def objects(value: object) -> dict[str, dict[str, Any]]:
    """Return the entries of an object whose values are objects."""
    if not isinstance(value, dict):
        return {}
    return {str(key): item for key, item in value.items() if isinstance(item, dict)}


def versions_by_name(labels: Iterable[str]) -> dict[str, list[str]]:
    """Group labels of the form ``name@rest`` by name; a scoped name begins with ``@``."""
    found: dict[str, list[str]] = {}
    for label in labels:
        at = label.find("@", 1)
        if at > 0:
            found.setdefault(label[:at], []).append(label[at + 1 :])
    return found


def only_one(values: Iterable[str]) -> str:
    """Return the text that all values are; "" if they differ, or there are none."""
    different = set(values)
    return different.pop() if len(different) == 1 else ""
