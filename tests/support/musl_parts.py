"""Small ELF files laid out like a musl Node, its libraries and musl; none can run."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sealift.formats.node_facts import read_facts
from sealift.model import Library, MuslLibrary, NodeBinary
from sealift.target import Arch, NodeVersion, Platform
from support.elf_builder import TEXTS

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR, PT_TLS = 1, 2, 3, 4, 6, 7
PT_GNU_STACK = 0x6474E551
MAGIC = b"LSTATIC-EMBED\x01\x02\x03"
MACHINES = {"x64": (62, 0x1000), "arm64": (183, 0x10000)}


@dataclass(frozen=True)
class Shape:
    """The layout of a file: headers and names, code, data, and ``bss`` zeros in memory."""

    arch: str = "x64"
    kind: int = 3
    needed: Sequence[str] = ("libc.musl-x86_64.so.1",)
    name: str = ""
    search: str = ""
    interpreter: str = ""
    texts: bytes = b""
    code: bytes = b"\xcc" * 200
    data: bytes = bytes(range(1, 255))
    bss: int = 0x2345
    stack: int = 6
    code_flags: int = 5
    data_gap: int = 3  # pages between code and data, in memory and not in the file
    code_align: int = 0
    junk: bytes = b"DEBUG" * 1000
    extra: Sequence[tuple[int, ...]] = field(default=())


LIBC = {"x64": "libc.musl-x86_64.so.1", "arm64": "libc.musl-aarch64.so.1"}
STDCXX, GCC = "libstdc++-0123abcd.so.6.0.33", "libgcc_s-89abcdef.so.1"


def node_shape(arch: str = "x64") -> Shape:
    return Shape(
        arch,
        needed=(STDCXX, GCC, LIBC[arch]),
        search="$ORIGIN/../../some.libs",
        interpreter=f"/lib/ld-musl-{'x86_64' if arch == 'x64' else 'aarch64'}.so.1",
        texts=TEXTS,
    )


def library_shapes(arch: str = "x64") -> dict[str, Shape]:
    return {
        STDCXX: Shape(arch, needed=(LIBC[arch], GCC), name=STDCXX, data_gap=1),
        GCC: Shape(arch, needed=(LIBC[arch],), name=GCC, bss=0, search="/usr/lib", junk=b""),
    }


def musl_shape(arch: str = "x64") -> Shape:
    padding = bytes(-(64 + 9 * 56) % 64)
    return Shape(arch, needed=(), name="libc.so", texts=padding + MAGIC + bytes(40 + 6 * 88))


def up(number: int, to: int) -> int:
    return -(-number // to) * to


def build(shape: Shape) -> bytes:
    """Return the file: headers, texts, names; code; dynamic section, data; what is not loaded."""
    machine, page = MACHINES[shape.arch]
    count = 9
    strings = bytearray(b"\0")

    def text(value: str) -> int:
        strings.extend(value.encode() + b"\0")
        return len(strings) - 1 - len(value.encode())

    dynamic = [(1, text(name)) for name in shape.needed]
    dynamic += [(14, text(shape.name))] if shape.name else []
    dynamic += [(15, text(shape.search))] if shape.search else []
    texts_at = 64 + count * 56
    interpreter_at = texts_at + len(shape.texts)
    strings_at = interpreter_at + len(shape.interpreter) + 1
    first_end = strings_at + len(strings)
    code_at = up(first_end, max(page, shape.code_align))
    file_data = up(code_at + len(shape.code), page) + 0x1F0
    address_data = file_data + shape.data_gap * page
    dynamic += [(5, strings_at), (10, len(strings)), (0, 0)]
    section = b"".join(struct.pack("<QQ", *entry) for entry in dynamic)
    size = len(section) + len(shape.data)

    def header(
        kind: int, flags: int, offset: int, size: int, align: int, at: int = -1, more: int = 0
    ) -> bytes:
        address = offset if at < 0 else at
        fields = (kind, flags, offset, address, address, size, size + more, align)
        return struct.pack("<IIQQQQQQ", *fields)

    table = header(PT_PHDR, 4, 64, count * 56, 8)
    if shape.interpreter:
        table += header(PT_INTERP, 4, interpreter_at, len(shape.interpreter) + 1, 1)
    table += header(PT_LOAD, 4, 0, first_end, page)
    code_align = max(page, shape.code_align)
    table += header(PT_LOAD, shape.code_flags, code_at, len(shape.code), code_align)
    table += header(PT_LOAD, 6, file_data, size, page, at=address_data, more=shape.bss)
    table += header(PT_TLS, 4, file_data + len(section), 16, 8, at=address_data + len(section))
    table += header(PT_DYNAMIC, 6, file_data, len(section), 8, at=address_data)
    table += header(PT_GNU_STACK, shape.stack, 0, 0, 16)
    for entry in shape.extra:
        table += struct.pack("<IIQQQQQQ", *entry)
    entries = len(table) // 56
    assert entries <= count
    elf = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH",
        *(shape.kind, machine, 1, code_at + 8, 64, file_data + size, 0),
        *(64, 56, entries, 64, 3, 0),
    )
    file = bytearray(file_data + size)
    for at, content in (
        (0, elf + table),
        (texts_at, shape.texts),
        (interpreter_at, shape.interpreter.encode()),
        (strings_at, strings),
        (code_at, shape.code),
        (file_data, section + shape.data),
    ):
        file[at : at + len(content)] = content
    return bytes(file) + bytes(3 * 64) + shape.junk


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Kit:
    """Everything that is merged into one executable."""

    node: NodeBinary
    musl: MuslLibrary


def write_kit(
    folder: Path,
    arch: str = "x64",
    node: Shape | None = None,
    libraries: dict[str, Shape] | None = None,
    musl: Shape | None = None,
) -> Kit:
    def put(name: str, shape: Shape) -> Path:
        path = folder / name
        path.write_bytes(build(shape))
        return path

    path = put("node", node or node_shape(arch))
    facts = read_facts(path)
    shapes = library_shapes(arch) if libraries is None else libraries
    merged = tuple(
        Library(name, (at := put(name, shape)), at.stat().st_size, digest(at))
        for name, shape in shapes.items()
    )
    size = path.stat().st_size
    version = NodeVersion.parse(facts.version)
    binary = NodeBinary(
        *(version, Platform.ALPINE, Arch(arch), path, size, digest(path), "file", str(path)),
        facts,
        libraries=merged,
    )
    path = put("libc.so", musl or musl_shape(arch))
    return Kit(binary, MuslLibrary("1.2.5", Arch(arch), path, path.stat().st_size, digest(path)))


def without(shape: Shape, **changes: object) -> Shape:
    return replace(shape, **changes)  # type: ignore[arg-type]
