"""Write ``sealift/checksums``; docs/payload-format.md has the layout."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

from sealift.model import Asset

KEY = "sealift/checksums"
MAIN = "main.js"
OPTIONS = "options"


def checksum_asset(assets: Sequence[Asset], main: bytes, exec_argv: Sequence[str]) -> Asset:
    """Return the asset with the CRC-32 of everything that has no checksum of its own.

    Contents of files and code caches have theirs in the table and in the index of bytecode.

    Args:
        assets: all others of the blob.
        main: the main script.
        exec_argv: the embedded Node options.
    """
    sums = {asset.key: zlib.crc32(asset.data) for asset in assets if asset.data is not None}
    sums[MAIN] = zlib.crc32(main)
    sums[OPTIONS] = zlib.crc32("\0".join(exec_argv).encode())
    return Asset(KEY, json.dumps(sums, separators=(",", ":")).encode())
