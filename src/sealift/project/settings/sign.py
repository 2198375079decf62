"""``pkg.windows.sign`` and ``pkg.macos.sign``: with what executables are signed; sealift's own.

Secrets are none of their keys: files of a project are copied, published and read by others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sealift.project.diagnostics import printable, shortened
from sealift.project.settings import messages
from sealift.project.settings.keyed import TEXT, read_keys

PASSWORD_VARIABLE = "SEALIFT_SIGN_PASSWORD"
_SECRET = re.compile(r"pass(word|phrase|wd)?|pin|secret|private.?key", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class SignSettings(Struct, frozen=True):
    """The keys of ``sign``; "" for what is not given.

    Attributes:
        certificate: path of a PKCS#12 or PEM file, relative to the project's root.
        command: a program that signs a digest.
        key: PKCS#11 URI of a key on a token.
        timestamp_url: a time server.
        password_variable: name of the environment variable with the password or PIN.
    """

    certificate: str
    command: str = ""
    key: str = ""
    timestamp_url: str = ""
    password_variable: str = PASSWORD_VARIABLE


SIGN_KEYS: Mapping[str, str] = dict.fromkeys(
    ("certificate", "command", "key", "timestampUrl", "passwordVariable"), TEXT
)
_FIELDS = {"timestampUrl": "timestamp_url", "passwordVariable": "password_variable"}


def read_sign(value: Mapping[str, Any] | None, name: str, where: str) -> SignSettings | None:
    """Return what ``sign`` in the file ``where`` says; None if it is absent.

    Args:
        name: of the setting, such as ``pkg.windows.sign``.

    Raises:
        UsageError: a key is unknown or would be a secret, its value is of the wrong type, no
            certificate is named, or there are two keys to sign with.
    """
    if value is None:
        return None
    for key in value:
        if key not in SIGN_KEYS and _SECRET.search(key):
            raise messages.SECRET_IN_SETTINGS.error(
                key=f"{name}.{printable(shortened(key))}", path=where, variable=PASSWORD_VARIABLE
            )
    found = read_keys(value, SIGN_KEYS, name, where)
    if not found.get("certificate"):
        raise messages.CERTIFICATE_NOT_NAMED.error(key=name, path=where)
    if found.get("command") and found.get("key"):
        raise messages.SIGNING_KEYS_TWO.error(key=name, path=where)
    variable = found.get("passwordVariable", PASSWORD_VARIABLE)
    if not _VARIABLE.fullmatch(variable):
        raise messages.VARIABLE_MALFORMED.error(key=f"{name}.passwordVariable", path=where)
    return SignSettings(**{_FIELDS.get(key, key): one for key, one in found.items()})
