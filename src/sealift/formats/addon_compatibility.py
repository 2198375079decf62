"""Whether a native addon, a library or a program works in a target: facts in, a reason out."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from msgspec import Struct

from sealift.formats.node_facts import scan
from sealift.formats.shared_object import SharedObject, Version, read_shared_object
from sealift.target import Arch, Platform

_SYSTEM_NAMES = {
    "linux": "Linux",
    "android": "Android",
    "freebsd": "FreeBSD",
    "macos": "macOS",
    "ios": "iOS",
    "win": "Windows",
}
# node_binding.cc contains the name of the function that addons for this version export.
_REGISTER = b"node_register_module_v"
# NODE_MODULE_VERSION: Node (doc/abi_version_registry.json in Node's source); for messages only.
_RELEASES = {83: 14, 93: 16, 108: 18, 115: 20, 120: 21, 127: 22, 131: 23, 137: 24, 141: 25, 147: 26}


class Surroundings(Struct, frozen=True):
    """What an executable provides to the addons in it.

    Attributes:
        libc: ``glibc``, ``musl``, or "" on systems other than Linux.
        glibc: version that the Node binary itself needs: the executable runs with no older one; ()
            if it is unknown.
        module_version: Node's ``NODE_MODULE_VERSION``; 0 if it is unknown.
    """

    platform: Platform
    arch: Arch
    libc: str
    glibc: Version
    module_version: int


class Misfit(Struct, frozen=True):
    """Why a file does not work in a target.

    Attributes:
        reason: a clause that follows the file's name: ``is for Windows on x64, not for Linux on
            arm64``, ``needs glibc 2.34 or newer; Node's own build needs 2.28, so ...``.
        nowhere: it works on no machine of the target; otherwise it works on newer systems.
    """

    reason: str
    nowhere: bool = True


def read_surroundings(node: Path, platform: Platform, arch: Arch) -> Surroundings:
    """Return what a Node binary provides to addons, from its headers and one of its texts.

    The search for the text takes up to 0.2 s for 120 MB, and 2 MiB of memory.

    Raises:
        FormatError: ``shared-object-broken``.
        OSError: the file cannot be read.
    """
    with node.open("rb") as file:
        facts = read_shared_object(file, node.name, symbols=False)
        version = 0
        for _, _, _, after in scan(file, (_REGISTER,)):
            digits = after.split(b"\0", 1)[0]
            if digits.isdigit():
                version = int(digits)
                break
    return Surroundings(platform, arch, platform.facts.libc, facts.glibc, version)


def misfit(found: SharedObject, target: Surroundings) -> Misfit | None:
    """Return why a file cannot be loaded or run in the target, or None if it can."""
    wanted = target.platform.facts.os
    if found.system != wanted or target.arch not in found.machines:
        made_for, place = _place(found.system, found.machines), _place(wanted, {target.arch})
        return Misfit(f"is for {made_for}, not for {place}")
    if found.libc and target.libc and found.libc != target.libc:
        has = _libc_name(target.libc)
        return Misfit(f"needs {_libc_name(found.libc)}; {target.platform} has {has}")
    built_for, abi = found.module_version, target.module_version
    if built_for is not None and abi not in (0, built_for):
        return Misfit(f"was built for {_abi(built_for)}; the target's Node has {_abi(abi)}")
    if target.glibc and found.glibc > target.glibc:
        return Misfit(
            f"needs glibc {_dotted(found.glibc)} or newer; Node's own build needs "
            f"{_dotted(target.glibc)}, so on older systems the program starts without it",
            nowhere=False,
        )
    return None


def _place(system: str, machines: Set[str]) -> str:
    return f"{_SYSTEM_NAMES.get(system, system)} on {' and '.join(sorted(machines))}"


def _libc_name(libc: str) -> str:
    return "musl's C library" if libc == "musl" else "glibc"


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _abi(version: int) -> str:
    release = _RELEASES.get(version)
    return f"NODE_MODULE_VERSION {version}" + (f" (Node {release})" if release else "")
