"""Check an executable into which a musl Node, its libraries and musl were merged.

It is read as the kernel and then musl read it. The program header table says where each file is in
memory. Every byte of the segments is compared with its original file, except the ELF header, the
fuse, DT_RPATH and musl's structure, which are checked one by one; all bytes between them are zero.
The structure must give the libraries' names and node's own program header table, whose entries are
node's except the few that must differ, and one for the blob.

Offsets in the ELF header, in addition to those in `sealift.verify.elf`: e_entry 24. The structure:
16 bytes of magic, u64 musl, table, entries, entry, libraries; 6 x {u64 address, char[56],
char[24]}; addresses are relative to the structure's own.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

from sealift.formats.node_facts import NodeFacts
from sealift.verify.comparing import must_be_zero, must_equal, read_exactly, wrong
from sealift.verify.elf import FUSE, LOAD, NOTE, PHDR, READ_ONLY, Program, Segment, find_note

_DYNAMIC, _STACK = 2, 0x6474E551
_EXECUTABLE, _WRITABLE = 1, 2
_NEEDED, _STRINGS, _OWN_NAME, _PATHS = 1, 5, 14, (15, 29)
_PASSED_OVER = (0x6FFFFDF8, 0)
_MAGIC = b"LSTATIC-EMBED\1\2\3"
_SLOTS, _SLOT = 6, 88
_STACK_SIZE = 8 << 20
_OF_MUSL = ("libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet.")
_LARGEST_MUSL = 64 << 20


class _Part(NamedTuple):
    """A merged file, its own headers, and what maps its PT_LOADs in the executable."""

    what: str
    file: BinaryIO
    program: Program
    base: int
    mapped: Sequence[Segment]


def verify_merged(
    file: BinaryIO,
    node: BinaryIO,
    libraries: Sequence[tuple[str, BinaryIO]],
    musl: BinaryIO,
    facts: NodeFacts,
) -> tuple[int, int]:
    """Check ``file`` and return the file offset and size of the blob.

    Args:
        file: the executable.
        node, libraries, musl: what it was made of; libraries by the name that is asked for.
        facts: of ``node``.

    Raises:
        FormatError: ``verification-failed``.
    """
    size = file.seek(0, os.SEEK_END)
    program = Program(file)
    page = 0x1000 if program.machine == 62 else 0x10000
    _check_kernel_table(program, page, size)
    named = [("Node", node), *libraries, ("musl's loader", musl)]
    parts, headers, last = _who_is_where(program, named, page)
    _check_header(program, parts)
    table = _check_node_table(file, program, parts[0].program, headers)
    structure = _check_structure(file, parts, [name for name, _ in libraries], table)

    explained = [
        (program.table_at, program.table_at + program.table_size + len(table.data)),
        (last.offset + 4, size),
    ]
    for part in parts:
        unlike = list(_search_paths(file, part))
        if part is parts[0]:
            unlike += [(0, 64), (_check_fuse(file, part, facts), 1)]
        elif part is parts[-1]:
            unlike.append(structure)
        explained += _compare(file, part, sorted(unlike))
    position = 0
    for start, end in sorted(explained):
        must_be_zero(file, position, start, "between its segments")
        position = max(position, end)

    blob_at, blob_size = find_note(file, program)
    end = blob_at + blob_size
    if blob_at != last.offset + 32 or end + -end % 4 != last.file_end or last.file_end != size:
        raise wrong("its blob does not end where its segment and the file end")
    must_be_zero(file, end, size, "behind its blob")
    return blob_at, blob_size


def _check_kernel_table(program: Program, page: int, size: int) -> None:
    """Check that the kernel can map it, and is not led to do anything else with it."""
    kinds = [segment.kind for segment in program.segments]
    if not program.wide or kinds != [PHDR, *[LOAD] * (len(kinds) - 3), _STACK, NOTE]:
        raise wrong("its program header table has other entries than it should")
    memory_end = file_end = 0
    for number, load in enumerate(program.loads):
        if load.flags & _WRITABLE and load.flags & _EXECUTABLE:
            raise wrong(f"PT_LOAD {number} is both writable and executable")
        if load.offset % page != load.address % page or load.file_size > load.memory_size:
            raise wrong(f"PT_LOAD {number} cannot be mapped")
        if load.address - load.address % page < memory_end:
            raise wrong(f"PT_LOAD {number} shares a page with another, or is out of order")
        if load.offset - load.offset % page < file_end or load.file_end > size:
            raise wrong(f"PT_LOAD {number} shares a page of the file with another")
        memory_end = -(-(load.address + load.memory_size) // page) * page
        file_end = -(-load.file_end // page) * page
    if memory_end > 1 << 47:
        raise wrong("its segments do not fit into the address space")
    stack, note, last = program.segments[-2], program.segments[-1], program.loads[-1]
    if stack.flags & _EXECUTABLE:
        raise wrong("its stack can be executed")
    if last.file_size < 4 or note != _all_but_four_bytes(last):
        raise wrong("its PT_NOTE is not the last PT_LOAD, but for four bytes")
    own = program.segments[0]
    sizes = own.file_size, own.memory_size
    if (own.flags, own.offset, own.alignment, *sizes) != (
        *(READ_ONLY, program.table_at, 8),
        *(program.table_size, program.table_size),
    ):
        raise wrong("PT_PHDR does not say where the program header table is")


def _all_but_four_bytes(load: Segment) -> Segment:
    """The note in a segment, behind four zero bytes, so that its blob begins at a multiple of 8."""
    return Segment(
        *(NOTE, READ_ONLY, load.offset + 4, load.address + 4, load.physical + 4),
        *(load.file_size - 4, load.memory_size - 4, 4),
    )


def _who_is_where(
    program: Program, named: Sequence[tuple[str, BinaryIO]], page: int
) -> tuple[list[_Part], Segment, Segment]:
    """Tell which PT_LOADs map which file, and which hold the tables and the note."""
    loads = iter(program.loads)
    parts: list[_Part] = []
    headers: Segment | None = None
    for what, source in named:
        original = Program(source)
        mapped = list(islice(loads, len(original.loads)))
        if len(mapped) != len(original.loads) or not mapped:
            raise wrong(f"segments of {what} are missing")
        if headers is None:
            base = 0
            wanted = [_zero_filled(load, page)._replace(offset=0) for load in original.loads]
            found = [load._replace(offset=0) for load in mapped]
            headers = next(loads, None)
        else:
            base = mapped[0].address - original.loads[0].address // page * page
            wanted = [_whole_pages(load, base, page) for load in original.loads]
            found = [load._replace(offset=0) for load in mapped]
        if wanted != found:
            raise wrong(f"{what} is not mapped as it should be")
        parts.append(_Part(what, source, original, base, mapped))
    rest = list(loads)
    if headers is None or len(rest) != 1:
        raise wrong("it has segments that come from nowhere")
    for one in (headers, rest[0]):
        if one != _plain_load(one.offset, one.address, one.file_size, page):
            raise wrong("the segments that were added have odd fields")
    return parts, headers, rest[0]


def _zero_filled(load: Segment, page: int) -> Segment:
    """A segment of Node's, whose zeros, if it has some, go on to the end of the page."""
    if load.memory_size == load.file_size:
        return load
    end = -(-(load.address + load.memory_size) // page) * page
    return load._replace(memory_size=end - load.address)


def _whole_pages(load: Segment, base: int, page: int) -> Segment:
    start = load.address // page * page
    size = -(-(load.address + load.memory_size) // page) * page - start
    return _plain_load(0, base + start, size, page)._replace(flags=load.flags)


def _plain_load(offset: int, address: int, size: int, page: int) -> Segment:
    return Segment(LOAD, READ_ONLY, offset, address, address, size, size, page)


def _check_header(program: Program, parts: Sequence[_Part]) -> None:
    if _without_entry(program) != _without_entry(parts[0].program):
        raise wrong("its ELF header differs in more than its entry and the place of its tables")
    if program.segments[-2] not in parts[0].program.segments:
        raise wrong("its stack is not as Node asks for it")
    if program.has_sections():
        raise wrong("it has section headers, which were to be left out")
    if _entry(program) != parts[-1].base + _entry(parts[-1].program):
        raise wrong("it does not start in musl's loader")


def _without_entry(program: Program) -> bytes:
    header = program.header_without_tables()
    return header[:24] + header[32:]


def _entry(program: Program) -> int:
    return int.from_bytes(program.header[24:32], "little")


class _Table(NamedTuple):
    """Node's program header table in the executable."""

    address: int
    entries: int
    data: bytes


def _check_node_table(file: BinaryIO, program: Program, node: Program, headers: Segment) -> _Table:
    """Check the table behind the kernel's: node's own, with what must be other, and the blob."""
    count = len(node.segments) + 1
    at = program.table_at + program.table_size
    address = headers.address + at - headers.offset
    own = program.segments[0]
    if (own.address, own.physical) != (headers.address, headers.address):
        raise wrong("PT_PHDR does not say where the program header table is in memory")
    if program.table_at != headers.offset or at + 56 * count > headers.file_end:
        raise wrong("its program header tables are not in the segment that was added for them")
    wanted = []
    for segment in node.segments:
        if segment.kind == PHDR:
            size = 56 * count
            wanted.append(Segment(PHDR, READ_ONLY, at, address, address, size, size, 8))
        elif segment.kind == _STACK:
            wanted.append(segment._replace(memory_size=max(_STACK_SIZE, segment.memory_size)))
        else:
            place = _offset(program, segment.address, segment.file_size)
            wanted.append(segment._replace(offset=place))
    wanted.append(program.segments[-1])
    data = read_exactly(file, at, 56 * count)
    if [Segment(*fields) for fields in struct.iter_unpack("<LLQQQQQQ", data)] != wanted:
        raise wrong("node's program header table is not what musl is to be told")
    return _Table(address, count, data)


def _check_structure(
    file: BinaryIO, parts: Sequence[_Part], asked: Sequence[str], table: _Table
) -> tuple[int, int]:
    """Check what the loader is told; return the structure's place in the loader's file."""
    musl = parts[-1]
    size = musl.file.seek(0, os.SEEK_END)
    content = read_exactly(musl.file, 0, min(size, _LARGEST_MUSL))
    at = content.find(_MAGIC)
    length = len(_MAGIC) + 40 + _SLOTS * _SLOT
    if at < 0 or content.find(_MAGIC, at + 1) >= 0:
        raise wrong("the loader is not one that anything can be merged with")
    own = next(
        at - load.offset + load.address
        for load in musl.program.loads
        if load.offset <= at and at + length <= load.file_end
    )
    here = musl.base + own
    data = read_exactly(file, _mapped_offset(musl, own), length)
    addresses = struct.unpack_from("<5Q", data, 16)
    base, table_at, entry = ((here + addresses[n]) % (1 << 64) for n in (0, 1, 3))
    told = (data[:16], base, table_at, addresses[2], entry, addresses[4])
    libraries = parts[1:-1]
    node = parts[0].program
    if told != (_MAGIC, musl.base, *table[:2], _entry(node), len(libraries)):
        raise wrong("the loader is told something else than where node is")
    names: set[str] = set()
    for number, (name, part) in enumerate(zip(asked, libraries, strict=True)):
        slot = data[56 + _SLOT * number :][:_SLOT]
        distance, called, alias = struct.unpack("<Q56s24s", slot)
        both = _names(part, name)
        texts = [text.rstrip(b"\0").decode("utf-8", "replace") for text in (called, alias)]
        if (here + distance) % (1 << 64) != part.base or texts != both:
            raise wrong(f"the loader is told something else than where {name} is")
        names |= {text for text in texts if text}
    if any(data[56 + _SLOT * len(libraries) :]):
        raise wrong("the loader is told of libraries that there are not")
    for part in parts:
        for name in _texts(part, _NEEDED):
            if name not in names and not name.startswith(_OF_MUSL):
                raise wrong(f"{part.what} needs {name}, which is not in it")
    return at, length


def _names(part: _Part, asked: str) -> list[str]:
    """Return a library's own name, and the other name by which it is found."""
    own = next(iter(_texts(part, _OWN_NAME)), "") or asked
    if own != asked:
        return [own, asked]
    plain = re.sub(r"-[0-9a-f]{8}(?=\.so\.)", "", own)
    plain = re.sub(r"(?<=\.so)(\.\d+)[.\d]*$", r"\1", plain)
    return [own, plain if plain != own else ""]


def _texts(part: _Part, tag: int) -> list[str]:
    """Return the names that a part's dynamic section has under a tag."""
    strings = next((value for _, kind, value in _dynamic(part) if kind == _STRINGS), 0)
    found = []
    for _, kind, value in _dynamic(part):
        if kind == tag:
            part.file.seek(_offset(part.program, strings + value, 1))
            found.append(part.file.read(4096).split(b"\0")[0].decode("utf-8", "replace"))
    return found


def _dynamic(part: _Part) -> Iterator[tuple[int, int, int]]:
    """Yield the entries of a part's dynamic section: place in its file, tag, value."""
    for segment in part.program.segments:
        if segment.kind == _DYNAMIC:
            data = read_exactly(part.file, segment.offset, segment.file_size // 16 * 16)
            for number, (tag, value) in enumerate(struct.iter_unpack("<QQ", data)):
                if tag == 0:
                    return
                yield segment.offset + 16 * number, tag, value


def _search_paths(file: BinaryIO, part: _Part) -> Iterator[tuple[int, int]]:
    """Check that directories to look for libraries in are not there any more; say where."""
    for at, tag, _ in _dynamic(part):
        if tag in _PATHS:
            address = _address(part.program, at)
            entry = read_exactly(file, _mapped_offset(part, address), 16)
            if struct.unpack("<QQ", entry) != _PASSED_OVER:
                raise wrong(f"{part.what} would look for libraries outside of it")
            yield at, 16


def _check_fuse(file: BinaryIO, node: _Part, facts: NodeFacts) -> int:
    at = _mapped_offset(node, _address(node.program, facts.fuse_offset))
    if read_exactly(file, at + 1 - len(FUSE), len(FUSE)) != FUSE:
        raise wrong("its fuse is not blown")
    return facts.fuse_offset


def _compare(
    file: BinaryIO, part: _Part, unlike: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Compare a part's segments but for some ranges; yield what of the executable they are."""
    for load, mapped in zip(part.program.loads, part.mapped, strict=True):
        shift = mapped.offset + part.base + load.address - mapped.address - load.offset
        position = load.offset
        for start, length in [*unlike, (load.file_end, 0)]:
            if load.offset <= start <= load.file_end:
                size = start - position
                must_equal(file, position + shift, part.file, position, size, part.what)
                position = start + length
        yield load.offset + shift, load.file_end + shift


def _address(program: Program, offset: int) -> int:
    for load in program.loads:
        if load.offset <= offset < load.file_end:
            return load.address + offset - load.offset
    raise wrong("what must be changed is not in a segment")


def _offset(program: Program, address: int, size: int) -> int:
    for load in program.loads:
        if load.address <= address and address + size <= load.address + load.file_size:
            return load.offset + address - load.address
    raise wrong(f"address {address:#x} is not in its file")


def _mapped_offset(part: _Part, address: int) -> int:
    """Return the executable's file offset of an address in a part's own file."""
    for mapped in part.mapped:
        place = address + part.base - mapped.address
        if 0 <= place < mapped.file_size:
            return mapped.offset + place
    raise wrong(f"address {address:#x} of {part.what} is not in it")
