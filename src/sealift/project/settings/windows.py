"""``pkg.windows``: what executables for Windows say about themselves. It is sealift's own."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sealift.project.diagnostics import printable, shortened
from sealift.project.settings import messages
from sealift.project.settings.values import check_texts, wrong_type

LONGEST_TEXT = 1000  # characters


@dataclass(frozen=True, slots=True)
class WindowsSettings:
    """The keys of ``pkg.windows``; "" where the project's package.json decides.

    Attributes:
        icon: path of an ``.ico`` or ``.png`` file, relative to the project's root.
        version: up to four numbers, and a suffix that people see only.
        console: the program has a console.
        administrator: the program requires an administrator's rights.
        long_paths, utf8: of the manifest.
    """

    icon: str = ""
    version: str = ""
    product: str = ""
    company: str = ""
    description: str = ""
    copyright: str = ""
    console: bool = True
    administrator: bool = False
    long_paths: bool = True
    utf8: bool = True


KEYS: Mapping[str, str] = {
    "icon": "icon",
    "version": "version",
    "product": "product",
    "company": "company",
    "description": "description",
    "copyright": "copyright",
    "console": "console",
    "requireAdministrator": "administrator",
    "longPaths": "long_paths",
    "utf8": "utf8",
}
"""The field of `WindowsSettings` that each key sets."""

IS_FLAG = {one.name: isinstance(one.default, bool) for one in fields(WindowsSettings)}


def read_windows(value: Mapping[str, Any] | None, where: str) -> WindowsSettings:
    """Return what ``pkg.windows`` in the file ``where`` says.

    Raises:
        UsageError: a key is unknown, or its value is of the wrong type.
    """
    found: dict[str, Any] = {}
    for key, given in (value or {}).items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            raise messages.UNKNOWN_KEY.error(
                key=f"pkg.windows.{printable(shortened(key))}",
                path=where,
                suggestion=f"rename it to {near[0]}" if near else f"use one of {', '.join(KEYS)}",
            )
        if given is None:
            continue
        name, label = KEYS[key], f"pkg.windows.{key}"
        if IS_FLAG[name]:
            if not isinstance(given, bool):
                raise wrong_type(label, "true or false", given, where)
        elif not isinstance(given, str) or len(given) > LONGEST_TEXT:
            limit = f"a string of up to {LONGEST_TEXT} characters"
            raise wrong_type(label, limit, given, where)
        else:
            check_texts(label, given, where)
        found[name] = given
    return WindowsSettings(**found)
