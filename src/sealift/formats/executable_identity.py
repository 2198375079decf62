"""What an executable file is for: container, machine, system, and whether it has a blob.

Only headers are read, by the reader of each format.
"""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages, native_magic
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.elf.arm_attributes import arm_architecture
from sealift.formats.elf.headers import EM_ARM, OSABI_FREEBSD, find_blob, interpreter, read_elf
from sealift.formats.macho import headers as macho
from sealift.formats.pe import headers as pe
from sealift.formats.pe.resources import LARGEST_TREE, has_blob, read_tree

_MACHINES = ("x64", "arm64", "x86")
"""What Node exists for in the formats of macOS and Windows."""


class Identity(Struct, frozen=True):
    """What an executable is for; the fields have the values of `NodeFacts`."""

    container: str
    machine: str
    system: str
    has_blob: bool
    is_static: bool = False


def identify(file: BinaryIO, name: str) -> Identity:
    """Return what the executable ``file`` is; ``name`` is for messages.

    Raises:
        FormatError: ``not-an-executable``, ``universal-binary``, ``unknown-machine``,
            ``truncated`` or ``elf-broken``.
    """
    file.seek(0)
    magic = file.read(4)
    if magic == b"\x7fELF":
        return _elf(file, name)
    reader = BoundedReader(file, partial(messages.TRUNCATED.error, name=name))
    if magic in native_magic.MACHO_UNIVERSAL:
        raise messages.UNIVERSAL_BINARY.error(name=name)
    if magic == native_magic.MACHO_64:
        return _macho(reader, name)
    if magic[:2] == b"MZ":
        return _pe(reader, name)
    raise messages.NOT_AN_EXECUTABLE.error(name=name)


def _elf(file: BinaryIO, name: str) -> Identity:
    elf = read_elf(file)
    loader = interpreter(elf)
    if elf.header[7] == OSABI_FREEBSD:
        system = "freebsd"
    else:
        system = "alpine" if "ld-musl" in loader else "linux"
    if not elf.machine_name:
        raise messages.UNKNOWN_MACHINE.error(name=name)
    machine = arm_architecture(elf) if elf.machine == EM_ARM else elf.machine_name
    return Identity("elf", machine, system, find_blob(elf) is not None, is_static=not loader)


def _macho(reader: BoundedReader, name: str) -> Identity:
    head = macho.read_headers(reader)
    if head.file_type != macho.FILE_TYPE_EXECUTE:
        raise messages.NOT_A_PROGRAM.error(name=name)
    machine = macho.MACHINES.get(head.cpu, "")
    if machine not in _MACHINES:
        raise messages.UNKNOWN_MACHINE.error(name=name)
    for segment in head.segments:
        reader.check(segment.file_offset, segment.file_size)
    sections = [section.name for segment in head.segments for section in segment.sections]
    return Identity("macho", machine, "macos", macho.BLOB_SECTION in sections)


def _pe(reader: BoundedReader, name: str) -> Identity:
    if pe.is_for_dos(reader):
        raise messages.DOS_PROGRAM.error(name=name)
    head = pe.read_pe(reader)
    for section in head.sections:
        reader.check(section.raw_offset, section.raw_size)
    machine = pe.MACHINES.get(head.machine, "")
    if machine not in _MACHINES:
        raise messages.UNKNOWN_MACHINE.error(name=name)
    rva, size = head.directory(pe.RESOURCES)
    tree = head.image(rva, min(size, LARGEST_TREE)) if size else b""
    return Identity("pe", machine, "win", bool(tree) and has_blob(read_tree(tree)))
