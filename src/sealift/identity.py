"""What an executable says about itself to its operating system: names, version, icon, rights.

The records are filled by `sealift.plan`, written by the planners of `sealift.formats`, and compared
with the result by `sealift.verify`.
"""

from __future__ import annotations

from msgspec import Struct


class IconImage(Struct, frozen=True):
    """One size of an icon, with the fields of its entry in an ``.ico`` file.

    Attributes:
        width, height: in pixels; 0 stands for 256.
        colors: in the palette; 0 if there is none.
        data: a PNG file, or a device-independent bitmap.
    """

    width: int
    height: int
    colors: int
    planes: int
    bits: int
    data: bytes


class WindowsIdentity(Struct, frozen=True):
    """The resources of a Windows executable that describe it.

    Attributes:
        version: four numbers from 0 to 65535.
        texts: keys and values of the version resource, such as ``ProductName``; none is empty.
        manifest: XML, UTF-8.
        icon: the sizes of one icon; empty for that of Node.
        console: Windows opens a console if the program starts without one.
    """

    version: tuple[int, int, int, int]
    texts: tuple[tuple[str, str], ...]
    manifest: bytes
    icon: tuple[IconImage, ...] = ()
    console: bool = True


class MacosIdentity(Struct, frozen=True):
    """The parts of a macOS signature that describe an executable.

    Attributes:
        identifier: the program's name for the system.
        entitlements: XML property list; None for those of Node.
        debuggable: Node's right to be debugged by other programs is kept.
    """

    identifier: str
    entitlements: bytes | None = None
    debuggable: bool = False


class Identity(Struct, frozen=True):
    """What all executables of a build say about themselves.

    Attributes:
        windows: for Windows executables; None leaves Node's own resources.
        macos: for macOS executables; None leaves Node's own entitlements.
    """

    windows: WindowsIdentity | None = None
    macos: MacosIdentity | None = None


class ExecutableTraits(Struct, frozen=True):
    """What all executables of a build have in common besides their payload.

    Attributes:
        exec_argv: Node options to embed, with dashes.
        hardened: NODE_OPTIONS and the like do not act on them.
        debug: they list their packaged files if DEBUG_PKG is set.
        locales: whose ICU data remains in Node; empty for all.
    """

    identity: Identity
    exec_argv: tuple[str, ...]
    hardened: bool
    debug: bool
    locales: tuple[str, ...] = ()
