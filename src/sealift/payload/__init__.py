"""The packaged files and their table, as assets of the blob: docs/payload-format.md.

`pack` reads the files and writes the assets; `with_bytecode` adds the bytecode of one target, and
`checksum_asset` the checksums. `check_payload` checks the payload of a finished executable.
"""

from sealift.payload.bytecode_writer import with_bytecode
from sealift.payload.check import CheckedPayload, PayloadPlaces, check_payload
from sealift.payload.checksum_writer import checksum_asset
from sealift.payload.hardening import HARDENED
from sealift.payload.pack import pack

__all__ = [
    "HARDENED",
    "CheckedPayload",
    "PayloadPlaces",
    "check_payload",
    "checksum_asset",
    "pack",
    "with_bytecode",
]
