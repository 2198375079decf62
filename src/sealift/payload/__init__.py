"""The packaged files and their table, as assets of the blob: docs/payload-format.md.

`pack` reads the files and writes the assets; `with_bytecode` adds the bytecode of one target, and
`checksum_asset` the checksums. `open_payload` reads the tables of a finished executable, and
`check_contents` checks the rest.
"""

from sealift.payload.bytecode_reader import BytecodeRecord
from sealift.payload.bytecode_writer import with_bytecode
from sealift.payload.check import check_contents
from sealift.payload.checksum_writer import checksum_asset
from sealift.payload.compression import may_be_compressed
from sealift.payload.debugging import DEBUG
from sealift.payload.hardening import HARDENED
from sealift.payload.opened import OpenedPayload, PayloadPlaces, open_payload
from sealift.payload.pack import pack
from sealift.payload.table_reader import Kind, Record

__all__ = [
    "DEBUG",
    "HARDENED",
    "BytecodeRecord",
    "Kind",
    "OpenedPayload",
    "PayloadPlaces",
    "Record",
    "check_contents",
    "checksum_asset",
    "may_be_compressed",
    "open_payload",
    "pack",
    "with_bytecode",
]
