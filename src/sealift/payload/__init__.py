"""The packaged files and their table, as assets of the blob: docs/payload-format.md.

`pack` reads the files and writes the assets; `with_bytecode` adds the bytecode of one target.
"""

from sealift.payload.bytecode_writer import with_bytecode
from sealift.payload.pack import pack

__all__ = ["pack", "with_bytecode"]
