"""Which package exactly: what a lockfile or a registry says of one that is not installed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sealift.addons.npm_platform import Restriction

_ALGORITHMS = ("sha512", "sha384", "sha256", "sha1")
_CHUNK = 1 << 20
_EXACT = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_ALIAS = re.compile(r"npm:((?:@[^@/]+/)?[^@/]+)(?:@(.+))?")


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of one package.

    Attributes:
        name: under which it is installed.
        registry_name: under which it is published; another one for an alias.
        integrity: Subresource Integrity of its tarball (``sha512-...``), or "".
        restriction: machines that it is for; None if that is not known.
    """

    name: str
    registry_name: str
    version: str
    integrity: str = ""
    restriction: Restriction | None = None

    @property
    def label(self) -> str:
        """``name@version`` as the registry knows it."""
        return f"{self.registry_name}@{self.version}"


def read_spec(name: str, spec: str) -> tuple[str, str]:
    """Give the published name and the version range of a dependency (``npm:`` is an alias)."""
    alias = _ALIAS.fullmatch(spec)
    return (alias[1], alias[2] or "*") if alias else (name, spec)


def is_exact(spec: str) -> bool:
    """Tell whether a range is one version."""
    return _EXACT.fullmatch(spec) is not None


def texts(value: Any) -> dict[str, str]:
    """Give the texts of an object of a lockfile; nothing else is looked at."""
    if not isinstance(value, dict):
        return {}
    return {str(key): item for key, item in value.items() if isinstance(item, str)}


def matches(path: Path, integrity: str) -> bool:
    """Tell whether a file is the one that an integrity text is of.

    As in W3C's Subresource Integrity the strongest algorithm in it counts, and of several digests
    one. Without a known algorithm nothing matches.
    """
    wanted: dict[str, set[bytes]] = {}
    for item in integrity.split():
        algorithm, _, text = item.partition("?")[0].partition("-")
        if algorithm in _ALGORITHMS:
            try:
                wanted.setdefault(algorithm, set()).add(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    strongest = next((name for name in _ALGORITHMS if name in wanted), None)
    return strongest is not None and digest(path, strongest) in wanted[strongest]


def integrity_of(path: Path) -> str:
    """Compute a file's integrity text."""
    return "sha512-" + base64.b64encode(digest(path, "sha512")).decode()


def digest(path: Path, algorithm: str) -> bytes:
    """Compute a file's digest, reading it in pieces."""
    found = hashlib.new(algorithm)
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            found.update(piece)
    return found.digest()
