"""Choose the compilers for a machine: those of the environment, else installed ones.

A build for another machine needs two compilers: one for Node, and the host compiler for programs
that run during the build (V8's snapshot, its generated code). Node's gyp files know one operating
system for both, so both always have the same one (musl and glibc count as one).
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from sealift.nodes.build import compilers
from sealift.nodes.build.compilers import Compiler
from sealift.target import Arch, NodeVersion, Platform

Machine = tuple[Platform, Arch]

_GCC = {20: (10, 1), 22: (10, 1), 24: (12, 2), 26: (13, 2)}
_CLANG = {20: (8, 0), 22: (8, 0), 24: (12, 0), 26: (19, 1)}
_APPLE = {20: (12, 0), 22: (12, 0), 24: (16, 0), 26: (17, 0)}
"""Oldest compilers by Node's major, from each major's BUILDING.md and configure.py."""

_NARROW = {Arch.ARMV7: Arch.X64, Arch.ARMV6: Arch.X64, Arch.X86: Arch.X64}
_SUFFIXES = ("", "-16", "-15", "-14", "-13", "-12")
_CLANG_SUFFIXES = ("", "-22", "-21", "-20", "-19")
_CPUS = {
    Arch.X64: ("x86_64", ""),
    Arch.ARM64: ("aarch64", ""),
    Arch.ARMV7: ("arm", "eabihf"),
    Arch.ARMV6: ("arm", "eabihf"),
    Arch.X86: ("i686", ""),
    Arch.PPC64: ("powerpc64le", ""),
    Arch.S390X: ("s390x", ""),
    Arch.RISCV64: ("riscv64", ""),
    Arch.LOONG64: ("loongarch64", ""),
}
_ZIG_GLIBC = "2.28"  # that of Node's official binaries for Linux
_ZIG_GLIBCS = {Arch.LOONG64: "2.36"}  # the first for that architecture
_ZIG_CPUS = {Arch.ARMV7: "-mcpu=generic+v7a", Arch.ARMV6: "-mcpu=arm1176jzf_s"}


class Toolchain(Struct, frozen=True):
    """The programs that make Node for one machine.

    Attributes:
        target: the compiler of Node itself.
        host: the compiler of programs that run during the build; None if that is ``target``.
        tools: commands of other programs, by the names of make's variables, such as ``AR``.
    """

    target: Compiler
    host: Compiler | None
    tools: Mapping[str, str]


class Lack(Struct, frozen=True):
    """Something that a build needs and that is missing.

    Attributes:
        what: the missing thing, in a clause.
        remedy: what to do, in a clause that starts with a verb.
    """

    what: str
    remedy: str


def choose_toolchain(
    machine: Machine, host: Machine, version: NodeVersion
) -> Toolchain | list[Lack]:
    """Return the compilers for a machine, or what is missing.

    Args:
        machine: of the Node to make; it has the host's system.
        host: the machine that compiles.
        version: of Node.
    """
    found = _first(_for_target(machine, host), machine, version, _packages(machine, host))
    if machine == host:
        return [found] if isinstance(found, Lack) else Toolchain(found, None, _tools(found))
    beside = _host_compiler(machine, host, version, found)
    lacks = [one for one in (found, beside) if isinstance(one, Lack)]
    if isinstance(found, Lack) or isinstance(beside, Lack):
        return lacks
    return Toolchain(found, beside, _tools(found) | _tools(beside, "_host"))


def oldest(kind: str, version: NodeVersion) -> tuple[int, int]:
    """Return the version of the oldest compiler that can make a release of Node."""
    table = {"gcc": _GCC, "clang": _CLANG, "apple": _APPLE}[kind]
    return table[max((major for major in table if major <= version.major), default=min(table))]


def triple(machine: Machine) -> str:
    """Return a machine's name in GNU's notation, such as ``aarch64-linux-gnu``."""
    cpu, abi = _CPUS[machine[1]]
    return f"{cpu}-linux-{'musl' if machine[0].facts.libc == 'musl' else 'gnu'}{abi}"


def _host_compiler(
    machine: Machine, host: Machine, version: NodeVersion, target: Compiler | Lack
) -> Compiler | Lack:
    """Return the compiler of programs that run during the build.

    If zig is the target's compiler, it is the host's too, as Node's gyp files ask only once whether
    the compilers are clang. It compiles for musl then: the programs need no libraries of the host,
    which may lack 32-bit ones.
    """
    runs = _host_machine(machine, host)
    if isinstance(target, Compiler) and _is_zig(target) and not _named("_host"):
        alike = Platform.ALPINE, runs[1]
        found = _first(_zig_for(alike), alike, version, _packages(runs, host), "_host")
        if isinstance(found, Compiler):
            return found
    return _first(_for_host(machine, host), runs, version, _packages(runs, host), "_host")


def _first(
    candidates: Iterator[tuple[list[str], list[str]]],
    machine: Machine,
    version: NodeVersion,
    remedy: str,
    suffix: str = "",
) -> Compiler | Lack:
    """Return the first suitable compiler, else why the first candidate is not suitable."""
    reasons = []
    for cc, cxx in candidates:
        compiler = compilers.identify(cc, cxx)
        if compiler is None:
            if os.environ.get(f"CXX{suffix}"):
                reasons.append(f"{' '.join(cxx)} (CXX{suffix}) is not a working compiler")
            continue
        least = oldest(compiler.kind, version)
        if compiler.machine != machine:
            reasons.append(f"{compiler} is for another machine")
        elif compiler.version < least:
            reasons.append(f"{compiler} is older than {'.'.join(map(str, least))}")
        elif problem := compilers.problem(compiler, runs=bool(suffix)):
            reasons.append(f"{compiler} does not work: {problem}")
        else:
            return compiler
    gcc, clang = (".".join(map(str, oldest(kind, version))) for kind in ("gcc", "clang"))
    what = f"a C++ compiler for {'-'.join(machine)} (gcc {gcc} or clang {clang}, or newer)"
    return Lack(
        f"{what}: {reasons[0]}" if reasons else what,
        f"{remedy}, or name others in the environment (CC{suffix}, CXX{suffix})",
    )


def _packages(machine: Machine, host: Machine) -> str:
    """Return how to install compilers for a machine, in a clause."""
    platform, arch = machine
    if platform == Platform.MACOS:
        return "install Xcode's command line tools (xcode-select --install)"
    if platform == Platform.FREEBSD:
        return "install LLVM (pkg install llvm)"
    if machine == host:
        return "install g++ (apt-get install g++, dnf install gcc-c++, apk add g++)"
    if host == (platform, Arch.X64) and arch == Arch.X86:
        return "install 32-bit libraries for g++ (apt-get install g++-multilib)"
    if arch == Arch.ARMV6:
        return "install a cross compiler for armv6 (Debian's is for armv7), or ziglang from PyPI"
    name = triple(machine)
    package = "" if platform.facts.libc == "musl" else f" (apt-get install g++-{name})"
    return f"install {name}-g++{package}, or ziglang from PyPI"


def _for_target(machine: Machine, host: Machine) -> Iterator[tuple[list[str], list[str]]]:
    if named := _named(""):
        yield named
        return
    platform, arch = machine
    if platform == Platform.MACOS:
        cpu = {Arch.X64: "x86_64", Arch.ARM64: "arm64"}.get(arch, arch.value)
        yield ["cc", "-arch", cpu], ["c++", "-arch", cpu]
        return
    if machine == host:
        yield from _own()
    if platform.facts.os != "linux":
        return
    for name in _triples(machine):
        yield from _gcc(f"{name}-")
    if machine == (host[0], Arch.X86) and host[1] == Arch.X64:
        yield from (([*cc, "-m32"], [*cxx, "-m32"]) for cc, cxx in _gcc(""))
    yield from _zig_for(machine)


def _zig_for(machine: Machine) -> Iterator[tuple[list[str], list[str]]]:
    platform, arch = machine
    if zig := _zig():
        cpu, abi = _CPUS[arch]
        cpu = "x86" if arch == Arch.X86 else cpu
        glibc = _ZIG_GLIBCS.get(arch, _ZIG_GLIBC)
        libc = f"musl{abi}" if platform.facts.libc == "musl" else f"gnu{abi}.{glibc}"
        options = ["-target", f"{cpu}-linux-{libc}", *filter(None, [_ZIG_CPUS.get(arch)])]
        yield [zig, "cc", *options], [zig, "c++", *options]


def _for_host(machine: Machine, host: Machine) -> Iterator[tuple[list[str], list[str]]]:
    if named := _named("_host"):
        yield named
    elif host[0] == Platform.MACOS:
        yield ["cc"], ["c++"]
    else:
        narrow = ["-m32"] if _host_machine(machine, host) != host else []
        yield from (([*cc, *narrow], [*cxx, *narrow]) for cc, cxx in _own())


def _host_machine(machine: Machine, host: Machine) -> Machine:
    """Return the machine of V8's generators: only 32-bit programs generate 32-bit code."""
    narrow = _NARROW.get(machine[1]) == host[1]
    return (host[0], Arch.X86) if narrow else host


