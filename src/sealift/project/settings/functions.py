"""JavaScript functions in the settings: they stay in the process that has run the configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class ConfigFunction(Struct, frozen=True):
    """A function that a JavaScript configuration exports.

    Attributes:
        number: its number in the process that has run the configuration.
        source: digest of its source text.
    """

    number: int
    source: str


ConfigLoader = Callable[[str], Any]
"""Runs a JavaScript configuration and returns what it exports, as JSON and `ConfigFunction`.

Raises:
    UsageError: the configuration fails, does not end, or prints too much.
    NodeError: no Node that can run it is available.
"""


def has_functions(value: object) -> bool:
    """Return True if a value of the settings contains a function."""
    if isinstance(value, dict):
        return any(has_functions(item) for item in value.values())
    if isinstance(value, list):
        return any(has_functions(item) for item in value)
    return isinstance(value, ConfigFunction)
