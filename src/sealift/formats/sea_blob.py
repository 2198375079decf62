"""The single-executable blob that Node reads when it starts: a writer and a reader.

Byte layout (``SeaSerializer`` in Node's ``src/node_sea.cc``, ``WriteArithmetic`` in its
``src/blob_serializer_deserializer-inl.h``). Integers are stored as in the target's memory: in its
byte order (big-endian on s390x only), and a ``word`` is its ``size_t``, of 4 bytes on 32-bit
machines and else of 8. A string is its length as a word and its bytes::

    u32     magic 0x0143da20
    u32     flags: 1 disable the experimental warning, 2 use snapshot, 4 use code cache,
            8 has assets, 16 has exec argv
    u8      exec argv extension: 0 none, 1 env, 2 cli   only in binaries that know the setting
    u8      main format: 0 CommonJS, 1 ES module        only in binaries that know the setting
    string  code path: the ``main`` of the configuration file; a name, never opened
    string  main code
    string  code cache                                  flag 4
    word    number of assets, then (string key, string content) each       flag 8
    word    number of arguments, then a string each                        flag 16

The blob has no version field. `BlobLayout` therefore comes from the binary itself.
Node keeps assets in a hash table and writes them in that table's order. It reads them in any
order; this writer keeps the caller's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.node_facts import NodeFacts

MAGIC = 0x0143DA20
DISABLE_WARNING = 1
USE_SNAPSHOT = 2
USE_CODE_CACHE = 4
HAS_ASSETS = 8
HAS_EXEC_ARGV = 16
_KNOWN_FLAGS = DISABLE_WARNING | USE_SNAPSHOT | USE_CODE_CACHE | HAS_ASSETS | HAS_EXEC_ARGV
_WORDS_OF_4_BYTES = ("x86", "armv6", "armv7")
_BIG_ENDIAN = ("s390x",)


class ExecArgvExtension(IntEnum):
    """How the user of the executable may add Node options to those baked in."""

    NONE = 0
    ENV = 1
    CLI = 2


class BlobLayout(Struct, frozen=True):
    """Which of the optional bytes a Node binary expects in its blob, and how numbers are stored.

    Attributes:
        order: ``<`` or ``>``, as `struct` names byte orders.
        bits: of a word, 32 or 64.
    """

    exec_argv_extension: bool
    main_format: bool
    order: str = "<"
    bits: int = 64

    @classmethod
    def of(cls, facts: NodeFacts) -> BlobLayout:
        """Return the layout that the binary described by ``facts`` reads."""
        return cls(
            facts.exec_argv_extension,
            facts.main_format,
            ">" if facts.machine in _BIG_ENDIAN else "<",
            32 if facts.machine in _WORDS_OF_4_BYTES else 64,
        )

    @property
    def word(self) -> struct.Struct:
        """The form of a length or a count."""
        return struct.Struct(self.order + ("I" if self.bits == 32 else "Q"))

    @property
    def start(self) -> struct.Struct:
        """The form of magic and flags."""
        return struct.Struct(self.order + "II")


class BlobAsset(Struct, frozen=True):
    """An asset's key and length; the writer of the blob supplies the content."""

    key: str
    size: int


class Blob(Struct, frozen=True):
    """Everything in a blob except the assets' contents.

    Attributes:
        main: the main script, CommonJS, UTF-8.
        code_path: its name; Node shows it nowhere unless a code cache or snapshot is used.
        extension: ignored by binaries without the setting.
    """

    layout: BlobLayout
    main: bytes
    assets: tuple[BlobAsset, ...] = ()
    exec_argv: tuple[str, ...] = ()
    code_path: str = "main.js"
    extension: ExecArgvExtension = ExecArgvExtension.ENV

    def pieces(self) -> Iterator[bytes | BlobAsset]:
        """Yield the blob in order; a `BlobAsset` stands for that asset's content.

        Raises:
            FormatError: ``exec-argv-unsupported``: this Node does not support embedded options.
        """
        flags = DISABLE_WARNING
        if self.assets:
            flags |= HAS_ASSETS
        if self.exec_argv:
            if not self.layout.exec_argv_extension:
                raise messages.EXEC_ARGV_UNSUPPORTED.error()
            flags |= HAS_EXEC_ARGV
        word = self.layout.word

        def string(data: bytes) -> bytes:
            return word.pack(len(data)) + data

        head = bytearray(self.layout.start.pack(MAGIC, flags))
        if self.layout.exec_argv_extension:
            head.append(self.extension)
        if self.layout.main_format:
            head.append(0)
        head += string(self.code_path.encode()) + string(self.main)
        if self.assets:
            head += word.pack(len(self.assets))
        for asset in self.assets:
            head += string(asset.key.encode()) + word.pack(asset.size)
            yield bytes(head)
            yield asset
            head.clear()
        if self.exec_argv:
            head += word.pack(len(self.exec_argv))
            for argument in self.exec_argv:
                head += string(argument.encode())
        if head:
            yield bytes(head)

    @property
    def size(self) -> int:
        """Exact length in bytes."""
        return sum(p.size if isinstance(p, BlobAsset) else len(p) for p in self.pieces())


