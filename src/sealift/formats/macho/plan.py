"""The plan of a macOS executable: a Node binary with the blob in a new segment, signed ad hoc.

Node asks for section ``__NODE_SEA_BLOB`` of segment ``NODE_SEA`` (``getsectdata``). Rules, and what
breaks without them:

- ``__LINKEDIT`` stays the last segment in commands, memory and file: dyld and ``codesign`` refuse
  anything else. So the new segment takes its place, and ``__LINKEDIT`` moves up.
- Nothing before ``__LINKEDIT`` moves: code refers to data by distance, and dyld lays out
  thread-local variables by the ``__thread_*`` sections.
- Load commands end before the first section's bytes, or the first instructions are overwritten.
  If there is no room, load commands and section headers that dyld never reads are dropped, the
  least useful first.
- Segments start at multiples of 16 KiB on arm64, 4 KiB on x64 (the page sizes); the sizes added
  here are multiples of 16 KiB on both, so that ``__LINKEDIT`` keeps its own alignment.
- The code signature is at the end of ``__LINKEDIT``, at a multiple of 16.
- File offsets in load commands are u32.

Layouts: `sealift.formats.macho.headers`, ``linkedit`` and ``signature``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from sealift.formats import messages
from sealift.formats.macho import headers
from sealift.formats.macho.entitlements import without_debugging
from sealift.formats.macho.headers import (
    Command,
    MachHeaders,
    Section,
    Segment,
)
from sealift.formats.macho.linkedit import (
    find_tables,
    place,
    with_more_segments,
    without_local_symbols,
)
from sealift.formats.macho.signature import read_entitlements, signature_size
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pieces import BlobHere, Copy, Literal, Plan, SignatureHere, Zeros
from sealift.identity import MacosIdentity
from sealift.record import replace

SEGMENT_NAME = "NODE_SEA"
_UNNAMED = "sealift-app"

_PAGE_SIZES = {headers.CPU_ARM64: 0x4000, headers.CPU_X64: 0x1000}
_SIZE_UNIT = 0x4000
_READ_ONLY = 1
_SECTION_ALIGNMENT = 4  # log2: 16 bytes
_SIGNATURE_ALIGNMENT = 16
_LARGEST_FILE = 0xFFFFFFFF
_LARGEST_ADDRESS = 1 << 47
_SIGNATURE_COMMAND = struct.Struct("<4I")

_malformed = messages.MACHO_MALFORMED.error
_unsupported = messages.MACHO_UNSUPPORTED.error


def plan_macho(
    file: BinaryIO, facts: NodeFacts, blob_size: int, identity: MacosIdentity | None = None
) -> Plan:
    """Return the plan of the Node binary ``file`` with a blob of ``blob_size`` bytes.

    Args:
        file: open for reading, seekable; only headers and small tables are read.
        facts: of that file; ``fuse_offset`` is used.
        identity: what the code signature says; None for a name of sealift's, and Node's own
            entitlements.

    Returns:
        A plan whose last piece is a `SignatureHere`, which `signature.Signer` makes.

    Raises:
        FormatError: the file is not a macOS executable to which a blob can be added.
    """
    head = headers.read_executable(file)
    linkedit = _check_segments(head)
    _check_slack(head)
    _check_fuse(head, facts, linkedit)
    identifier = identity.identifier if identity else _UNNAMED
    entitlements = _entitlements(file, head, identity)

    page = _PAGE_SIZES[head.cpu]
    padding = -linkedit.file_offset % page
    blob_room = _round_up(blob_size, _SIZE_UNIT)
    blob_segment = _blob_segment(linkedit, linkedit.file_offset + padding, blob_size, blob_room)
    commands, dropped = _make_room(head, _with_new_commands(head, blob_segment))

    raw = [bytearray(command.data) for command in commands]
    tables = find_tables(raw, linkedit.file_offset, linkedit.file_end)
    tables = without_local_symbols(head.reader, tables, raw)
    tables = with_more_segments(
        head.reader, tables, raw, len(head.segments) + 1, head.segments.index(linkedit)
    )
    start = blob_segment.file_end
    table_pieces, end = place(tables, raw, start)
    code_limit = _round_up(end, _SIGNATURE_ALIGNMENT)
    size = signature_size(code_limit, identifier, entitlements)
    if code_limit + size > _LARGEST_FILE:
        raise messages.MACHO_TOO_LARGE.error(size=code_limit + size)
    _finish_commands(commands, raw, linkedit, blob_segment, code_limit, size)

    text = next(segment for segment in head.segments if segment.name == "__TEXT")
    header = head.encode([bytes(command) for command in raw])
    header = header.ljust(head.end, b"\0")
    pieces = [
        Literal(header),
        Copy(len(header), facts.fuse_offset - len(header)),
        Literal(b"1"),
        Copy(facts.fuse_offset + 1, linkedit.file_offset - facts.fuse_offset - 1),
        Zeros(padding),
        BlobHere(blob_size),
        Zeros(blob_room - blob_size),
        *table_pieces,
        Zeros(code_limit - end),
        SignatureHere(size, identifier, text.file_size, entitlements),
    ]
    kept = tuple(piece for piece in pieces if piece.size or isinstance(piece, BlobHere))
    return Plan(kept, dropped=dropped)


def _check_segments(head: MachHeaders) -> Segment:
    """Check the segments, and return ``__LINKEDIT``."""
    page = _PAGE_SIZES.get(head.cpu)
    if page is None:
        raise _unsupported(what=f"processor type 0x{head.cpu:x}")
    segments = head.segments
    names = [segment.name for segment in segments]
    if SEGMENT_NAME in names:
        raise messages.BLOB_PRESENT.error()
    if names.count("__TEXT") != 1 or names.count("__LINKEDIT") != 1 or names[-1] != "__LINKEDIT":
        raise _malformed(why="it lacks a __TEXT segment, or its last segment is not __LINKEDIT")
    linkedit = segments[-1]
    text = segments[names.index("__TEXT")]
    if text.file_offset != 0 or text.file_size < head.end:
        raise _malformed(why="__TEXT does not contain the header")
    if linkedit.sections or linkedit.file_end > head.reader.size:
        raise _malformed(why="__LINKEDIT has sections, or is cut off")
    if linkedit.vm_address % page or linkedit.vm_end > _LARGEST_ADDRESS:
        raise _unsupported(what="__LINKEDIT does not start at a page, or is too far up")
    for segment in segments[:-1]:
        if segment.vm_end > linkedit.vm_address or segment.file_end > linkedit.file_offset:
            raise _malformed(why=f"segment {segment.name} reaches into __LINKEDIT")
        for section in segment.sections:
            if section.relocation_count:
                raise _unsupported(what=f"relocations of section {section.name}")
            if section.in_file and section.offset + section.size > segment.file_end:
                raise _malformed(why=f"section {section.name} is outside of its segment")
    return linkedit


def _check_slack(head: MachHeaders) -> None:
    """Raise an error unless there are only zeros between load commands and first section."""
    if head.first_section_offset < head.end:
        raise _malformed(why="the load commands reach into the first section")
    size = min(head.first_section_offset - head.end, _SIZE_UNIT)
    if head.reader.read(head.end, size) != bytes(size):
        raise _unsupported(what="data between the load commands and the first section")


def _check_fuse(head: MachHeaders, facts: NodeFacts, linkedit: Segment) -> None:
    fuse = facts.fuse_offset
    in_sections = head.first_section_offset <= fuse < linkedit.file_offset
    if not in_sections or head.reader.read(fuse, 1) != b"0":
        raise messages.FUSE_NOT_FOUND.error()


def _entitlements(file: BinaryIO, head: MachHeaders, identity: MacosIdentity | None) -> bytes:
    if identity and identity.entitlements is not None:
        return identity.entitlements
    for command in head.commands:
        if command.kind == headers.LC_CODE_SIGNATURE and len(command.data) == 16:
            _, _, offset, size = _SIGNATURE_COMMAND.unpack(command.data)
            own = read_entitlements(file, offset, size)
            keep = identity is None or identity.debuggable or not own
            return own if keep else without_debugging(own)
    return b""


def _blob_segment(linkedit: Segment, offset: int, blob_size: int, room: int) -> Segment:
    address = linkedit.vm_address
    if offset + room > _LARGEST_FILE:
        raise messages.MACHO_TOO_LARGE.error(size=offset + room)
    section = Section(
        name=headers.BLOB_SECTION,
        segment=SEGMENT_NAME,
        address=address,
        size=blob_size,
        offset=offset,
        alignment=_SECTION_ALIGNMENT,
        relocation_offset=0,
        relocation_count=0,
        flags=0,
        reserved=(0, 0, 0),
    )
    return Segment(SEGMENT_NAME, address, room, offset, room, _READ_ONLY, _READ_ONLY, 0, (section,))


def _with_new_commands(head: MachHeaders, blob_segment: Segment) -> list[Command]:
    """Return the load commands with that of the new segment, and always one for a signature."""
    commands: list[Command] = []
    for command in head.commands:
        if command.segment and command.segment.name == "__LINKEDIT":
            commands.append(_segment_command(blob_segment))
        commands.append(command)
    signatures = [command.kind for command in commands].count(headers.LC_CODE_SIGNATURE)
    if signatures > 1:
        raise _malformed(why="there are two code signatures")
    if not signatures:
        data = _SIGNATURE_COMMAND.pack(headers.LC_CODE_SIGNATURE, _SIGNATURE_COMMAND.size, 0, 0)
        commands.append(Command(headers.LC_CODE_SIGNATURE, data))
    return commands


def _segment_command(segment: Segment) -> Command:
    return Command(headers.LC_SEGMENT_64, segment.encode(), segment)


def _make_room(head: MachHeaders, commands: list[Command]) -> tuple[list[Command], tuple[str, ...]]:
    """Drop what dyld never reads until the load commands fit, the least useful first.

    Return the load commands that are left, and what was dropped.
    """
    room = head.first_section_offset - headers.HEADER_SIZE
    steps: tuple[tuple[str, Callable[[list[Command]], list[Command]]], ...] = (
        ("the source version", partial(_without, headers.LC_SOURCE_VERSION)),
        ("the versions of compilers", _without_build_tools),
        # For disassemblers and debuggers.
        ("the table of data in code", partial(_without, headers.LC_DATA_IN_CODE)),
        ("the table of function starts", partial(_without, headers.LC_FUNCTION_STARTS)),
        ("the headers of empty sections", _without_zero_fill_headers),
    )
    dropped: tuple[str, ...] = ()
    for name, step in (("", None), *steps):
        before, commands = commands, step(commands) if step else commands
        if commands != before:
            dropped = (*dropped, name)
        needed = sum(len(command.data) for command in commands)
        if needed <= room:
            return commands, dropped
    raise messages.MACHO_NO_ROOM.error(room=room, needed=needed)


def _without(kind: int, commands: list[Command]) -> list[Command]:
    return [command for command in commands if command.kind != kind]


def _without_build_tools(commands: list[Command]) -> list[Command]:
    """Shorten LC_BUILD_VERSION to the 24 bytes before its list of compiler versions."""
    return [
        Command(command.kind, struct.pack("<II", command.kind, 24) + command.data[8:20] + bytes(4))
        if command.kind == headers.LC_BUILD_VERSION and len(command.data) > 24
        else command
        for command in commands
    ]


def _without_zero_fill_headers(commands: list[Command]) -> list[Command]:
    """Drop the headers of the last zero-fill sections; dyld only uses the segment's size.

    Only the last ones, because symbols refer to sections by number.
    """
    with_sections = [
        index
        for index, command in enumerate(commands)
        if command.segment and command.segment.sections and command.segment.name != SEGMENT_NAME
    ]
    if not with_sections:
        return commands
    segment = commands[with_sections[-1]].segment
    assert segment
    sections = list(segment.sections)
    while sections and sections[-1].zero_fill:
        sections.pop()
    commands = list(commands)
    commands[with_sections[-1]] = _segment_command(replace(segment, sections=tuple(sections)))
    return commands


def _finish_commands(
    commands: list[Command],
    raw: list[bytearray],
    linkedit: Segment,
    blob_segment: Segment,
    code_limit: int,
    signature: int,
) -> None:
    """Write ``__LINKEDIT``'s new place and the signature's into the load commands."""
    size = code_limit + signature - blob_segment.file_end
    moved = replace(
        linkedit,
        vm_address=blob_segment.vm_end,
        vm_size=_round_up(size, _SIZE_UNIT),
        file_offset=blob_segment.file_end,
        file_size=size,
    )
    for index, command in enumerate(commands):
        if command.segment and command.segment.name == "__LINKEDIT":
            raw[index][:] = moved.encode()
        elif command.kind == headers.LC_CODE_SIGNATURE:
            raw[index][:] = _SIGNATURE_COMMAND.pack(command.kind, 16, code_limit, signature)


def _round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit
