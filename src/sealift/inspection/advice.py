"""The last line of ``sealift size``: what to do about the largest part that can be left out."""

from __future__ import annotations

from collections.abc import Iterator

from sealift.inspection.contents import Inspection

_SMALLEST = 100_000
"""Bytes below which nothing is worth advice."""
_COMPRESSED = 1024
"""Smaller files are never compressed, in bytes."""
_TEXT = 2
"""Compression leaves less than one part in so many of text and JSON."""
_FIRST_WITH_ZSTD = 22
_ENDINGS = {
    "Source maps": (".map",),
    "Type declarations": (".d.ts", ".d.mts", ".d.cts"),
    "Documents": (".md", ".markdown"),
}


def size_advice(found: Inspection) -> str:
    """Return one line about an executable."""
    saved, advice = max(_avoidable(found), default=(0, ""))
    if saved >= _SMALLEST:
        return advice
    share = found.node_size / found.size
    return f"Nothing large can be left out: Node is {share:.1%} of the file."


def _avoidable(found: Inspection) -> Iterator[tuple[int, str]]:
    """Yield the number of bytes that can be saved, and how."""
    for what, endings in _ENDINGS.items():
        files = [one for one in found.files if one.location.endswith(endings)]
        size = sum(one.stored for one in files)
        patterns = ", ".join(f'"**/*{ending}"' for ending in endings)
        yield (
            size,
            f"{what} take {_megabytes(size)}: leave them out with {patterns} in pkg.ignore"
            " if the program does not read them.",
        )
    if all(one.stored in (0, one.size) for one in found.files):  # nothing is compressed
        size = sum(one.stored for one in found.files if one.size >= _COMPRESSED)
        codec = "Zstd" if int(found.node.partition(".")[0]) >= _FIRST_WITH_ZSTD else "Brotli"
        yield (
            size // _TEXT,
            f"Packaged files take {_megabytes(size)} and are not compressed: build with"
            f" --compress {codec}.",
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