class Span(Struct, frozen=True):
    """``size`` bytes of a file, from ``offset``."""

    offset: int
    size: int


class BlobReading(Struct, frozen=True):
    """What `read_blob` found; contents are given by their place in the file.

    Attributes:
        assets: pairs of key and content, in the blob's order.
    """

    flags: int
    extension: ExecArgvExtension | None
    main_format: int | None
    code_path: bytes
    main: Span
    code_cache: Span | None
    assets: tuple[tuple[bytes, Span], ...]
    exec_argv: tuple[bytes, ...]


def read_blob(file: BinaryIO, offset: int, size: int, layout: BlobLayout) -> BlobReading:
    """Read the blob of ``size`` bytes at ``offset``; contents are skipped, not read.

    Raises:
        FormatError: ``blob-broken``: it is not a complete blob of this layout.
    """
    cursor = _Cursor(BoundedReader(file, messages.BLOB_BROKEN.error, offset, size), layout.word)
    magic, flags = layout.start.unpack(cursor.take(layout.start.size))
    if magic != MAGIC:
        raise cursor.reader.broken("it does not begin with the magic number")
    if flags & ~_KNOWN_FLAGS:
        raise cursor.reader.broken(f"its flags are {flags:#x}")
    extension = main_format = None
    if layout.exec_argv_extension:
        number = cursor.take(1)[0]
        if number > max(ExecArgvExtension):
            raise cursor.reader.broken(f"its exec argv extension is {number}")
        extension = ExecArgvExtension(number)
    if layout.main_format:
        main_format = cursor.take(1)[0]
        if main_format > 1:
            raise cursor.reader.broken(f"its main format is {main_format}")
    code_path = cursor.text()
    main = cursor.span()
    code_cache = cursor.span() if flags & USE_CODE_CACHE else None
    assets: list[tuple[bytes, Span]] = []
    if flags & HAS_ASSETS:
        assets.extend((cursor.text(), cursor.span()) for _ in range(cursor.count(2)))
    exec_argv: list[bytes] = []
    if flags & HAS_EXEC_ARGV:
        exec_argv.extend(cursor.text() for _ in range(cursor.count(1)))
    if cursor.left:
        raise cursor.reader.broken(f"{cursor.left} bytes follow its end")
    return BlobReading(
        flags, extension, main_format, code_path, main, code_cache, tuple(assets), tuple(exec_argv)
    )


class _Cursor:
    """Reads a blob forwards."""

    def __init__(self, reader: BoundedReader, word: struct.Struct) -> None:
        self.reader, self.word = reader, word
        self._position = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return self.reader.size - self._position

    def take(self, size: int) -> bytes:
        data = self.reader.read(self._position, size)
        self._position += size
        return data

    def text(self) -> bytes:
        return self.take(self._number())

    def span(self) -> Span:
        size = self._number()
        self.reader.check(self._position, size)
        span = Span(self.reader.start + self._position, size)
        self._position += size
        return span

    def count(self, words: int) -> int:
        """Read a number of items that take at least ``words`` words each."""
        number = self._number()
        if number * words * self.word.size > self.left:
            raise self.reader.broken(f"it claims {number} items")
        return number

    def _number(self) -> int:
        (number,) = self.word.unpack(self.take(self.word.size))
        return int(number)
