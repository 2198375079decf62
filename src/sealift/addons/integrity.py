"""Subresource Integrity of tarballs (W3C), as lockfiles and registries record it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

_ALGORITHMS = ("sha512", "sha384", "sha256", "sha1")  # the strongest first


def matches_integrity(path: Path, integrity: str) -> bool:
    """Return True if a file has one of the digests of an integrity text.

    Only the digests of the strongest algorithm count, as the specification says. A text without a
    known algorithm matches no file.
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
    return strongest is not None and _digest(path, strongest) in wanted[strongest]


def integrity_of(path: Path) -> str:
    """Return the integrity text of a file."""
    return "sha512-" + base64.b64encode(_digest(path, "sha512")).decode()


def _digest(path: Path, algorithm: str) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).digest()
