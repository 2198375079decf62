"""The image: the packaged files as assets of the blob, written once for all targets.

Its format is described in docs/image-format.md.
"""

from sealift.payload.bytecode_writer import with_bytecode
from sealift.payload.pack import pack

__all__ = ["pack", "with_bytecode"]
