"""Place V8's code caches at multiples of 8 bytes in the blob.

V8 copies a code cache that is elsewhere before it reads it (``AlignedCachedData`` in its
``src/snapshot/code-serializer.cc``); these copies took up to a tenth of a start. Every executable
has its blob at such a multiple, and the assets of code caches have each cache at one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealift.formats.sea_blob import Blob, BlobAsset, BlobLayout
from sealift.model import Asset
from sealift.record import replace

_ALIGNMENT = 8
# In this order: more bytes may follow the first two, which are in memory.
_CODE_CACHES = ("sealift/runtime/at-start.js.cache", "sealift/runtime/caches", "sealift/bytecode")


def place_code_caches(
    main: bytes, assets: Sequence[Asset], layout: BlobLayout
) -> tuple[bytes, tuple[Asset, ...]]:
    """Return the main script and the assets, with the code caches first and at such multiples.

    Line ends are added to the script, and zeros to the caches, which V8 and the runtime ignore.
    """
    found = {asset.key: asset for asset in assets}
    caches = [found.pop(key) for key in _CODE_CACHES if key in found]
    if not caches:
        return main, tuple(assets)
    start = Blob(layout, main, (BlobAsset(caches[0].key, 0),)).size
    main += b"\n" * (-start % _ALIGNMENT)
    for number, following in enumerate(caches[1:]):
        data = caches[number].data or b""
        size = len(data) + 2 * layout.word.size + len(following.key)
        caches[number] = replace(caches[number], data=data + bytes(-size % _ALIGNMENT))
    return main, (*caches, *found.values())