def _named(suffix: str) -> tuple[list[str], list[str]] | None:
    cc, cxx = (os.environ.get(f"{name}{suffix}", "") for name in ("CC", "CXX"))
    if not (cc or cxx):
        return None
    return shlex.split(cc or "cc"), shlex.split(cxx or "c++")


def _own() -> Iterator[tuple[list[str], list[str]]]:
    yield from _gcc("")
    for suffix in _CLANG_SUFFIXES:
        yield [f"clang{suffix}"], [f"clang++{suffix}"]
    yield ["cc"], ["c++"]


def _gcc(prefix: str) -> Iterator[tuple[list[str], list[str]]]:
    for suffix in _SUFFIXES:
        yield [f"{prefix}gcc{suffix}"], [f"{prefix}g++{suffix}"]


def _triples(machine: Machine) -> Iterator[str]:
    cpu, abi = _CPUS[machine[1]]
    cpus = {Arch.ARMV7: ("arm", "armv7", "armv7l"), Arch.ARMV6: ("arm", "armv6", "arm-rpi")}
    for name in cpus.get(machine[1], (cpu,)):
        if machine[0].facts.libc == "musl":
            yield f"{name}-linux-musl{abi}"
            yield f"{name}-alpine-linux-musl{abi}"
        else:
            yield f"{name}-linux-gnu{abi}"
            yield f"{name}-unknown-linux-gnu{abi}"


