"""The asset of executables built with ``--debug``; the runtime looks whether it is there."""

from __future__ import annotations

from sealift.model import Asset

DEBUG = Asset("sealift/debug", b"1")
