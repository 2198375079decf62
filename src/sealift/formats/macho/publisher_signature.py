"""The code signature of a publisher, in place of the ad-hoc one of a macOS executable.

It differs from the ad-hoc one (`sealift.formats.macho.signature`) in these parts:

- the code directory has version 0x20500: 8 bytes more, u32 runtime (the version of the SDK) and
  u32 0; flag 0x10000 (hardened runtime) in place of "ad-hoc"; the team after the identifier;
- a designated requirement: which certificates later versions of the program must have;
- the CMS wrapper contains a signature of the code directory.

The wrapper's length is not known before, so room is reserved, which ends in zeros.

A requirement is an expression in prefix form, u32 numbers, big-endian; texts have a u32 length and
zeros up to a multiple of 4 bytes (Apple's ``requirement.h`` of Security).
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.macho import headers, signature
from sealift.formats.macho.headers import Command, MachHeaders
from sealift.record import replace

RUNTIME_NEEDS = (
    "com.apple.security.cs.allow-jit",
    "com.apple.security.cs.allow-unsigned-executable-memory",
)
"""Rights that V8 needs under the hardened runtime."""
ADDONS_NEED = "com.apple.security.cs.disable-library-validation"
"""The right to load libraries that others have signed."""

_VERSION, _HARDENED = 0x20500, 0x10000
_OLDEST_RUNTIME = 0x0A0E00  # macOS 10.14, the first with a hardened runtime
_SDK_OFFSETS = {headers.LC_BUILD_VERSION: 16, headers.LC_VERSION_MIN_MACOSX: 12}
_PAGE_UNIT = 0x4000
_CHUNK = 256 * signature.PAGE_SIZE

_REQUIREMENT_SET, _REQUIREMENT, _DESIGNATED = 0xFADE0C01, 0xFADE0C00, 3
_IDENTIFIER, _AND, _FIELD, _GENERIC, _APPLE = 2, 6, 11, 14, 15
_EXISTS, _EQUALS = 0, 1
_LEAF, _INTERMEDIATE = 0, 1
_DEVELOPER_ID_AUTHORITY = bytes.fromhex("2a864886f763640602 06")
_DEVELOPER_ID = bytes.fromhex("2a864886f7636406010d")


class Unsigned(Struct, frozen=True):
    """An executable that is ready for a publisher's signature.

    Attributes:
        code_limit: file offset of the signature.
        size: of the signature with its reserved room, in bytes.
        directory: the code directory, which the publisher signs.
        specials: the other parts, by slot.
    """

    code_limit: int
    size: int
    directory: bytes
    specials: dict[int, bytes]


def entitlements_of(file: BinaryIO) -> bytes:
    """Return the XML entitlements of an executable; b"" if it has none.

    Raises:
        FormatError: it is no executable for macOS with a signature.
    """
    head = headers.read_executable(file)
    start = _code_limit(head)
    return signature.read_entitlements(file, start, file.seek(0, os.SEEK_END) - start)


def with_runtime_rights(entitlements: bytes, has_addons: bool) -> bytes:
    """Return entitlements with the rights that Node needs under the hardened runtime.

    Args:
        entitlements: XML property list, or nothing.
        has_addons: the executable loads libraries that others may have signed.
    """
    import plistlib

    rights = plistlib.loads(entitlements.rstrip(b"\0")) if entitlements else {}
    wanted = (*RUNTIME_NEEDS, ADDONS_NEED) if has_addons else RUNTIME_NEEDS
    return plistlib.dumps({**rights, **dict.fromkeys(wanted, True)})


def prepare(
    file: BinaryIO, identifier: str, team: str, entitlements: bytes, reserved: int
) -> Unsigned:
    """Make room for a publisher's signature in ``file``, and return what is to be signed.

    Args:
        file: an executable with an ad-hoc signature, open for reading and writing.
        identifier: the program's name for the system.
        team: the publisher's team, as Apple names it.
        entitlements: XML property list, or nothing.
        reserved: room for the signature of the code directory, in bytes.

    Raises:
        FormatError: the file is not such an executable.
        OSError: it cannot be written.
    """
    head = headers.read_executable(file)
    code_limit = _code_limit(head)
    specials = signature.special_blobs(entitlements)
    specials[signature.SLOT_REQUIREMENTS] = _requirements(identifier, team)
    names = identifier.encode() + b"\0", team.encode() + b"\0"
    slots, pages = max(specials), -(-code_limit // signature.PAGE_SIZE)
    fixed = signature.DIRECTORY_SIZE + 8
    hash_offset = fixed + sum(map(len, names)) + 32 * slots
    directory_size = hash_offset + 32 * pages
    parts = (directory_size, *map(len, specials.values()), 8 + reserved)
    size = signature.round_up(12 + 8 * len(parts) + sum(parts))
    _write_sizes(file, head, code_limit, size)
    text = next(segment for segment in head.segments if segment.name == "__TEXT")
    fields = signature.CodeDirectory(
        length=directory_size,
        hash_offset=hash_offset,
        ident_offset=fixed,
        special_slots=slots,
        code_slots=pages,
        code_limit=code_limit,
        exec_segment_limit=text.file_size,
    )
    fields = replace(fields, version=_VERSION, flags=_HARDENED, team_offset=fixed + len(names[0]))
    special_hashes = [signature.slot_hash(specials.get(slot)) for slot in range(slots, 0, -1)]
    directory = b"".join(
        [
            fields.encode(),
            struct.pack(">II", _runtime(head), 0),
            *names,
            *special_hashes,
            *_page_hashes(file, code_limit),
        ]
    )
    return Unsigned(code_limit, size, directory, specials)


def append(file: BinaryIO, unsigned: Unsigned, signed: bytes) -> None:
    """Write the signature: what `prepare` returned, and a signature of its code directory, DER.

    Raises:
        FormatError: ``signature-malformed``: the signature is longer than its room.
        OSError: the file cannot be written.
    """
    whole = signature.super_blob(unsigned.directory, unsigned.specials, signed)
    if len(whole) > unsigned.size:
        raise messages.SIGNATURE_MALFORMED.error(why="it is longer than the room for it")
    file.seek(unsigned.code_limit)
    file.write(whole.ljust(unsigned.size, b"\0"))
    file.truncate()
    file.flush()


def _code_limit(head: MachHeaders) -> int:
    for command in head.commands:
        if command.kind == headers.LC_CODE_SIGNATURE:
            return int.from_bytes(command.data[8:12], "little")
    raise messages.SIGNATURE_MALFORMED.error(why="there is none")


def _write_sizes(file: BinaryIO, head: MachHeaders, code_limit: int, size: int) -> None:
    """Write the signature's size into the load commands."""
    file.seek(headers.HEADER_SIZE)
    for command in head.commands:
        file.write(_with_size(command, code_limit, size))


