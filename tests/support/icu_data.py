"""ICU data with the changes that `--locales` plans."""

from __future__ import annotations

import io
from collections.abc import Sequence

from sealift.formats.icu.locales import keep_locales
from sealift.formats.pieces import Literal


def reduced(data: bytes, locales: Sequence[str]) -> bytes:
    """Return a Node binary's bytes without the ICU data of other languages."""
    changed = bytearray(data)
    with io.BytesIO(data) as file:
        changes = keep_locales(file, "node", locales).changes
    for change in changes:
        piece = change.piece
        new = piece.data if isinstance(piece, Literal) else bytes(piece.size)
        changed[change.offset : change.offset + piece.size] = new
    return bytes(changed)
