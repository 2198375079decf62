"""Check a blob, byte for byte, against what it was made of.

It is read in the order of Node's ``SeaDeserializer`` (``src/node_sea.cc``): magic, flags, the
settings' bytes, code path, main code, assets, exec argv, and nothing after them. Node copies
numbers into its own variables of ``uint32_t`` and ``size_t``, so they must be stored as in that
machine's memory. V8 copies a code cache that is not at a multiple of 8 before it reads it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from io import BytesIO
from typing import BinaryIO

from sealift.formats.node_facts import NodeFacts
from sealift.model import Asset
from sealift.verify.comparing import must_equal, read_exactly, wrong

_MAGIC = 0x143DA20
_NO_WARNING, _ASSETS, _ARGUMENTS = 1, 8, 16
_NO_EXTENSION, _FROM_ENVIRONMENT = 0, 1
_HARDENED = "sealift/hardened"
_CODE_PATH = "main.js"
_LONGEST_TEXT = 1 << 20
_CODE_CACHES = {
    "sealift/runtime/at-start.js.cache",
    "sealift/runtime/caches",
    "sealift/bytecode",
}
_BIG_ENDIAN = {"s390x"}
_SHORT_SIZE = {"armv6", "armv7", "x86"}  # size_t has 4 bytes there


def verify_blob(
    file: BinaryIO,
    offset: int,
    size: int,
    facts: NodeFacts,
    assets: Sequence[Asset],
    main: bytes,
    exec_argv: Sequence[str],
) -> None:
    """Check the ``size`` bytes at ``offset`` of ``file``.

    Raises:
        FormatError: ``verification-failed``.
        OSError: an asset's file cannot be read.
    """
    walk = _Walk(file, offset, offset + size, facts.machine)
    magic, flags = walk.number(4), walk.number(4)
    expected = _NO_WARNING | _ASSETS * bool(assets) | _ARGUMENTS * bool(exec_argv)
    if (magic, flags) != (_MAGIC, expected):
        raise wrong(f"its blob begins with {magic:#x}, {flags:#x}")
    extension = _extension({asset.key for asset in assets})
    if facts.exec_argv_extension and walk.take(1)[0] != extension:
        raise wrong("its blob has another exec argv extension")
    if facts.main_format and walk.take(1) != b"\0":
        raise wrong("its blob says that the main script is not CommonJS")
    if walk.text() != _CODE_PATH:
        raise wrong("its blob has another code path")
    walk.content(Asset("the main script", main))
    if assets:
        walk.count(len(assets), "assets")
        for asset in assets:
            if walk.text() != asset.key:
                raise wrong(f"asset {asset.key} is not in its place")
            start = walk.content(asset)
            if asset.key in _CODE_CACHES and start % 8:
                raise wrong(f"asset {asset.key} is not at a multiple of 8 bytes")
    if exec_argv:
        walk.count(len(exec_argv), "Node options")
        if [walk.text() for _ in exec_argv] != list(exec_argv):
            raise wrong("its Node options are others")
    if walk.position != walk.end:
        raise wrong("something follows the end of its blob")


def read_blob(
    file: BinaryIO,
    offset: int,
    size: int,
    machine: str,
    *,
    extension: bool,
    main_format: bool,
) -> tuple[dict[str, tuple[int, int]], bytes, list[str]]:
    """Return the place of each asset by key, the main script, and the Node options of a blob.

    Args:
        file: the executable.
        offset: of the blob.
        size: of the blob in bytes.
        machine: sealift's name of its architecture.
        extension: whether its Node expects an exec argv extension.
        main_format: whether its Node expects the format of the main script.

    Raises:
        FormatError: ``verification-failed``: it is not such a blob.
    """
    walk = _Walk(file, offset, offset + size, machine)
    magic, flags = walk.number(4), walk.number(4)
    if magic != _MAGIC or flags & ~_ARGUMENTS != _NO_WARNING | _ASSETS:
        raise wrong(f"its blob begins with {magic:#x}, {flags:#x}")
    found = walk.take(1)[0] if extension else _FROM_ENVIRONMENT
    if main_format and walk.take(1) != b"\0":
        raise wrong("its blob says that the main script is not CommonJS")
    if walk.text() != _CODE_PATH:
        raise wrong("its blob has another code path")
    main = read_exactly(file, *walk.span())
    assets = {}
    for _ in range(walk.length()):
        key = walk.text()
        assets[key] = walk.span()
    if found != _extension(assets.keys()):
        raise wrong("its blob has another exec argv extension")
    exec_argv = [walk.text() for _ in range(walk.length())] if flags & _ARGUMENTS else []
    if walk.position != walk.end:
        raise wrong("something follows the end of its blob")
    return assets, main, exec_argv


def _extension(assets: Set[str]) -> int:
    """Return the exec argv extension that goes with assets."""
    return _NO_EXTENSION if _HARDENED in assets else _FROM_ENVIRONMENT


class _Walk:
    def __init__(self, file: BinaryIO, position: int, end: int, machine: str) -> None:
        self.file, self.position, self.end = file, position, end
        self.big_endian = machine in _BIG_ENDIAN
        self.size_size = 4 if machine in _SHORT_SIZE else 8

    def take(self, size: int) -> bytes:
        return read_exactly(self.file, self._step(size), size)

    def _step(self, size: int) -> int:
        position = self.position
        self.position += size
        if self.position > self.end:
            raise wrong("its blob is cut off")
        return position

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big" if self.big_endian else "little")

    def length(self) -> int:
        return self.number(self.size_size)

    def count(self, expected: int, what: str) -> None:
        if self.length() != expected:
            raise wrong(f"its blob does not have {expected} {what}")

    def text(self) -> str:
        size = self.length()
        if size > _LONGEST_TEXT:
            raise wrong("its blob has a text of more than 1 MiB")
        try:
            return self.take(size).decode()
        except UnicodeDecodeError as error:
            raise wrong("its blob has a text that is not UTF-8") from error

    def span(self) -> tuple[int, int]:
        """Return the place and length of a content, which is skipped."""
        size = self.length()
        return self._step(size), size

    def content(self, asset: Asset) -> int:
        """Compare a content, and return its place."""
        if self.length() != asset.length:
            raise wrong(f"{asset.key} has another length")
        position = self._step(asset.length)
        if asset.path is None:
            must_equal(self.file, position, BytesIO(asset.data or b""), 0, asset.length, asset.key)
        else:
            with asset.path.open("rb") as source:
                must_equal(self.file, position, source, asset.offset, asset.length, asset.key)
        return position
