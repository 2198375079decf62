"""Facts of a Node binary, read from the file itself and never from a table of versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages

FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"
_EXEC_ARGV_EXTENSION = b"execArgvExtension"
_MAIN_FORMAT = b"mainFormat"
_RELEASE = b"node.js/v"  # what the inspector answers to /json/version (inspector_socket_server.cc)
_V8 = b"-node."  # V8_EMBEDDER_STRING, after V8's own four numbers
_NOTE = b"NODE_SEA_BLOB"
_BUILDS = b"--build-sea"  # an option since Node 25.5; binaries that have it contain the note's name
FREEBSD_MARK = b"sealift: this Node finds its blob on FreeBSD"
"""In binaries for FreeBSD that sealift compiled: they look for a blob."""
_NEEDLES = (FUSE, _EXEC_ARGV_EXTENSION, _MAIN_FORMAT, _RELEASE, _V8)
_LOOKING = (_NOTE, _BUILDS, FREEBSD_MARK)
_VERSION = re.compile(rb"\d+\.\d+\.\d+")
_V8_NUMBERS = re.compile(rb"\d+\.\d+\.\d+\.\d+\Z")
_DIGITS = re.compile(rb"\d+")
_CHUNK = 1 << 20
_AROUND = 32  # bytes on each side of a needle that are returned with it


class NodeFacts(Struct, frozen=True):
    """Facts read out of one Node binary.

    Attributes:
        container: ``elf``, ``macho`` or ``pe``.
        machine: sealift's architecture name (``x64``, ``arm64``, ``armv7``, ...).
        system: ``linux``, ``alpine`` (ELF whose interpreter is musl's), ``macos``, ``win``,
            ``freebsd``.
        version: Node release, such as ``24.19.0``.
        v8_version: such as ``13.6.233.17-node.50``, or "" when not found.
        fuse_offset: file offset of the fuse's last byte (the one that becomes ``1``).
        fuse_set: the fuse is already ``1``.
        has_blob: the binary already carries a ``NODE_SEA_BLOB``.
        exec_argv_extension: the blob has an ``execArgvExtension`` byte.
        main_format: the blob has a ``mainFormat`` byte.
        is_static: an ELF without a dynamic loader; its system is ``linux``, and it runs with any C
            library.
    """

    container: str
    machine: str
    system: str
    version: str
    v8_version: str
    fuse_offset: int
    fuse_set: bool
    has_blob: bool
    exec_argv_extension: bool
    main_format: bool
    is_static: bool = False


def read_facts(path: Path) -> NodeFacts:
    """Return the facts of the Node binary at ``path``: read its headers, then all bytes once.

    120 MB in the page cache take some 0.2 s and a few MiB of memory.

    Raises:
        FormatError: the file is not an executable, is truncated, is for an unknown architecture, is
            not Node, has no fuse or several, keeps Node in a shared library, or never looks for a
            blob.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return read_open_facts(file, path)


def read_open_facts(file: BinaryIO, path: Path) -> NodeFacts:
    """Return the facts of an open Node binary; ``path`` names it, and libraries may be beside it.

    Raises:
        FormatError, OSError: as `read_facts`.
    """
    from sealift.formats.executable_identity import identify  # keeps `import sealift` quick

    identity = identify(file, path.name)
    needles = (*_NEEDLES, *_LOOKING) if identity.system == "freebsd" else _NEEDLES
    found: dict[bytes, list[tuple[int, bytes, bytes]]] = {needle: [] for needle in needles}
    for needle, offset, before, after in scan(file, needles):
        found[needle].append((offset, before, after))
    if identity.system == "freebsd" and not _looks_for_blob(found):
        missing = messages.BLOB_MARK_MISSING if found[_BUILDS] else messages.BLOB_NOT_LOOKED_FOR
        raise missing.error(name=path.name)
    fuses = [(at, after[:1]) for at, _, after in found[FUSE] if after[:1] in (b"0", b"1")]
    if identity.container == "elf" and (not fuses or identity.is_static):
        _refuse_library(path)
    if len(fuses) != 1 and not identity.has_blob:
        what = f"{len(fuses)} fuses" if fuses else "no fuse"
        raise messages.NOT_A_STOCK_NODE.error(name=path.name, what=what)
    versions = {
        match.group().decode()
        for _, _, after in found[_RELEASE]
        if (match := _VERSION.match(after))
    }
    if len(versions) != 1:
        names = ", ".join(sorted(versions))
        what = f"several Node releases ({names})" if names else "no Node release"
        raise messages.NOT_A_STOCK_NODE.error(name=path.name, what=what)
    v8_versions = Counter(
        (match.group().decode() + "-node." + number.group().decode())
        for _, before, after in found[_V8]
        if (match := _V8_NUMBERS.search(before)) and (number := _DIGITS.match(after))
    )
    # With a blob, the text may be in the packaged files too: the fuse that is set is the real one.
    offset, state = max(fuses, key=lambda fuse: fuse[1], default=(0, b"1"))
    return NodeFacts(
        container=identity.container,
        machine=identity.machine,
        system=identity.system,
        version=versions.pop(),
        v8_version=max(v8_versions, key=v8_versions.__getitem__, default=""),
        fuse_offset=offset + len(FUSE),
        fuse_set=state == b"1",
        has_blob=identity.has_blob,
        exec_argv_extension=bool(found[_EXEC_ARGV_EXTENSION]),
        main_format=bool(found[_MAIN_FORMAT]),
        is_static=identity.is_static,
    )


def scan(file: BinaryIO, needles: tuple[bytes, ...]) -> Iterator[tuple[bytes, int, bytes, bytes]]:
    """Yield every occurrence: the needle, its offset, and up to 32 bytes before and after it.

    The file is read once, in chunks of 1 MiB that overlap, so that a needle and the bytes around it
    may cross the end of a chunk. Each needle's occurrences come in order.
    """
    reach = max(map(len, needles)) + _AROUND
    window, start, begin = b"", 0, 0
    file.seek(0)
    while True:
        chunk = file.read(_CHUNK)
        window += chunk
        # A needle that begins after `end` may be cut off: it is found with the next chunk.
        end = max(len(window) - reach, begin) if chunk else len(window)
        for needle in needles:
            at = window.find(needle, begin)
            while begin <= at < end:
                after = at + len(needle)
                before = window[max(at - _AROUND, 0) : at]
                yield needle, start + at, before, window[after : after + _AROUND]
                at = window.find(needle, at + 1)
        if not chunk:
            return
        kept = max(end - _AROUND, 0)
        window, start, begin = window[kept:], start + kept, end - kept


def _looks_for_blob(found: dict[bytes, list[tuple[int, bytes, bytes]]]) -> bool:
    """Return True if a Node for FreeBSD was changed so that it looks for its blob.

    A binary contains the note's name only if it looks for the note, or writes it.
    """
    return bool(found[FREEBSD_MARK] or (found[_NOTE] and not found[_BUILDS]))


def _refuse_library(path: Path) -> None:
    """Refuse a Node that is in a shared library (``configure --shared``), and that library."""
    from sealift.formats.elf.dynamic_section import read_dynamic_section
    from sealift.formats.elf.headers import interpreter, read_elf

    with path.open("rb") as file:
        elf = read_elf(file)
        dynamic = read_dynamic_section(elf)
        loader = interpreter(elf)
    needed = dynamic.needed if dynamic else ()
    library = next((name for name in needed if name.startswith("libnode.so")), "")
    if library:
        raise messages.NODE_IN_A_LIBRARY.error(name=path.name, library=library)
    # A static program needs no library, whether it is position independent or not.
    if needed and not loader:
        raise messages.NODE_IS_A_LIBRARY.error(name=path.name)
