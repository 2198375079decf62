"""Check a macOS executable against the Node binary that it was made of.

It cannot be run on the host, so everything that the kernel (``bsd/kern/mach_loader.c``,
``ubc_subr.c``) and dyld (``mach_o/Header.cpp``, ``Layout.cpp``, ``ChainedFixups.cpp``) check is
checked here, and everything else must equal the base:

- load commands: the base's in the base's order, without those that only tools read;
- segments: the base's unchanged, then ``NODE_SEA``, then ``__LINKEDIT``, ascending in memory and
  file, on pages, without overlaps;
- every byte before ``__LINKEDIT`` except the header and the fuse: so no instruction and no
  thread-local section has moved or changed;
- ``__LINKEDIT`` (`macho_linkedit`) and the code signature (`macho_signature`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import BinaryIO

from sealift.formats.node_facts import NodeFacts
from sealift.identity import MacosIdentity
from sealift.verify import macho_image as image_of
from sealift.verify.comparing import must_equal, read_exactly, wrong
from sealift.verify.macho_image import MachImage, MachSection, MachSegment, u32s
from sealift.verify.macho_linkedit import check_linkedit, same_but_for_references
from sealift.verify.macho_signature import check_signature, publisher_of
from sealift.verify.signed_data import Signer

_CPUS = {"x64": (0x01000007, 0x1000), "arm64": (0x0100000C, 0x4000)}
_READ, _WRITE, _EXECUTE = 1, 2, 4
_FOR_TOOLS_ONLY = (
    image_of.SOURCE_VERSION,
    image_of.DATA_IN_CODE,
    image_of.FUNCTION_STARTS,
)
_PROTECTIONS = {
    b"__PAGEZERO": 0,
    b"__TEXT": _READ | _EXECUTE,
    b"__DATA_CONST": _READ | _WRITE,
    b"__DATA": _READ | _WRITE,
    b"NODE_SEA": _READ,
    b"__LINKEDIT": _READ,
}
_MOST_PADDING = 0x8000
_MOST_HEADER_PADDING = 1 << 20
_FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"


def verify_macho(
    file: BinaryIO, base: BinaryIO, facts: NodeFacts, identity: MacosIdentity | None = None
) -> tuple[int, int]:
    """Check ``file`` against ``base`` and return the file offset and size of the blob.

    ``identity`` is what its signature must say; None for any name and the base's entitlements.

    Raises:
        FormatError: ``verification-failed``.
    """
    image, original = MachImage(file), MachImage(base)
    cpu, page = _CPUS.get(facts.machine, (0, 0))
    if image.cpu != cpu:
        raise wrong(f"it is not for {facts.machine}")
    if image.header[1:4] + image.header[6:] != original.header[1:4] + original.header[6:]:
        raise wrong("its Mach-O header differs from the base's")
    _check_commands(image, original)
    _check_segments(image, original)
    _check_layout(image, page)
    blob = _check_blob_section(image)
    _check_entry(image)
    _check_bytes(file, base, image, original, facts)
    _check_padding(file, image.commands_end, image.first_content, _MOST_HEADER_PADDING)
    _check_padding(file, original.linkedit.offset, blob.offset)
    _check_padding(file, blob.offset + blob.size, image.linkedit.offset)
    check_linkedit(file, base, image, original)
    check_signature(file, base, image, original, identity)
    return blob.offset, blob.size


def verify_macho_alone(file: BinaryIO, machine: str) -> tuple[int, int]:
    """Check ``file`` without its base, and return the file offset and size of the blob.

    Raises:
        FormatError: ``verification-failed``.
    """
    image = MachImage(file)
    cpu, page = _CPUS.get(machine, (0, 0))
    if image.cpu != cpu:
        raise wrong(f"it is not for {machine}")
    _check_layout(image, page)
    blob = _check_blob_section(image)
    _check_entry(image)
    check_signature(file, file, image, image)
    return blob.offset, blob.size


def macho_publisher(file: BinaryIO) -> Signer | None:
    """Return who signed ``file``; None for an ad-hoc signature. The file is not checked.

    Raises:
        FormatError: ``verification-failed``: the signature is malformed.
    """
    return publisher_of(file, MachImage(file))


def _check_commands(image: MachImage, original: MachImage) -> None:
    """Check that the base's load commands are in order; only those for tools may be missing."""
    left = [
        (kind, data)
        for kind, data in image.commands
        if kind not in (image_of.SEGMENT, image_of.CODE_SIGNATURE)
    ]
    for kind, data in original.commands:
        if kind in (image_of.SEGMENT, image_of.CODE_SIGNATURE):
            continue
        if left and left[0][0] == kind:
            if not _same_command(kind, left.pop(0)[1], data):
                raise wrong(f"load command {kind:#x} differs from the base's")
        elif kind not in _FOR_TOOLS_ONLY:
            raise wrong(f"load command {kind:#x} of the base is missing or out of order")
    if left:
        raise wrong(f"load command {left[0][0]:#x} is not the base's")
    for kind in (image_of.LOAD_DYLINKER, image_of.SYMTAB, image_of.DYSYMTAB):
        if image.find(kind, 8) is None:
            raise wrong(f"load command {kind:#x} is missing")
    if not any(kind == image_of.LOAD_DYLIB for kind, _ in image.commands):
        raise wrong("it is linked with no library")


