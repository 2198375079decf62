"""Checks of single values of the settings."""

from __future__ import annotations

import json
from typing import Any

from sealift.errors import UsageError
from sealift.project.diagnostics import shortened
from sealift.project.settings import messages

TEXTS = "a string or an array of strings"


def texts(value: Any) -> tuple[str, ...]:
    """Return a text or a list of texts as texts; nothing for None."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def is_texts(value: Any) -> bool:
    """Return True for a text and for a list of texts."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )


def check_texts(key: str, value: object, where: str) -> None:
    """Raise UsageError if a text, or one in a list, cannot be a name, a path or an option."""
    for text in value if isinstance(value, list) else [value]:
        problem = _text_problem(text) if isinstance(text, str) else ""
        if problem:
            raise messages.SETTING_TEXT.error(
                key=key, path=where, problem=problem, value=shown(text)
            )


def wrong_type(key: str, kind: str, value: Any, where: str) -> UsageError:
    """Return the error that a value is not of its type."""
    return messages.SETTING_TYPE.error(key=key, type=kind, value=shown(value), path=where)


def shown(value: Any) -> str:
    """Return a value as JSON, shortened."""
    return shortened(json.dumps(value, default=lambda _: "a function"), 60)


def _text_problem(text: str) -> str:
    if "\0" in text:
        return "a NUL character"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "half of a surrogate pair, which is not Unicode text"
    return ""
