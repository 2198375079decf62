"""What is known of a shared object, and the bounded reading that its readers share."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError

Version = tuple[int, ...]

_LONGEST_TEXT = 4096
_STEP = 256


@dataclass(frozen=True, slots=True)
class SharedObject:
    """Facts of a native addon, of a library that it needs, or of a program.

    Attributes:
        container: ``elf``, ``macho`` or ``pe``.
        system: ``linux``, ``android``, ``freebsd``, ``macos``, ``ios``, ``win``.
        machines: in sealift's names, or ``machine 0x...``; several if it is universal.
        is_program: it is run, and not loaded.
        libc: ``glibc``, ``musl``, or "" where neither is asked for (a static program; not Linux).
        glibc, glibcxx, gcc: highest version of glibc, libstdc++ (``GLIBCXX``) and libgcc
            (``GCC``) without which it does not load; () for none.
        needed: libraries that the system loads with it, as it names them.
        search_paths: where it asks the system to look for them first (``$ORIGIN/...``,
            ``@loader_path/...``).
        name: what other files call it (``DT_SONAME``, ``LC_ID_DYLIB``, a DLL's export name), or "".
        node_api: it uses Node-API, which all releases of Node have.
        node_cpp: it uses the C++ interfaces of Node or V8, which one release line has.
        module_version: ``NODE_MODULE_VERSION`` that it was built for, or None if that cannot be
            seen (and for Node-API, where it does not matter).
        minimum_macos: oldest macOS that it is for, or ().
    """

    container: str
    system: str
    machines: frozenset[str]
    is_program: bool = False
    libc: str = ""
    glibc: Version = ()
    glibcxx: Version = ()
    gcc: Version = ()
    needed: tuple[str, ...] = ()
    search_paths: tuple[str, ...] = ()
    name: str = ""
    node_api: bool = False
    node_cpp: bool = False
    module_version: int | None = None
    minimum_macos: Version = ()


@dataclass(slots=True)
class Symbols:
    """Gathers what imported and exported names tell of the relation to Node."""

    node_api: bool = False
    node_cpp: bool = False
    module_version: int | None = None
    registers_itself: bool = False

    def imported(self, name: bytes) -> None:
        """Look at a name that it wants to be given; as in C, without Mach-O's underscore."""
        if name.startswith((b"napi_", b"node_api_")):
            self.node_api = True
        elif name.startswith(_NODE_CPP) or any(mark in name for mark in _NODE_CPP_WINDOWS):
            self.node_cpp = True
        self.registers_itself |= name == _REGISTERS_ITSELF

    def exported(self, name: bytes) -> None:
        """Look at a name that it has for others."""
        if name == b"napi_register_module_v1":
            self.node_api = True
        elif name.startswith(_REGISTER):
            number = name[len(_REGISTER) :]
            if number.isdigit() and len(number) < 5:
                self.module_version = int(number)


_REGISTERS_ITSELF = b"node_module_register"
_REGISTER = b"node_register_module_v"  # NODE_MODULE_INITIALIZER in Node's node.h
# Names in the Itanium C++ ABI; node.h's function for addons that register themselves.
_NODE_CPP = (b"_ZN2v8", b"_ZNK2v8", b"_ZN4node", b"_ZNK4node", _REGISTERS_ITSELF)
_NODE_CPP_WINDOWS = (b"@v8@@", b"@node@@")


class Window:
    """A file, or a part of it, that is read at given offsets and never outside."""

    def __init__(self, file: BinaryIO, name: str, start: int = 0, size: int | None = None) -> None:
        self.file, self.name, self.start = file, name, start
        end = file.seek(0, os.SEEK_END)
        self.size = end - start if size is None else size
        if start + self.size > end:
            raise self.broken("it ends too early: it is truncated")

    def at(self, offset: int, size: int) -> bytes:
        """Read ``size`` bytes."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise self.broken("it ends too early: it is truncated")
        self.file.seek(self.start + offset)
        data = self.file.read(size)
        if len(data) != size:
            raise self.broken("it ends too early: it is truncated")
        return data

    def numbers(self, layout: str, offset: int) -> tuple[int, ...]:
        """Read numbers as `struct` describes them."""
        return struct.unpack(layout, self.at(offset, struct.calcsize(layout)))

    def text(self, offset: int) -> bytes:
        """Read up to a zero byte."""
        data = b""
        while b"\0" not in data:
            step = min(_STEP, self.size - offset - len(data))
            if step <= 0 or len(data) > _LONGEST_TEXT:
                raise self.broken("a name has no end")
            data += self.at(offset + len(data), step)
        return data.split(b"\0", 1)[0]

    def broken(self, why: str) -> FormatError:
        """Make the error for content that contradicts itself."""
        return FormatError(
            "shared-object-broken",
            f"{self.name} is broken: {why}.",
            "Install the package that it belongs to again.",
        )


def readable(name: bytes) -> str:
    """Decode a name out of the file."""
    return name.decode("utf-8", "replace")
