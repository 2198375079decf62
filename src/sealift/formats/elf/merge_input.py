"""What is merged into one ELF (a musl Node, a library, musl's loader): each is read and checked.

The check is what lets `sealift.formats.elf.merge` place a part without looking at it again: 64 bit,
little-endian, position independent, its headers in its first segment at address 0, segments in
ascending order, none on a page of another's, none writable and executable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.elf.dynamic_section import (
    DT_RPATH,
    DT_RUNPATH,
    DynamicSection,
    read_dynamic_section,
)
from sealift.formats.elf.headers import (
    ET_DYN,
    PF_W,
    PF_X,
    PT_GNU_STACK,
    Elf,
    ProgramHeader,
    read_elf,
)

MERGED_MACHINES = ("x64", "arm64")
"""What musl's loader is built for, in sealift's words."""

_LARGEST_ALIGNMENT = 2 << 20
_LARGEST_PART = 1 << 30
# musl answers for these itself (ldso/dynlink.c, load_library).
_MUSL = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\..*", re.DOTALL)
# auditwheel adds part of a digest to a name, and names the file and not its major version.
_RENAMED = re.compile(r"(.+?)(?:-[0-9a-f]{8})?\.so\.(\d+)(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Part:
    """One file to merge.

    Attributes:
        what: for messages: ``Node``, ``libstdc++.so.6``, ``musl's loader``.
        source: as in `sealift.formats.pieces.Copy`.
        end: size in memory, in whole pages.
        alignment: of its address, in bytes.
    """

    what: str
    source: int
    file: BinaryIO
    elf: Elf
    dynamic: DynamicSection
    end: int
    alignment: int

    def only(self, kind: int) -> ProgramHeader:
        """Give the one segment of a type.

        Raises:
            FormatError: ``elf-layout``: it has none or several.
        """
        found = [segment for segment in self.elf.segments if segment.type == kind]
        if len(found) != 1:
            raise self.layout(f"it has {len(found)} program headers of type {kind:#x}")
        return found[0]

    def address(self, offset: int, size: int) -> int:
        """Give the address of ``size`` bytes at a file offset.

        Raises:
            FormatError: ``elf-layout``: they are not in what is loaded.
        """
        for load in self.elf.loads:
            if load.offset <= offset and offset + size <= load.offset + load.filesz:
                return load.vaddr + offset - load.offset
        raise self.layout(f"what is at {offset:#x} in the file is not loaded")

    def search_path_entries(self) -> list[int]:
        """Give the file offsets of entries of its dynamic section that name directories."""
        return [
            entry.offset for entry in self.dynamic.entries if entry.tag in (DT_RPATH, DT_RUNPATH)
        ]

    def layout(self, why: str) -> FormatError:
        """Give the error of a part that cannot be merged."""
        return messages.MERGE_LAYOUT.error(what=self.what, why=why)


def read_part(what: str, source: int, file: BinaryIO, machine: int | None = None) -> Part:
    """Read one file's headers; ``machine`` is the e_machine that it must have.

    Raises:
        FormatError: ``elf-broken``, or ``elf-layout``: not as a linker makes it.
    """
    elf = read_elf(file)
    dynamic = read_dynamic_section(elf)
    page = elf.page_size
    loads = elf.loads
    end = -(-max((load.vaddr + load.memsz for load in loads), default=0) // page) * page
    alignment = max([page, *(load.align for load in loads)])
    part = Part(what, source, file, elf, dynamic or DynamicSection(elf, ()), end, alignment)
    if elf.machine_name not in MERGED_MACHINES or machine not in (None, elf.machine):
        raise part.layout(f"it is for {elf.machine_name or 'another machine'}")
    if dynamic is None or elf.type != ET_DYN:
        raise part.layout("it is not position independent, or not dynamically linked")
    if not loads or loads[0].vaddr or loads[0].offset:
        raise part.layout("its first segment is not at its beginning")
    if elf.phoff + len(elf.segments) * 56 > loads[0].filesz:
        raise part.layout("its first segment does not hold its headers")
    _check_loads(part, page)
    if part.only(PT_GNU_STACK).flags & PF_X:
        raise part.layout("it wants a stack that can be executed")
    for segment in elf.segments:
        inside = any(
            load.vaddr <= segment.vaddr
            and segment.vaddr + segment.filesz <= load.vaddr + load.filesz
            and segment.offset - load.offset == segment.vaddr - load.vaddr
            for load in loads
        )
        if segment.type != PT_GNU_STACK and not inside:
            raise part.layout(f"the segment at {segment.offset:#x} is not in what is loaded")
    return part


def _check_loads(part: Part, page: int) -> None:
    end = file_end = 0
    for load in part.elf.loads:
        if load.flags & PF_W and load.flags & PF_X:
            raise part.layout("a segment is both writable and executable")
        align = max(load.align, 1)
        if align & (align - 1) or align > _LARGEST_ALIGNMENT:
            raise part.layout(f"a segment has the alignment {align:#x}")
        if load.offset % page != load.vaddr % page or (load.offset - load.vaddr) % align:
            raise part.layout("a segment is not where its page is")
        if load.vaddr // page * page < end or (load.filesz and load.offset < file_end):
            raise part.layout("its segments overlap, share a page or are not in ascending order")
        end = -(-(load.vaddr + load.memsz) // page) * page
        file_end = max(file_end, load.offset + load.filesz)
    if end > _LARGEST_PART:
        raise part.layout("it is larger than any Node")


def embedded_names(
    program: Part, asked: Sequence[str], libraries: Sequence[Part], musl: Part
) -> list[tuple[str, str]]:
    """Name each library: its own name, and the one that others ask for ("" if it is the same).

    Args:
        program: Node.
        asked: the libraries' names as they are asked for.
        libraries: in the same order.
        musl: the changed musl.

    Raises:
        FormatError: ``library-missing``: one that is asked for is not there; ``elf-layout``: two
            have one name.
    """
    names: list[tuple[str, str]] = []
    for name, part in zip(asked, libraries, strict=True):
        own = part.dynamic.name or name
        alias = name if name != own else common_name(own)
        names.append((own, alias if alias != own else ""))
    known = [name for both in names for name in both if name]
    if not all(name.isascii() for name in known):
        raise program.layout("the name of a library is not plain text")
    if len(known) != len(set(known)):
        raise program.layout(f"two of its libraries have one name: {', '.join(known)}")
    for part in (program, *libraries, musl):
        for name in part.dynamic.needed:
            if name not in known and not is_musl(name):
                raise messages.LIBRARY_MISSING.error(what=part.what, library=name)
    return names


def is_musl(name: str) -> bool:
    """Say whether a library's name is one that musl's loader itself answers for."""
    return _MUSL.fullmatch(name) is not None


def common_name(name: str) -> str:
    """Undo auditwheel's naming: ``libstdc++-08d5c7eb.so.6.0.33`` is ``libstdc++.so.6``."""
    match = _RENAMED.fullmatch(name)
    return f"{match[1]}.so.{match[2]}" if match else name
