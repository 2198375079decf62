"""Build tiny macOS executables with unusual layouts."""

from __future__ import annotations

import plistlib
import struct
from dataclasses import dataclass, field

from sealift.formats.macho.signature import sign
from support.plans import FUSE

ENTITLEMENTS = plistlib.dumps({"com.apple.security.cs.allow-jit": True})
SIGNED = sign(b"", 0, "node", 1)
ENTITLED = sign(b"", 0, "node", 1, ENTITLEMENTS)

ARM64 = (0x0100000C, 0, "arm64", 0x4000)
X64 = (0x01000007, 3, "x64", 0x1000)
BASE = 0x100000000
UNIT = 0x4000


def _align(data: bytes, unit: int = 8) -> bytes:
    return data + bytes(-len(data) % unit)


def _command(kind: int, content: bytes) -> bytes:
    content = _align(content)
    return struct.pack("<II", kind, 8 + len(content)) + content


def section(
    name: str, segment: str, address: int, size: int, offset: int, flags: int = 0, align: int = 3
) -> bytes:
    return struct.pack(
        "<16s16sQQ8I",
        *(name.encode(), segment.encode(), address, size, offset, align, 0, 0, flags, 0, 0, 0),
    )


def segment(
    name: str,
    address: int,
    size: int,
    offset: int,
    file_size: int,
    protection: int,
    *sections: bytes,
) -> bytes:
    flags = 0x10 if name == "__DATA_CONST" else 0
    head = struct.pack("<16sQQQQ", name.encode(), address, size, offset, file_size)
    counts = struct.pack("<IIII", protection, protection, len(sections), flags)
    return _command(0x19, head + counts + b"".join(sections))