def _same_command(kind: int, ours: bytes, theirs: bytes) -> bool:
    if kind == image_of.BUILD_VERSION and len(ours) == 24:
        return ours[8:20] == theirs[8:20] and u32s(ours, 20) == (0,)
    return same_but_for_references(kind, ours, theirs)


def _check_segments(image: MachImage, original: MachImage) -> None:
    """Check that the base's segments are unchanged, and that one is new, before the last."""
    if len(image.segments) != len(original.segments) + 1 or len(image.segments) < 3:
        raise wrong("it has not one segment more than the base")
    *kept, added, linkedit = image.segments
    *originals, original_linkedit = original.segments
    if added.name != b"NODE_SEA" or original_linkedit.name != b"__LINKEDIT":
        raise wrong("the segment before the last is not the blob's")
    last_with_sections = [segment.name for segment in originals if segment.sections][-1:]
    for ours, theirs in zip(kept, originals, strict=True):
        if ours._replace(sections=()) != theirs._replace(sections=()):
            raise wrong(f"segment {theirs.name!r} differs from the base's")
        count = len(ours.sections)
        dropped = theirs.sections[count:]
        if ours.sections != theirs.sections[:count] or (
            dropped
            and (
                [ours.name] != last_with_sections
                or not all(section.flags & 0xFF in (0x1, 0xC) for section in dropped)
            )
        ):
            raise wrong(f"the sections of segment {theirs.name!r} differ from the base's")
    if added.address != original_linkedit.address or added.offset < original_linkedit.offset:
        raise wrong("the blob's segment is not where __LINKEDIT was")
    if (linkedit.most_protection, linkedit.flags) != (
        original_linkedit.most_protection,
        original_linkedit.flags,
    ):
        raise wrong("__LINKEDIT differs from the base's in more than its place")


def _check_layout(image: MachImage, page: int) -> None:
    """Check what the kernel and dyld demand of segments, independently of the base."""
    for segment in image.segments:
        name = segment.name.decode("latin-1")
        if segment.address % page or segment.offset % page or segment.size % page:
            raise wrong(f"segment {name} does not lie on pages")
        if segment.file_size > segment.size or segment.end > 1 << 47:
            raise wrong(f"segment {name} is larger in the file than in memory")
        if segment.file_end > image.size:
            raise wrong(f"segment {name} reaches past the end of the file")
        if segment.protection != _PROTECTIONS.get(segment.name, segment.protection):
            raise wrong(f"segment {name} has protection {segment.protection}")
        if segment.protection & ~segment.most_protection:
            raise wrong(f"segment {name} may not have the protection that it asks for")
        for section in segment.sections:
            _check_section(section, segment)
    for before, after in pairwise(image.segments):
        if after.address < before.end or (after.file_size and after.offset < before.file_end):
            raise wrong("its segments overlap or are out of order")
    first, text, linkedit = image.segments[0], image.segment(b"__TEXT"), image.linkedit
    if first.name == b"__PAGEZERO" and (first.address or first.file_size or not first.size):
        raise wrong("its __PAGEZERO is not at address 0")
    if text.offset or text.file_size < image.commands_end:
        raise wrong("its __TEXT does not hold the header")
    if linkedit.file_end != image.size or linkedit.sections:
        raise wrong("__LINKEDIT does not end where the file does")
    if linkedit.address != image.segments[-2].end or linkedit.size >= linkedit.file_size + 0x4000:
        raise wrong("__LINKEDIT leaves a gap in memory")
    if image.size > 0xFFFFFFFF:
        raise wrong("it is too long for a Mach-O file")
    if image.commands_end > image.first_content:
        raise wrong("its load commands overwrite the first section")


