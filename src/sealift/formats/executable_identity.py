r"""What an executable file is for: container, machine, system, and whether it holds a blob.

Only the headers are read. The parts of the formats that are read here::

    Mach-O, 64 bit   u32 magic 0xfeedfacf, u32 cputype, u32 subtype, u32 filetype, u32 ncmds,
                     u32 sizeofcmds, u32 flags, u32 reserved; then the load commands:
                     u32 cmd, u32 cmdsize, ...; of LC_SEGMENT_64 (0x19) u64 fileoff at 40,
                     u64 filesize at 48, u32 nsects at 64, and from 72 on sections of 80 bytes
                     each, whose names take the first 16           (mach-o/loader.h)
    PE               "MZ", u32 e_lfanew at 60; there "PE\0\0", u16 machine, u16 number of
                     sections, u16 size of the optional header at 20; after that header 40 bytes a
                     section: u32 virtual size at 8, address, raw size, raw offset
    PE resources     directory: u16 named entries at 12, u16 numbered ones at 14, entries of
                     u32 name or number, u32 offset; bit 31 = named / is a directory; a name is
                     u16 length and UTF-16                  (Microsoft's "PE Format")
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.elf.arm_attributes import arm_architecture
from sealift.formats.elf.headers import EM_ARM, find_blob, interpreter, read_elf

_OSABI_FREEBSD = 9
_MACHO_MAGIC = 0xFEEDFACF
_MACHO_UNIVERSAL = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_MACHO_MACHINES = {0x01000007: "x64", 0x0100000C: "arm64"}
_LC_SEGMENT_64 = 0x19
_MH_EXECUTE = 2
_PE_MACHINES = {0x8664: "x64", 0xAA64: "arm64", 0x014C: "x86"}
_PE_OPTIONAL = {0x10B: 96, 0x20B: 112}  # magic: where the data directories begin
_RT_RCDATA = 10
_SECTION = b"__NODE_SEA_BLOB"
_RESOURCE = "NODE_SEA_BLOB".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Identity:
    """See `NodeFacts` for the fields' values."""

    container: str
    machine: str
    system: str
    has_blob: bool
    is_static: bool = False


def identify(file: BinaryIO, name: str) -> Identity:
    """Say what the executable ``file`` is; ``name`` is for messages.

    Raises:
        FormatError: ``not-an-executable``, ``unknown-machine``, ``truncated`` or ``elf-broken``.
    """
    file.seek(0)
    magic = file.read(4)
    if magic == b"\x7fELF":
        return _elf(file, name)
    if magic in _MACHO_UNIVERSAL:
        raise FormatError(
            "universal-binary",
            f"{name} holds programs for several machines.",
            "Take one machine's program out of it (`lipo -thin`), or let sealift fetch Node.",
        )
    if magic == _MACHO_MAGIC.to_bytes(4, "little"):
        return _macho(_Bytes(file, name))
    if magic[:2] == b"MZ":
        return _pe(_Bytes(file, name))
    raise FormatError(
        "not-an-executable",
        f"{name} is neither an ELF nor a 64-bit Mach-O nor a PE executable.",
        "Name a Node binary, not an archive, a script or a link to one.",
    )


class _Bytes:
    """A file that is read at given offsets and never past its end."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name = file, name
        self.size = file.seek(0, os.SEEK_END)

    def at(self, offset: int, size: int) -> bytes:
        self.must_reach(offset + size)
        self.file.seek(offset)
        data = self.file.read(size)
        self.must_reach(offset + size if len(data) == size else self.size + 1)
        return data

    def numbers(self, format_: str, offset: int) -> tuple[int, ...]:
        layout = struct.Struct("<" + format_)
        return layout.unpack(self.at(offset, layout.size))

    def must_reach(self, end: int) -> None:
        if end > self.size:
            raise FormatError(
                "truncated",
                f"{self.name} is truncated or broken: it has {self.size} bytes, its headers ask "
                f"for {end}.",
                "Fetch it again.",
            )


def _elf(file: BinaryIO, name: str) -> Identity:
    elf = read_elf(file)
    loader = interpreter(file, elf)
    if elf.header[7] == _OSABI_FREEBSD:
        system = "freebsd"
    else:
        system = "alpine" if "ld-musl" in loader else "linux"
    blob = find_blob(file, elf)
    machine = elf.machine_name or _unknown(name)
    if elf.machine == EM_ARM:
        machine = arm_architecture(file, elf)
    return Identity("elf", machine, system, blob is not None, is_static=not loader)


def _macho(data: _Bytes) -> Identity:
    machine, _, kind, count, size = data.numbers("5I", 4)
    if kind != _MH_EXECUTE:
        raise FormatError(
            "not-an-executable", f"{data.name} is a library or object file.", "Name a Node binary."
        )
    commands = data.at(32, size)
    has_blob, at = False, 0
    for _ in range(count):
        if at + 8 > size:
            break
        command, length = struct.unpack_from("<II", commands, at)
        if length < 8 or at + length > size:
            data.must_reach(data.size + 1)
        if command == _LC_SEGMENT_64 and length >= 72:
            offset, filesize = struct.unpack_from("<QQ", commands, at + 40)
            data.must_reach(offset + filesize)
            sections = range(at + 72, at + length - 79, 80)
            has_blob |= any(commands[s : s + 16].rstrip(b"\0") == _SECTION for s in sections)
        at += length
    return Identity("macho", _MACHO_MACHINES.get(machine) or _unknown(data.name), "macos", has_blob)


def _pe(data: _Bytes) -> Identity:
    (start,) = data.numbers("I", 60)
    signature, machine, sections = data.numbers("IHH", start)
    if signature != int.from_bytes(b"PE\0\0", "little"):
        raise FormatError(
            "not-an-executable", f"{data.name} is a program for DOS.", "Name a Node binary."
        )
    (optional_size,) = data.numbers("H", start + 20)
    optional = start + 24
    (magic,) = data.numbers("H", optional)
    table = [data.numbers("4I", optional + optional_size + 40 * i + 8) for i in range(sections)]
    for _, _, raw_size, raw_offset in table:
        data.must_reach(raw_size + raw_offset)
    has_blob = False
    directories = _PE_OPTIONAL.get(magic, 0)
    if directories and optional_size >= directories + 24:
        rva, size = data.numbers("II", optional + directories + 16)
        for _, address, raw_size, raw_offset in table:
            if size and address <= rva < address + raw_size:
                has_blob = _has_resource(data, rva - address + raw_offset)
    return Identity("pe", _PE_MACHINES.get(machine) or _unknown(data.name), "win", has_blob)


def _has_resource(data: _Bytes, root: int) -> bool:
    for kind, target in _entries(data, root):
        if kind == _RT_RCDATA and target >> 31:
            for name, _ in _entries(data, root + (target & 0x7FFFFFFF)):
                if name >> 31:
                    at = root + (name & 0x7FFFFFFF)
                    (length,) = data.numbers("H", at)
                    if 2 * length == len(_RESOURCE) and data.at(at + 2, 2 * length) == _RESOURCE:
                        return True
    return False


def _entries(data: _Bytes, directory: int) -> list[tuple[int, int]]:
    named, numbered = data.numbers("HH", directory + 12)
    content = data.at(directory + 16, 8 * (named + numbered))
    return [(name, target) for name, target in struct.iter_unpack("<II", content)]


def _unknown(name: str) -> str:
    raise FormatError(
        "unknown-machine",
        f"{name} is for a machine that sealift does not know.",
        "See `sealift targets` for those it builds for.",
    )
