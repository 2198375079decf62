"""Facts of a shared object, and what its symbols say about Node."""

from __future__ import annotations

from msgspec import Struct

Version = tuple[int, ...]


class SharedObject(Struct, frozen=True):
    """Facts of a native addon, of a library that it needs, or of a program.

    Attributes:
        container: ``elf``, ``macho`` or ``pe``.
        system: ``linux``, ``android``, ``freebsd``, ``macos``, ``ios``, ``win``.
        machines: in sealift's names, or ``machine 0x...``; several if the file is universal.
        is_program: it is run, not loaded.
        libc: ``glibc``, ``musl``, or "" if it needs neither (a static program; not Linux).
        glibc, glibcxx, gcc: highest version of glibc, libstdc++ (``GLIBCXX``) and libgcc
            (``GCC``) without which it does not load; () for none.
        needed: names of the libraries that the system loads with it.
        search_paths: where the system searches for them first (``$ORIGIN/...``,
            ``@loader_path/...``).
        name: its name in other files (``DT_SONAME``, ``LC_ID_DYLIB``, a DLL's export name), or "".
        node_api: it uses Node-API, which all releases of Node have.
        node_cpp: it uses the C++ interfaces of Node or V8, which differ between major versions.
        module_version: ``NODE_MODULE_VERSION`` that it was built for, or None if that is unknown
            (and for Node-API, where it does not matter).
        minimum_macos: oldest macOS on which it works, or ().
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


class Symbols(Struct):
    """Collect what imported and exported names say about Node."""

    node_api: bool = False
    node_cpp: bool = False
    module_version: int | None = None
    registers_itself: bool = False

    def imported(self, name: bytes) -> None:
        """Take a name that the file imports; as in C, without Mach-O's underscore."""
        if name.startswith((b"napi_", b"node_api_")):
            self.node_api = True
        elif name.startswith(_NODE_CPP) or any(mark in name for mark in _NODE_CPP_WINDOWS):
            self.node_cpp = True
        self.registers_itself |= name == _REGISTERS_ITSELF

    def exported(self, name: bytes) -> None:
        """Take a name that the file exports."""
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


def readable(name: bytes) -> str:
    """Return a name in the file as text."""
    return name.decode("utf-8", "replace")
