"""``pkg.package``: which distribution packages are made, and what they say. It is sealift's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sealift.project.settings.keyed import FLAG, TEXT, read_keys
from sealift.project.settings.values import TEXTS, check_texts, is_texts, texts, wrong_type

_TYPE = f"{TEXTS}, or an object with kinds"


class PackageOptions(Struct, frozen=True):
    """The keys of ``pkg.package``; "" where the project's package.json decides.

    Attributes:
        kinds: names of kinds; items may be comma lists.
        url: where archives will be published, with ``{version}`` and ``{file}``.
        maintainer: name and address, such as ``Acme <info@example.org>``.
        ca_certificates: container images have a bundle of CA certificates.
    """

    kinds: tuple[str, ...] = ()
    url: str = ""
    maintainer: str = ""
    ca_certificates: bool = False


PACKAGE_KEYS: Mapping[str, str] = {
    "kinds": TEXTS,
    "url": TEXT,
    "maintainer": TEXT,
    "caCertificates": FLAG,
}


def read_package_options(value: Any, where: str) -> PackageOptions:
    """Return what ``pkg.package`` in the file ``where`` says.

    Raises:
        UsageError: a key is unknown, or a value is of the wrong type.
    """
    if is_texts(value):
        check_texts("pkg.package", value, where)
        return PackageOptions(texts(value))
    if value is not None and not isinstance(value, dict):
        raise wrong_type("pkg.package", _TYPE, value, where)
    found = read_keys(value, PACKAGE_KEYS, "pkg.package", where)
    return PackageOptions(
        texts(found.get("kinds")),
        found.get("url", ""),
        found.get("maintainer", ""),
        found.get("caCertificates", False),
    )
