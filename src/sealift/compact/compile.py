"""Compile the front of compact files on any host."""

from __future__ import annotations

import hashlib
import shutil
import struct
from pathlib import Path

from sealift.compact import brotli_source, messages
from sealift.target import Arch
from sealift.zig import VERSION, Zig

_RULES = 2
"""Increase it when a change in this file changes the bytes of the compiled front."""

_SOURCES = Path(__file__).parent / "c"
_FILES = ("front.c", "filter.c", "unwind.c", "memory.c", "thread.c")
_COPYING = ("memcpy", "memmove", "memset")
_CFLAGS = (
    *("-std=gnu11", "-O2", "-nostdinc", "-ffreestanding", "-fno-builtin", "-fPIE"),
    *("-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-fno-stack-protector"),
    *("-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-Wa,--noexecstack"),
    *("-Qunused-arguments", "-w"),
)
# Brotli copies a few bytes at a time, which must not become calls.
_OF_BROTLI = ("-Ic/include", *(f"-D{name}=__builtin_{name}" for name in _COPYING))
_LINK = (
    *("-static", "-pie", "--no-dynamic-linker", "-e", "_start", "--gc-sections", "-s"),
    *("--build-id=none", "-z", "noexecstack", "-z", "relro", "-z", "separate-code", "-z", "text"),
)
_NAMES = {Arch.X64: ("x86_64", 0x1000, 8), Arch.ARM64: ("aarch64", 0x10000, 1027)}
"""As clang calls them, the largest page size in bytes, the type of relative relocations."""

_HEADER = struct.Struct("<16sHHIQQQIHHH")
_SECTION = struct.Struct("<4xI16xQQ24x")  # its type, offset and size
_RELOCATION = struct.Struct("<8xI12x")  # its type
_SECTION_OF_RELOCATIONS, _OF_PACKED_RELOCATIONS = 4, 19
_DYNAMIC = 2


def compile_front(archive: Path, arch: Arch, compiler: Zig, work: Path) -> Path:
    """Compile and link the front in the empty directory ``work``.

    Returns:
        Path of the program in ``work``, with the licence of Brotli beside it. Its bytes depend only
        on the arguments' contents.

    Raises:
        NodeError: ``musl-build-failed``: the compiler fails.
        FormatError: ``front-unusable``.
    """
    decoder = brotli_source.unpack(archive, work)
    for source in _SOURCES.iterdir():
        shutil.copy(source, work / source.name)
    name, page, relative = _NAMES[arch]
    target = f"{name}-linux-musl"
    headers = compiler.directory / "lib" / "libc" / "include"
    includes = (
        compiler.directory / "lib" / "include",
        *(headers / folder for folder in (target, "generic-musl", "any-linux-any")),
    )
    flags = [f"--target={target}", *_CFLAGS, *(f"-isystem{path}" for path in includes)]
    objects = []
    for file in (*_FILES, *decoder):
        objects.append(f"{Path(file).stem}.o")
        of_file = _OF_BROTLI if file in decoder else ("-Ic/include",)
        compiler.run("clang", [*flags, *of_file, "-c", "-o", objects[-1], file], work)
    sizes = ("-z", f"max-page-size={page}", "-z", f"common-page-size={page}")
    compiler.run("ld.lld", [*_LINK, *sizes, "-o", "front", *objects], work)
    _check(work / "front", relative)
    return work / "front"


def identity(arch: Arch) -> str:
    """Return a digest, in hex, of everything that the compiled front's bytes depend on."""
    sources = [(path.name, path.read_bytes()) for path in sorted(_SOURCES.iterdir())]
    flags = (_NAMES[arch], _CFLAGS, _OF_BROTLI, _LINK)
    parts = (_RULES, brotli_source.SHA256, sources, VERSION, flags)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _check(front: Path, relative: int) -> None:
    """Raise an error unless the program starts without a loader, and can relocate itself."""
    content = front.read_bytes()
    _, kind, _, _, _, phoff, shoff, _, _, phsize, phnum = _HEADER.unpack_from(content)
    programs = [struct.unpack_from("<I", content, phoff + n * phsize)[0] for n in range(phnum)]
    if kind != _DYNAMIC + 1 or 3 in programs:
        raise messages.FRONT_WRONG.error(why="it is not a static program")
    (count,) = struct.unpack_from("<H", content, 60)
    for number in range(count):
        kind, offset, size = _SECTION.unpack_from(content, shoff + number * _SECTION.size)
        relocations = content[offset : offset + size] if kind == _SECTION_OF_RELOCATIONS else b""
        if kind == _OF_PACKED_RELOCATIONS or any(
            found != relative for (found,) in _RELOCATION.iter_unpack(relocations)
        ):
            raise messages.FRONT_WRONG.error(why="it has relocations that are not relative")