@dataclass
class MachBuilder:
    """The properties of a file; `build` returns its bytes."""

    machine: tuple[int, int, str, int] = ARM64
    slack: int = 4096
    signature: bytes | None = None
    fixups: str = "chained"
    locals: int = 6
    names_of_locals_first: bool = False
    indirect_local: bool = False
    extra_commands: tuple[bytes, ...] = ()
    more_segments: tuple[bytes, ...] = ()
    linkedit_shift: int = 0
    fixups_in_linkedit: bool = False
    trailing: bytes = b""
    fill_slack_with: bytes = b""
    magic: int = 0xFEEDFACF
    file_type: int = 2
    linkedit_first: bool = False
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    fuse: int = 0
    text: int = 0

    def build(self) -> bytes:
        """Return the file; afterwards ``fuse`` and ``text`` hold file offsets."""
        cpu, subtype, _, _ = self.machine
        commands = self._commands(0)
        head = 32 + sum(map(len, commands))
        self.text = head + self.slack
        commands = self._commands(self.text)
        content = b"".join(commands)
        header = struct.pack(
            "<8I",
            self.magic,
            cpu,
            subtype,
            self.file_type,
            len(commands),
            len(content),
            0xA18085,
            0,
        )
        out = bytearray(header + content)
        out += self.fill_slack_with.ljust(self.text - len(out), b"\0")[: self.text - len(out)]
        out += bytes(range(1, 200)) * 4
        self.fuse = len(out) + len(FUSE)
        out += FUSE + b"0\0"
        out += bytes(UNIT - len(out))
        out += b"data" * 64 + bytes(UNIT - 256 + self.linkedit_shift)
        out += self._linkedit(len(out))
        return bytes(out + self.trailing)

    @property
    def slack_left(self) -> int:
        return self.text - 32 - sum(map(len, self._commands(self.text)))

    def _commands(self, text: int) -> list[bytes]:
        linkedit_at = 2 * UNIT + self.linkedit_shift
        linkedit = self._linkedit(linkedit_at)
        data = BASE + UNIT
        segments = [
            segment("__PAGEZERO", 0, BASE, 0, 0, 0),
            segment(
                *("__TEXT", BASE, UNIT, 0, UNIT, 5),
                section("__text", "__TEXT", BASE + text, 796, text, 0x80000400, 0),
                section("__const", "__TEXT", BASE + text + 796, 64, text + 796, 0, 0),
            ),
            segment(
                *("__DATA", data, 2 * UNIT, UNIT, UNIT, 3),
                section("__data", "__DATA", data, 256, UNIT),
                section("__thread_vars", "__DATA", data + 256, 24, UNIT + 256, 0x13),
                section("__thread_data", "__DATA", data + 280, 8, UNIT + 280, 0x11),
                section("__thread_bss", "__DATA", data + 288, 16, 0, 0x12),
                section("__bss", "__DATA", data + UNIT, 64, 0, 0x1),
                section("__common", "__DATA", data + UNIT + 64, 64, 0, 0x1),
            ),
            *self.more_segments,
            segment("__LINKEDIT", data + 2 * UNIT, UNIT, linkedit_at, len(linkedit), 1),
        ]
        if self.linkedit_first:
            segments.insert(0, segments.pop())
        at = self.tables
        commands = [*segments]
        if self.fixups == "chained":
            commands.append(_command(0x80000034, struct.pack("<II", *at["fixups"])))
            commands.append(_command(0x80000033, struct.pack("<II", *at["exports"])))
        else:
            rebase, bind = at["rebase"], at["bind"]
            commands.append(
                _command(
                    0x80000022, struct.pack("<10I", *rebase, *bind, 0, 0, 0, 0, *at["exports"])
                )
            )
        symbols, names, indirect = at["symbols"], at["names"], at["indirect"]
        commands += [
            _command(2, struct.pack("<IIII", symbols[0], symbols[1] // 16, *names)),
            _command(
                0xB,
                struct.pack("<6I", 0, self.locals, self.locals, 2, self.locals + 2, 1)
                + struct.pack("<12I", *[0] * 6, indirect[0], indirect[1] // 4, *[0] * 4),
            ),
            _command(0xE, struct.pack("<I", 12) + b"/usr/lib/dyld\0"),
            _command(0x1B, bytes(range(16))),
            _command(0x32, struct.pack("<4I", 1, 0xD0500, 0xF0500, 1) + struct.pack("<II", 3, 7)),
            _command(0x2A, bytes(8)),
            _command(0x80000028, struct.pack("<QQ", text, 0)),
            _command(0xC, struct.pack("<4I", 24, 2, 0, 0) + b"/usr/lib/libSystem.B.dylib\0"),
            _command(0x26, struct.pack("<II", *at["starts"])),
            _command(0x29, struct.pack("<II", *at["data in code"])),
            *self.extra_commands,
        ]
        if self.signature is not None:
            commands.append(_command(0x1D, struct.pack("<II", *at["signature"])))
        return commands

    def _linkedit(self, start: int) -> bytes:
        out = b""

        def add(name: str, data: bytes, unit: int = 8) -> None:
            nonlocal out
            out = _align(out, unit)
            self.tables[name] = (start + len(out), len(data))
            out += data

        if self.fixups == "chained":
            add("fixups", _align(self._chained()))
        else:
            # Segment 2, offset 0: rebase one pointer; bind _malloc at offset 8.
            add("rebase", _align(b"\x11\x22\x00\x51\x00"))
            add("bind", _align(b"\x11\x40_malloc\0\x51\x72\x08\x90\x00"))
        add("exports", _align(b"\0\1_main\0\x09\3\0\x80\x20\0"))
        add("starts", _align(b"\x80\x20\x10"))
        add("data in code", b"")
        names = bytearray(b"\0")
        positions = []
        groups = [[f"_local{i}" for i in range(self.locals)], ["__mh", "_main", "_malloc"]]
        for group in groups if self.names_of_locals_first else reversed(groups):
            for name in group:
                positions.append((name, len(names)))
                names += name.encode() + b"\0"
        where = dict(positions)
        symbols = [
            *(struct.pack("<IBBHQ", where[name], 0x0E, 1, 0, BASE) for name in groups[0]),
            struct.pack("<IBBHQ", where["__mh"], 0x0F, 1, 0, BASE),
            struct.pack("<IBBHQ", where["_main"], 0x0F, 1, 0, BASE + 0x1000),
            struct.pack("<IBBHQ", where["_malloc"], 0x01, 0, 0x100, 0),
        ]
        add("symbols", b"".join(symbols))
        first = 0 if self.indirect_local else self.locals + 1
        add("indirect", struct.pack("<3I", first, self.locals + 2, 0x80000000))
        add("names", bytes(names))
        if self.signature is not None:
            add("signature", self.signature, 16)
        return out

    def _chained(self) -> bytes:
        count = 4 + len(self.more_segments)
        index_size = 4 + 4 * count
        info = struct.pack("<IHHQIHH", 24, 0x4000, 6, UNIT, 0, 1, 0xFFFF)
        infos = [0, 0, 24 if index_size <= 24 else 32, *[0] * (count - 3)]
        if self.fixups_in_linkedit:
            infos[-1] = infos[2]
        starts = struct.pack(f"<I{count}I", count, *infos).ljust(infos[2], b"\0") + info
        starts_at = 32
        imports_at = starts_at + len(starts)
        symbols_at = imports_at + 4
        header = struct.pack("<7I", 0, starts_at, imports_at, symbols_at, 1, 1, 0)
        return _align(header) + starts + struct.pack("<I", 1 | 1 << 9) + b"\0_malloc\0"
