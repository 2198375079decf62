"""The first bytes of native code: ELF, Mach-O and PE."""

from __future__ import annotations

ELF = b"\x7fELF"
MACHO_64 = b"\xcf\xfa\xed\xfe"
MACHO_32 = b"\xce\xfa\xed\xfe"
MACHO_UNIVERSAL = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
MACHO = (MACHO_64, MACHO_32, *MACHO_UNIVERSAL)
DOS = b"MZ"
"""PE files begin with a program for DOS."""


def is_shared_object(head: bytes) -> bool:
    """Return True if a file that begins with these 4 bytes can be a shared object."""
    return head[:4] in (ELF, *MACHO) or head[:2] == DOS
