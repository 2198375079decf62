"""``pkg.macos``: what executables for macOS say about themselves. It is sealift's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sealift.project.settings.keyed import FLAG, OBJECT, TEXT, read_keys
from sealift.project.settings.sign import SignSettings, read_sign


class MacosSettings(Struct, frozen=True):
    """The keys of ``pkg.macos``.

    Attributes:
        identifier: of the signature; "" for the name of the executable.
        entitlements: path of a property list, relative to the project's root; "" for Node's own.
        debuggable: Node's right to be debugged by other programs is kept.
        sign: with what they are signed; None for an ad-hoc signature.
    """

    identifier: str = ""
    entitlements: str = ""
    debuggable: bool = False
    sign: SignSettings | None = None


MACOS_KEYS: Mapping[str, str] = {
    "identifier": TEXT,
    "entitlements": TEXT,
    "debuggable": FLAG,
    "sign": OBJECT,
}


def read_macos(value: Mapping[str, Any] | None, where: str) -> MacosSettings:
    """Return what ``pkg.macos`` in the file ``where`` says.

    Raises:
        UsageError: a key is unknown, or its value is of the wrong type.
    """
    found = read_keys(value, MACOS_KEYS, "pkg.macos", where)
    found["sign"] = read_sign(found.get("sign"), "pkg.macos.sign", where)
    return MacosSettings(**found)
