"""Small ELF programs in the shapes that linkers give them; nothing in them can run."""

from __future__ import annotations

import struct
from dataclasses import dataclass

FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0"
TEXTS = b"\x00".join(
    (b"", b"execArgvExtension", b"mainFormat", b"node.js/v26.1.2", b"14.6.202.34-node.34", FUSE)
)
PT_LOAD, PT_INTERP, PT_NOTE, PT_PHDR, PT_GNU_STACK = 1, 3, 4, 6, 0x6474E551
PT_REMARK, PT_GNU_RELRO = 0x70000003, 0x6474E552


@dataclass(frozen=True)
class Shape:
    """What to build; the default is a program for linux-x64 as GNU ld lays it out."""

    bits: int = 64
    order: str = "<"
    kind: int = 2
    machine: int = 62
    base: int = 0x400000
    page: int = 0x1000
    interpreter: bytes = b"/lib64/ld-linux-x86-64.so.2"
    osabi: int = 0
    texts: bytes = TEXTS
    bss: int = 0x5000
    phdr: bool = True
    note: bytes = b""
    remark: bool = False
    """There is a segment like PT_RISCV_ATTRIBUTES, which takes no memory and is not loaded."""
    relro: bool = False
    arm: int = 0
    """The value of Tag_CPU_arch; 0 for no attributes."""


DEFAULT = Shape()


def note(order: str, name: bytes, content: bytes) -> bytes:
    padded = name.ljust(-(-len(name) // 4) * 4, b"\0")
    head = struct.pack(order + "III", len(name), len(content), 1)
    return head + padded + content.ljust(-(-len(content) // 4) * 4, b"\0")


def arm_attributes(shape: Shape) -> bytes:
    """Return the section's content: tags 5 (a text), 6, 32 (a number and a text), 67 (a text)."""
    pairs = b"\x05cpu\0\x06" + bytes([shape.arm]) + b"\x20\1gnu\0\x43text\0"
    part = b"\1" + struct.pack(shape.order + "I", 5 + len(pairs)) + pairs
    content = b"aeabi\0" + part
    return b"A" + struct.pack(shape.order + "I", 4 + len(content)) + content if shape.arm else b""


def segment(
    shape: Shape, kind: int, flags: int, offset: int, size: int, *, address: int = -1, bss: int = 0
) -> bytes:
    address = shape.base + offset if address < 0 else address
    align = {PT_LOAD: shape.page, PT_PHDR: shape.bits // 8}.get(kind, 4)
    if shape.bits == 64:
        fields = (kind, flags, offset, address, address, size, size + bss, align)
        return struct.pack(shape.order + "IIQQQQQQ", *fields)
    fields = (kind, offset, address, address, size, size + bss, flags, align)
    return struct.pack(shape.order + "8I", *fields)


def build_elf(shape: Shape = DEFAULT) -> bytes:
    """Return the file: headers, notes, code, data; then symbols and section headers, not loaded."""
    header_size, entry_size = (64, 56) if shape.bits == 64 else (52, 32)
    count = 6 + shape.phdr + shape.remark + shape.relro
    notes_at = header_size + count * entry_size + len(shape.interpreter) + 1
    notes_at = -(-notes_at // 4) * 4
    notes = note(shape.order, b"GNU\0", b"abi") + shape.note
    first_end = notes_at + len(notes)
    code_at = -(-first_end // shape.page) * shape.page
    code = b"\xcc" * 300 + shape.texts
    data_at = -(-(code_at + len(code)) // shape.page) * shape.page + 0x123 * 4
    data = bytes(range(256)) * 3
    # As in real programs, the data lies one page higher in memory than in the file.
    data_address = shape.base + shape.page + data_at

    table = b""
    if shape.phdr:
        table += segment(shape, PT_PHDR, 4, header_size, count * entry_size)
    interpreter_at = header_size + count * entry_size
    table += segment(shape, PT_INTERP, 4, interpreter_at, len(shape.interpreter) + 1)
    table += segment(shape, PT_LOAD, 4, 0, first_end)
    table += segment(shape, PT_LOAD, 5, code_at, len(code))
    table += segment(shape, PT_LOAD, 6, data_at, len(data), address=data_address, bss=shape.bss)
    table += segment(shape, PT_NOTE, 4, notes_at, len(notes))
    table += segment(shape, PT_GNU_STACK, 6, 0, 0, address=0)
    if shape.relro:
        table += segment(shape, PT_GNU_RELRO, 4, data_at, 16, address=data_address)
    if shape.remark:
        size = len(data) + 20
        table += segment(shape, PT_REMARK, 4, data_at, size, address=0, bss=-size)

    symbols = b"SYMBOLS" * 100
    attributes = arm_attributes(shape)
    attributes_at = data_at + len(data) + len(symbols)
    sections_at = -(-(attributes_at + len(attributes)) // 8) * 8
    section_size = 64 if shape.bits == 64 else 40
    ident = b"\x7fELF" + bytes([shape.bits // 32, 1 if shape.order == "<" else 2, 1, shape.osabi])
    header = ident.ljust(16, b"\0") + struct.pack(
        shape.order + ("HHIQQQIHHHHHH" if shape.bits == 64 else "HHIIIIIHHHHHH"),
        shape.kind,
        shape.machine,
        1,
        shape.base + code_at,
        header_size,
        sections_at,
        0,
        header_size,
        entry_size,
        count,
        section_size,
        2,
        1,
    )
    file = bytearray(sections_at + 2 * section_size)
    if attributes:
        place = (0x70000003, 0, 0, attributes_at, len(attributes))
        fields = struct.pack(shape.order + "10I", 0, *place, 0, 0, 1, 0)
        file[sections_at + section_size :] = fields
    for at, content in (
        (0, header + table + shape.interpreter),
        (notes_at, notes),
        (code_at, code),
        (data_at, data),
        (data_at + len(data), symbols),
        (attributes_at, attributes),
    ):
        file[at : at + len(content)] = content
    return bytes(file)