def _check_section(section: MachSection, segment: MachSegment) -> None:
    name = section.name.decode("latin-1")
    if section.segment != segment.name:
        raise wrong(f"section {name} names another segment")
    if section.address < segment.address or section.address + section.size > segment.end:
        raise wrong(f"section {name} lies outside of its segment")
    if section.alignment > 32 or section.address % (1 << section.alignment):
        raise wrong(f"section {name} is not aligned")
    if section.size and not section.fills_zeros:
        if section.offset - segment.offset != section.address - segment.address:
            raise wrong(f"section {name} is elsewhere in the file than in memory")
        if section.offset + section.size > segment.file_end:
            raise wrong(f"section {name} reaches past its segment's bytes")


def _check_blob_section(image: MachImage) -> MachSection:
    """Return the section that Node finds with ``getsectdata``: the first with both names."""
    found = [
        section
        for section in image.sections
        if section.segment == b"NODE_SEA" or section.name == b"__NODE_SEA_BLOB"
    ]
    segment = image.segment(b"NODE_SEA")
    if len(found) != 1 or segment.sections != (found[0],) or found[0].name != b"__NODE_SEA_BLOB":
        raise wrong("Node would not find one blob in it")
    section = found[0]
    if segment.most_protection != _READ or segment.flags:
        raise wrong("the blob's segment is not for reading only")
    if any((section.flags, section.relocations_at, section.relocations, *section.reserved)):
        raise wrong("the blob's section is not plain data")
    if section.offset != segment.offset:
        raise wrong("the blob's section is not at its segment's start")
    return section


def _check_entry(image: MachImage) -> None:
    """Check that there is one entry point, in code."""
    main = image.find(image_of.MAIN, 24)
    thread = image.find(image_of.UNIX_THREAD, 16)
    if (main is None) == (thread is None):
        raise wrong("it has not one entry point")
    if main is not None:
        offset = int.from_bytes(main[8:16], "little")
        code = [s for s in image.segment(b"__TEXT").sections if s.name == b"__text"]
        if not any(s.offset <= offset < s.offset + s.size for s in code):
            raise wrong("its entry point is not in its code")


def _check_bytes(
    file: BinaryIO, base: BinaryIO, image: MachImage, original: MachImage, facts: NodeFacts
) -> None:
    """Check that from the first section to ``__LINKEDIT`` only the fuse differs from the base."""
    start, end, fuse = original.first_content, original.linkedit.offset, facts.fuse_offset
    if image.first_content != start or not start <= fuse < end:
        raise wrong("its first section or its fuse is not where the base has it")
    if read_exactly(file, fuse + 1 - len(_FUSE), len(_FUSE)) != _FUSE:
        raise wrong("its fuse is not blown")
    must_equal(file, start, base, start, fuse - start, "the part before the fuse")
    must_equal(file, fuse + 1, base, fuse + 1, end - fuse - 1, "the part behind the fuse")


def _check_padding(file: BinaryIO, start: int, end: int, most: int = _MOST_PADDING) -> None:
    if not 0 <= end - start <= most:
        raise wrong("there is a gap that is not padding")
    if any(read_exactly(file, start, end - start)):
        raise wrong("its padding is not of zeros")
