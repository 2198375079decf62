"""``pkg.windows``: what executables for Windows say about themselves. It is sealift's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sealift.project.settings.keyed import FLAG, OBJECT, TEXT, read_keys
from sealift.project.settings.sign import SignSettings, read_sign


class WindowsSettings(Struct, frozen=True):
    """The keys of ``pkg.windows``; "" where the project's package.json decides.

    Attributes:
        icon: path of an ``.ico`` or ``.png`` file, relative to the project's root.
        version: up to four numbers, and a suffix that people see only.
        console: the program has a console.
        administrator: the program requires an administrator's rights.
        long_paths, utf8: of the manifest.
        sign: with what they are signed; None for nothing.
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
    sign: SignSettings | None = None


WINDOWS_KEYS: Mapping[str, str] = {
    **dict.fromkeys(("icon", "version", "product", "company", "description", "copyright"), TEXT),
    **dict.fromkeys(("console", "requireAdministrator", "longPaths", "utf8"), FLAG),
    "sign": OBJECT,
}
_FIELDS = {"requireAdministrator": "administrator", "longPaths": "long_paths"}


def read_windows(value: Mapping[str, Any] | None, where: str) -> WindowsSettings:
    """Return what ``pkg.windows`` in the file ``where`` says.

    Raises:
        UsageError: a key is unknown, or its value is of the wrong type.
    """
    found = read_keys(value, WINDOWS_KEYS, "pkg.windows", where)
    found["sign"] = read_sign(found.get("sign"), "pkg.windows.sign", where)
    return WindowsSettings(**{_FIELDS.get(key, key): one for key, one in found.items()})
