"""Each kind of damage that macOS's kernel, dyld or codesign would refuse is refused here.

The page hashes are made again after the damage, as a fault of the writer would have hashed what it
wrote; except where the damage is one that only the hashes can show.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Callable

import pytest

from sealift.errors import FormatError
from sealift.formats.macho.plan import plan_macho
from sealift.identity import MacosIdentity
from sealift.verify.macho import verify_macho
from support.macho_builder import ENTITLED, X64, MachBuilder
from support.plans import carried_out, facts_of

BLOB = b"\x20\xda\x43\x01" + b"the blob" * 2000
SEGMENT, SYMBOLS, SIGNATURE, FIXUPS, VERSION = 0x19, 0x02, 0x1D, 0x80000034, 0x32
WRITE = 2
IOS = 2
PAGE = 4096


class Executable:
    """A copy of an executable, changed in place by field."""

    def __init__(self, builder: MachBuilder) -> None:
        self.base = builder.build()
        self.facts = facts_of("macho", builder.machine[2], builder.fuse)
        planned = plan_macho(
            io.BytesIO(self.base), self.facts, len(BLOB), MacosIdentity("app", debuggable=True)
        )
        self.data = bytearray(carried_out(planned, self.base, BLOB))
        (self.signature,) = self.read("<I", self.command(SIGNATURE) + 8)

    def read(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(form, self.data, at)

    def add(self, form: str, at: int, number: int) -> None:
        struct.pack_into(form, self.data, at, self.read(form, at)[0] + number)

    def set(self, form: str, at: int, number: int) -> None:
        struct.pack_into(form, self.data, at, number)

    def commands(self) -> list[tuple[int, int, int]]:
        """Return the kind, place and size of each load command."""
        found, at = [], 32
        for _ in range(self.read("<I", 16)[0]):
            kind, size = self.read("<II", at)
            found.append((kind, at, size))
            at += size
        return found

    def command(self, wanted: int, name: bytes = b"") -> int:
        """Return the place of a load command; a segment's by its name."""
        return next(
            at
            for kind, at, _ in self.commands()
            if kind == wanted and self.data[at + 8 : at + 24].rstrip(b"\0").startswith(name)
        )

    @property
    def linkedit(self) -> int:
        return self.command(SEGMENT, b"__LINKEDIT")

    @property
    def sea(self) -> int:
        return self.command(SEGMENT, b"NODE_SEA")

    def part(self, kind: int) -> int:
        """Return the place of a part of the signature: 0 is the code directory."""
        (count,) = self.read(">I", self.signature + 8)
        for index in range(count):
            found, offset = self.read(">II", self.signature + 12 + 8 * index)
            if found == kind:
                return self.signature + offset
        raise LookupError(kind)

    def hash_pages(self) -> None:
        directory = self.part(0)
        (hashes,) = self.read(">I", directory + 16)
        for page, at in enumerate(range(0, self.signature, PAGE)):
            content = self.data[at : min(at + PAGE, self.signature)]
            place = directory + hashes + 32 * page
            self.data[place : place + 32] = hashlib.sha256(content).digest()

    def accepted(self) -> bool:
        try:
            verify_macho(io.BytesIO(self.data), io.BytesIO(self.base), self.facts)
        except FormatError as error:
            assert error.code == "verification-failed"
            return False
        return True


def flip(place: Callable[[Executable], int]) -> Callable[[Executable], None]:
    def change(file: Executable) -> None:
        file.data[place(file)] ^= 1

    return change


def exchange_last_segments(file: Executable) -> None:
    first, second = file.sea, file.linkedit
    sizes = [size for _, at, size in file.commands() if at in (first, second)]
    assert second == first + sizes[0]
    file.data[first : first + sum(sizes)] = (
        file.data[second : second + sizes[1]] + file.data[first : first + sizes[0]]
    )


def symbols_over_strings(file: Executable) -> None:
    symbols = file.command(SYMBOLS)
    file.set("<I", symbols + 8, file.read("<I", symbols + 16)[0] & ~7)


