"""A tiny Windows executable with a blob, to be signed."""

from __future__ import annotations

import io
from pathlib import Path

from sealift.formats.pe.plan import plan_pe
from support.pe_builder import PeBuilder
from support.plans import carried_out, facts_of

_BLOB = b"\x20\xda\x43\x01" + b"the blob" * 1000


def unsigned(path: Path, *, wide: bool = True, file_alignment: int = 512) -> Path:
    """Write an executable of sealift's form that has no signature."""
    machine = 0x8664 if wide else 0x14C
    builder = PeBuilder(wide=wide, machine=machine, file_alignment=file_alignment)
    base = builder.build()
    facts = facts_of("pe", "x64" if wide else "x86", builder.fuse)
    path.write_bytes(carried_out(plan_pe(io.BytesIO(base), facts, len(_BLOB)), base, _BLOB))
    return path