def _with_size(command: Command, code_limit: int, size: int) -> bytes:
    if command.kind == headers.LC_CODE_SIGNATURE:
        return struct.pack("<IIII", command.kind, 16, code_limit, size)
    segment = command.segment
    if segment is None or segment.name != "__LINKEDIT":
        return command.data
    file_size = code_limit + size - segment.file_offset
    vm_size = -(-file_size // _PAGE_UNIT) * _PAGE_UNIT
    return replace(segment, file_size=file_size, vm_size=vm_size).encode()


def _runtime(head: MachHeaders) -> int:
    for command in head.commands:
        if (at := _SDK_OFFSETS.get(command.kind)) is not None:
            return max(int.from_bytes(command.data[at : at + 4], "little"), _OLDEST_RUNTIME)
    return _OLDEST_RUNTIME


def _page_hashes(file: BinaryIO, size: int) -> Iterator[bytes]:
    file.seek(0, os.SEEK_SET)
    while size:
        data = memoryview(file.read(min(size, _CHUNK)))
        if not data:
            raise messages.SIGNATURE_MALFORMED.error(why="the file is cut off")
        size -= len(data)
        for at in range(0, len(data), signature.PAGE_SIZE):
            yield hashlib.sha256(data[at : at + signature.PAGE_SIZE]).digest()


def _requirements(identifier: str, team: str) -> bytes:
    """Return the requirement: this identifier, a Developer ID of Apple's, and this team."""
    expression = b"".join(
        [
            _numbers(_AND, _AND, _AND, _AND),
            *(_numbers(_IDENTIFIER), _text(identifier.encode())),
            _numbers(_APPLE),
            *(_numbers(_GENERIC, _INTERMEDIATE), _text(_DEVELOPER_ID_AUTHORITY), _numbers(_EXISTS)),
            *(_numbers(_GENERIC, _LEAF), _text(_DEVELOPER_ID), _numbers(_EXISTS)),
            *(_numbers(_FIELD, _LEAF), _text(b"subject.OU"), _numbers(_EQUALS)),
            _text(team.encode()),
        ]
    )
    requirement = _numbers(_REQUIREMENT, 12 + len(expression), 1) + expression
    index = _numbers(1, _DESIGNATED, 20)
    return _numbers(_REQUIREMENT_SET, 20 + len(requirement)) + index + requirement


def _numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def _text(data: bytes) -> bytes:
    return _numbers(len(data)) + data + bytes(-len(data) % 4)