def segment_count(number: int) -> Callable[[Executable], None]:
    def change(file: Executable) -> None:
        (fixups,) = file.read("<I", file.command(FIXUPS) + 8)
        file.add("<I", fixups + file.read("<I", fixups + 4)[0], number)

    return change


# What hashes show: they stay as they were.
HASHED: dict[str, Callable[[Executable], None]] = {
    "a bit of __TEXT": flip(
        lambda file: file.read("<Q", file.command(SEGMENT, b"__DATA") + 40)[0] - 9
    ),
    "a bit of the blob": flip(lambda file: file.data.index(BLOB) + 100),
    "a bit of the last page": flip(lambda file: file.signature - 1),
    "a bit of the entitlements": flip(lambda file: file.part(5) + 20),
    "a bit of the requirements": flip(lambda file: file.part(2) + 9),
}
# What only the structure shows: the hashes are made again.
STRUCTURE: dict[str, Callable[[Executable], None]] = {
    "__LINKEDIT too small in memory": lambda file: file.set("<Q", file.linkedit + 32, 16),
    "__LINKEDIT ends before the file": lambda file: file.add("<Q", file.linkedit + 48, -16),
    "__LINKEDIT is writable": lambda file: file.set("<I", file.linkedit + 60, 1 | WRITE),
    "__LINKEDIT before NODE_SEA": exchange_last_segments,
    "NODE_SEA reaches into the next": lambda file: file.add("<Q", file.sea + 32, 1 << 16),
    "NODE_SEA's contents overlap the next": lambda file: file.add("<Q", file.sea + 48, 1 << 14),
    "NODE_SEA off by 0x200": lambda file: file.add("<Q", file.sea + 40, 0x200),
    "NODE_SEA off by 0x1000": lambda file: file.add("<Q", file.sea + 40, 0x1000),
    "a section outside its segment": lambda file: file.add("<I", file.sea + 72 + 48, 1 << 20),
    "NODE_SEA writable and executable": lambda file: file.set("<I", file.sea + 60, 7),
    "two segments of one name": lambda file: struct.pack_into(
        "16s", file.data, file.sea + 8, b"__DATA"
    ),
    "bytes after the end": lambda file: file.data.extend(bytes(16)),
    "4,096 bytes cut off": lambda file: file.data.__delitem__(slice(-PAGE, None)),
    "symbols that are not aligned": lambda file: file.add("<I", file.command(SYMBOLS) + 8, 1),
    "symbols over the strings": symbols_over_strings,
    "a code limit 4,096 less": lambda file: file.add(">I", file.part(0) + 32, -PAGE),
    "hashes of pages of 64 KiB": lambda file: file.set("<B", file.part(0) + 39, 16),
    "no signature": lambda file: file.set("<I", file.command(SIGNATURE), 0x7F),
    "for iOS": lambda file: file.set("<I", file.command(VERSION) + 8, IOS),
}
CHAINED = {
    "a segment count too small": segment_count(-1),
    "a segment count too large": segment_count(1),
}


@pytest.fixture(params=["arm64", "x64"])
def executable(request: pytest.FixtureRequest) -> Executable:
    arm64 = MachBuilder(signature=ENTITLED)
    x64 = MachBuilder(X64, fixups="opcodes", signature=ENTITLED)
    file = Executable(arm64 if request.param == "arm64" else x64)
    assert file.accepted()
    file.hash_pages()
    assert file.accepted()
    return file


@pytest.mark.parametrize("kind", HASHED)
def test_what_hashes_show(executable: Executable, kind: str) -> None:
    HASHED[kind](executable)
    assert not executable.accepted()


@pytest.mark.parametrize("kind", STRUCTURE)
def test_what_the_structure_shows(executable: Executable, kind: str) -> None:
    before = bytes(executable.data)
    STRUCTURE[kind](executable)
    assert executable.data != before
    if len(executable.data) >= len(before):
        executable.hash_pages()
    assert not executable.accepted()


@pytest.mark.parametrize("kind", CHAINED)
def test_the_number_of_segments_with_chained_fixups(kind: str) -> None:
    file = Executable(MachBuilder(signature=ENTITLED))
    CHAINED[kind](file)
    file.hash_pages()
    assert not file.accepted()
