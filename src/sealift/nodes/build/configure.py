"""How Node is configured and made for a machine, as commands; and for which it cannot be.

Nothing is left out of Node: all of ICU, the inspector, npm's place. On Linux with musl libgcc and
libstdc++ are linked in (``--partly-static``), so that the binary needs musl alone; an executable
for linuxstatic is made of that one by merging it with musl, which unlike a fully static Node can
load addons. For machines that are not merged, and by zig, which links musl in unless told
otherwise, it is fully static. Machines and options: configure.py, vcbuild.bat and BUILDING.md of
Node 22.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sealift.errors import NodeError
from sealift.formats.elf.merge_input import MERGED_MACHINES
from sealift.nodes.build.toolchain import Machine, Toolchain
from sealift.target import Arch, Platform

RESULT = {True: "out/Release/node.exe", False: "out/Release/node"}
"""Where Node's build leaves the binary, by whether it is for Windows."""

_SYSTEMS = {"linux": "linux", "macos": "mac", "freebsd": "freebsd"}
_CPUS = {
    Arch.X64: "x64",
    Arch.ARM64: "arm64",
    Arch.ARMV7: "arm",
    Arch.ARMV6: "arm",
    Arch.X86: "ia32",
    Arch.PPC64: "ppc64",
    Arch.S390X: "s390x",
    Arch.RISCV64: "riscv64",
    Arch.LOONG64: "loong64",
}
_FLOATS = {
    Arch.ARMV7: ("--with-arm-float-abi=hard", "--with-arm-fpu=vfpv3-d16"),
    Arch.ARMV6: ("--with-arm-float-abi=hard", "--with-arm-fpu=vfp"),
}
_CACHED = ("ccache", "sccache")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Commands that make Node, run in its source tree.

    Attributes:
        configure: the first command; empty where ``make`` configures too.
        make: the second one; its number of jobs is added as `with_jobs` does.
        environment: variables to set.
        result: path of the binary in the tree.
        cross: the host cannot be expected to run the binary.
    """

    configure: tuple[str, ...]
    make: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    result: str = RESULT[False]
    cross: bool = False

    @property
    def digest(self) -> str:
        """A digest of all that decides what is compiled, in hex."""
        said = [self.configure, self.make, sorted(self.environment.items())]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def is_foreign(machine: Machine, host: Machine) -> bool:
    """Tell whether a machine has another system than the host, where its Node must be compiled."""
    return _system(machine) != _system(host)


def refuse_foreign(machine: Machine, host: Machine) -> None:
    """See that a machine's Node can be compiled on the host at all.

    Raises:
        NodeError: it cannot.
    """
    if not is_foreign(machine, host):
        return
    system, here = _system(machine), _system(host)
    raise NodeError(
        "build-impossible",
        f"Node for {'-'.join(machine)} cannot be compiled on {here}: the programs that Node's build"
        " makes and runs on the way are for the same system as Node itself.",
        f"Run the same command on {system}, or copy a binary from there and name it with"
        f" --node-binary {'-'.join(machine)}=PATH.",
    )


def _system(machine: Machine) -> str:
    return machine[0].facts.os_name


def recipe_for(machine: Machine, toolchain: Toolchain | None) -> Recipe:
    """Give the commands for a machine; ``toolchain`` is None on Windows alone."""
    if toolchain is None:
        return _windows(machine[1])
    platform, arch = machine
    cross = toolchain.host is not None
    options = [f"--dest-os={_SYSTEMS[platform.facts.os]}", f"--dest-cpu={_CPUS[arch]}"]
    options += ["--cross-compiling" if cross else "--no-cross-compiling"]
    options += _FLOATS.get(arch, ())
    if platform.facts.libc == "musl":
        options += ["--partly-static" if arch in MERGED_MACHINES else "--fully-static"]
    return Recipe(
        # Not by the script's own search for a Python: this one is there.
        configure=(sys.executable, "configure", *options),
        # V=1: each compiler's command is a line, which is what progress is told by.
        make=(make_program(platform), "-C", "out", "BUILDTYPE=Release", "V=1", "node"),
        environment=_environment(toolchain),
        cross=cross,
    )


def with_jobs(recipe: Recipe, jobs: int) -> tuple[str, ...]:
    """Give the second command for a number of compilers at once."""
    if recipe.make[0] == "cmd":
        return recipe.make  # MSBuild counts the cores itself
    return *recipe.make[:1], f"-j{jobs}", *recipe.make[1:]


def make_program(platform: Platform) -> str:
    """Name GNU make, which on FreeBSD is not the one named make."""
    return "gmake" if platform == Platform.FREEBSD else "make"


def _environment(toolchain: Toolchain) -> dict[str, str]:
    target, host = toolchain.target, toolchain.host
    environment = {
        "PYTHON": sys.executable,
        "CC": _cached(target.cc),
        "CXX": _cached(target.cxx),
        **toolchain.tools,
    }
    if host is not None:
        environment |= {
            "CC_host": _cached(host.cc),
            "CXX_host": _cached(host.cxx),
            "LINK_host": " ".join(host.cxx),
        }
    return environment


def _cached(command: tuple[str, ...]) -> str:
    """Give a compiler's command, by way of ccache if that is there."""
    program = Path(command[0]).name
    plain = program not in _CACHED and not program.startswith("zig")
    return " ".join((*(["ccache"] if plain and shutil.which("ccache") else []), *command))


def _windows(arch: Arch) -> Recipe:
    words = ["vcbuild.bat", _CPUS[arch].replace("ia32", "x86"), "no-cctest"]
    if arch == Arch.X64 and shutil.which("nasm") is None:
        words.append("openssl-no-asm")
    return Recipe((), ("cmd", "/c", *words), result=RESULT[True])
