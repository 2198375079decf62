"""The image: the packaged files as assets of the blob, written once for all targets.

Its format is described in docs/image-format.md.
"""

from sealift.image.bytecode import with_bytecode
from sealift.image.pack import pack

__all__ = ["pack", "with_bytecode"]
