"""Compile the front of compact files on any host."""

from __future__ import annotations

import hashlib
import shutil
import struct
from pathlib import Path

from sealift.compact import messages, zstd_source
from sealift.compact.zstd_source import ZSTD_VERSION
from sealift.target import Arch
from sealift.zig import VERSION, Zig

__all__ = ["ZSTD_VERSION", "compile_front", "identity"]

_RULES = 1
"""Increase it when a change in this file changes the bytes of the compiled front."""

_SOURCES = Path(__file__).parent / "c"
_FILES = ("front.c", "filter.c", "memory.c")
_ENCODERS = ("DFAST", "GREEDY", "LAZY", "LAZY2", "BTLAZY2", "BTOPT", "BTULTRA")
_CFLAGS = (
    *("-std=gnu11", "-O2", "-nostdinc", "-ffreestanding", "-fno-builtin", "-fPIE"),
    *("-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-fno-stack-protector"),
    *("-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-Wa,--noexecstack"),
    *("-Qunused-arguments", "-w"),
    # What compresses is not needed, and takes long to compile.
    *(f"-DZSTD_EXCLUDE_{name}_BLOCK_COMPRESSOR" for name in _ENCODERS),
)
_LINK = (
    *("-static", "-pie", "--no-dynamic-linker", "-e", "_start", "--gc-sections", "-s"),
    *("--build-id=none", "-z", "noexecstack", "-z", "relro", "-z", "separate-code", "-z", "text"),
)
_NAMES = {Arch.X64: ("x86_64", 0x1000), Arch.ARM64: ("aarch64", 0x10000)}
"""As clang calls them, and the largest page size in bytes."""

_HEADER = struct.Struct("<16sHHIQQQIHHH")
_SECTION_OF_RELOCATIONS = 4
_DYNAMIC = 2


def compile_front(archive: Path, arch: Arch, compiler: Zig, work: Path) -> Path:
    """Compile and link the front in the empty directory ``work``.

    Returns:
        Path of the program in ``work``, with the licence of zstd beside it. Its bytes depend only
        on the arguments' contents.

    Raises:
        NodeError: ``musl-build-failed``: the compiler fails.
        FormatError: ``front-unusable``.
    """
    zstd_source.unpack(archive, work)
    for source in _SOURCES.iterdir():
        shutil.copy(source, work / source.name)
    name, page = _NAMES[arch]
    target = f"{name}-linux-musl"
    headers = compiler.directory / "lib" / "libc" / "include"
    includes = (
        compiler.directory / "lib" / "include",
        *(headers / folder for folder in (target, "generic-musl", "any-linux-any")),
    )
    flags = [f"--target={target}", *_CFLAGS, *(f"-isystem{path}" for path in includes)]
    objects = []
    for file in (*_FILES, "zstd.c"):
        objects.append(file.replace(".c", ".o"))
        compiler.run("clang", [*flags, "-c", "-o", objects[-1], file], work)
    sizes = ("-z", f"max-page-size={page}", "-z", f"common-page-size={page}")
    compiler.run("ld.lld", [*_LINK, *sizes, "-o", "front", *objects], work)
    _check(work / "front")
    return work / "front"


def identity(arch: Arch) -> str:
    """Return a digest, in hex, of everything that the compiled front's bytes depend on."""
    sources = [(path.name, path.read_bytes()) for path in sorted(_SOURCES.iterdir())]
    parts = (_RULES, zstd_source.SHA256, sources, VERSION, _NAMES[arch], _CFLAGS, _LINK)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _check(front: Path) -> None:
    """Raise an error unless the program starts without a loader and without relocation."""
    content = front.read_bytes()
    _, kind, _, _, _, phoff, shoff, _, _, phsize, phnum = _HEADER.unpack_from(content)
    programs = [struct.unpack_from("<I", content, phoff + n * phsize)[0] for n in range(phnum)]
    if kind != _DYNAMIC + 1 or 3 in programs:
        raise messages.FRONT_WRONG.error(why="it is not a static program")
    count = struct.unpack_from("<H", content, 60)[0]
    kinds = [struct.unpack_from("<I", content, shoff + n * 64 + 4)[0] for n in range(count)]
    if _SECTION_OF_RELOCATIONS in kinds or 19 in kinds:
        raise messages.FRONT_WRONG.error(why="it has relocations")
