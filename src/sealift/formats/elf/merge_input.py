"""The files to merge into one ELF (a musl Node, its libraries, musl), read and checked.

`sealift.formats.elf.merge` relies on the checks here: a part is 64 bit, little-endian and position
independent; its headers are in its first segment, at address 0; its segments are in ascending
order, on pages of their own, and never both writable and executable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from msgspec import Struct

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
"""Architectures for which sealift compiles musl, in sealift's names."""

_LARGEST_ALIGNMENT = 2 << 20
_LARGEST_PART = 1 << 30
# musl itself provides these (ldso/dynlink.c, load_library).
_MUSL = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\..*", re.DOTALL)
# auditwheel adds part of a digest to a name, and uses the file's name instead of the soname.
_RENAMED = re.compile(r"(.+?)(?:-[0-9a-f]{8})?\.so\.(\d+)(?:\.\d+)*")


class Part(Struct, frozen=True):
    """One file to merge.

    Attributes:
        what: for messages: ``Node``, ``libstdc++.so.6``, ``musl``.
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
        """Return the only segment of a type.

        Raises:
            FormatError: ``elf-layout``: the part has none or several.
        """
        found = [segment for segment in self.elf.segments if segment.type == kind]
        if len(found) != 1:
            raise self.layout(f"it has {len(found)} program headers of type {kind:#x}")
        return found[0]

    def address(self, offset: int, size: int) -> int:
        """Return the address of ``size`` bytes at a file offset.

        Raises:
            FormatError: ``elf-layout``: they are not loaded.
        """
        for load in self.elf.loads:
            if load.offset <= offset and offset + size <= load.offset + load.filesz:
                return load.vaddr + offset - load.offset
        raise self.layout(f"what is at {offset:#x} in the file is not loaded")

    def search_path_entries(self) -> list[int]:
        """Return the file offsets of DT_RPATH and DT_RUNPATH."""
        return [
            entry.offset for entry in self.dynamic.entries if entry.tag in (DT_RPATH, DT_RUNPATH)
        ]

    def layout(self, why: str) -> FormatError:
        """Return the error for a part that cannot be merged; ``why`` is a clause."""
        return messages.MERGE_LAYOUT.error(what=self.what, why=why)


def read_part(what: str, source: int, file: BinaryIO, machine: int | None = None) -> Part:
    """Read and check one file's headers; ``machine`` is the e_machine that it must have.

    Raises:
        FormatError: ``elf-broken``, or ``elf-layout``: it is not laid out as linkers do.
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
        raise part.layout("it demands an executable stack")
    for segment in elf.segments:
        inside = any(
            load.vaddr <= segment.vaddr
            and segment.vaddr + segment.filesz <= load.vaddr + load.filesz
            and segment.offset - load.offset == segment.vaddr - load.vaddr
            for load in loads
        )
        if segment.type != PT_GNU_STACK and not inside:
            raise part.layout(f"the segment at {segment.offset:#x} is not loaded")
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
    """Return two names for each library: its own, and the one that others use ("" if the same).

    Args:
        program: Node.
        asked: the libraries' names that others use (DT_NEEDED).
        libraries: in the same order.
        musl: the changed musl.

    Raises:
        FormatError: ``library-missing``: a needed library is not among them; ``elf-layout``: two
            libraries have the same name.
    """
    names: list[tuple[str, str]] = []
    for name, part in zip(asked, libraries, strict=True):
        own = part.dynamic.name or name
        alias = name if name != own else common_name(own)
        names.append((own, alias if alias != own else ""))
    known = [name for both in names for name in both if name]
    if not all(name.isascii() for name in known):
        raise program.layout("the name of a library is not ASCII")
    if len(known) != len(set(known)):
        raise program.layout(f"two of its libraries have the same name: {', '.join(known)}")
    for part in (program, *libraries, musl):
        for name in part.dynamic.needed:
            if name not in known and not is_musl(name):
                raise messages.LIBRARY_MISSING.error(what=part.what, library=name)
    return names


def is_musl(name: str) -> bool:
    """Return True if musl itself provides the library with this name."""
    return _MUSL.fullmatch(name) is not None


def common_name(name: str) -> str:
    """Return a library's name without auditwheel's additions.

    ``libstdc++-08d5c7eb.so.6.0.33`` becomes ``libstdc++.so.6``.
    """
    match = _RENAMED.fullmatch(name)
    return f"{match[1]}.so.{match[2]}" if match else name
