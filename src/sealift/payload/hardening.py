"""The asset of hardened executables; the runtime looks whether it is there."""

from __future__ import annotations

from sealift.model import Asset

HARDENED = Asset("sealift/hardened", b"1")