def _zig() -> str:
    """Return the path of zig, from the search path or Python's package ``ziglang``; else ""."""
    if found := shutil.which("zig"):
        return found
    package = importlib.util.find_spec("ziglang")
    folders = package.submodule_search_locations if package is not None else None
    program = Path(folders[0], "zig.exe" if os.name == "nt" else "zig") if folders else None
    return str(program) if program is not None and program.is_file() else ""


def _is_zig(compiler: Compiler) -> bool:
    return Path(compiler.cxx[0]).name.removesuffix(".exe") == "zig"


def _tools(compiler: Compiler, suffix: str = "") -> dict[str, str]:
    """Return the programs that belong to a compiler; those of the environment come first."""
    program = compiler.cxx[0]
    if _is_zig(compiler):
        tools = {"AR": f"{program} ar", "RANLIB": f"{program} ranlib"}
    else:
        prefix = program.rpartition("g++")[0] if "g++" in program else ""
        names = {name: f"{prefix}{name.lower()}" for name in ("AR", "NM", "RANLIB", "READELF")}
        tools = {name: path for name, path in names.items() if prefix and shutil.which(path)}
    if suffix:
        tools = {"AR": tools.get("AR", "ar")}
    return {
        f"{name}{suffix}": os.environ.get(f"{name}{suffix}", path) for name, path in tools.items()
    }
