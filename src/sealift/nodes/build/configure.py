"""The commands that configure and make Node for a machine, and the machines without any.

Node is complete: all of ICU, the inspector, room for npm. For musl, libgcc and libstdc++ are linked
statically (``--partly-static``), so that the binary needs only musl. An executable for linuxstatic
is that binary merged with musl; unlike a fully static Node, it can load addons. Node is fully
static for machines that sealift does not merge, and if zig compiles it, which links musl statically
by default. Machines and options: configure.py, vcbuild.bat and BUILDING.md of Node 22.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from sealift.formats.elf.merge_input import MERGED_MACHINES
from sealift.nodes.build import messages
from sealift.nodes.build.toolchain import Machine, Toolchain
from sealift.target import Arch, Platform
from sealift.tools.host_python import host_python

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


class Recipe(Struct, frozen=True):
    """The commands that make Node, run in its source tree.

    Attributes:
        configure: the first command; empty if ``make`` configures too.
        make: the second command, without its number of jobs (`with_jobs`).
        environment: variables to set.
        result: path of the binary in the tree.
        cross: the host may not be able to run the binary.
    """

    configure: tuple[str, ...]
    make: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    result: str = RESULT[False]
    cross: bool = False

    @property
    def digest(self) -> str:
        """Digest of everything that decides what is compiled, in hex."""
        decisive = [self.configure, self.make, sorted(self.environment.items())]
        return hashlib.sha256(repr(decisive).encode()).hexdigest()


def is_foreign(machine: Machine, host: Machine) -> bool:
    """Return True if a machine's Node must be compiled on another system than the host's."""
    return _system(machine) != _system(host)


def refuse_foreign(machine: Machine, host: Machine) -> None:
    """Raise NodeError if the host cannot compile a machine's Node."""
    if not is_foreign(machine, host):
        return
    raise messages.BUILD_IMPOSSIBLE.error(
        machine="-".join(machine), host=_system(host), system=_system(machine)
    )


def _system(machine: Machine) -> str:
    return machine[0].facts.os_name


def recipe_for(machine: Machine, toolchain: Toolchain | None) -> Recipe:
    """Return the commands for a machine; ``toolchain`` is None for Windows only."""
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
        # This Python runs the script, which would otherwise search for another one.
        configure=(host_python(), "configure", *options),
        # V=1 prints each compiler's command as a line; progress is counted in these lines.
        make=(make_program(platform), "-C", "out", "BUILDTYPE=Release", "V=1", "node"),
        environment=_environment(toolchain),
        cross=cross,
    )


def with_jobs(recipe: Recipe, jobs: int) -> tuple[str, ...]:
    """Return the second command with its number of concurrent compilers."""
    if recipe.make[0] == "cmd":
        return recipe.make  # MSBuild uses all cores by itself
    return *recipe.make[:1], f"-j{jobs}", *recipe.make[1:]


def make_program(platform: Platform) -> str:
    """Return the name of GNU make, which is not ``make`` on FreeBSD."""
    return "gmake" if platform == Platform.FREEBSD else "make"


def _environment(toolchain: Toolchain) -> dict[str, str]:
    target, host = toolchain.target, toolchain.host
    environment = {
        "PYTHON": host_python(),
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
    """Return a compiler's command, through ccache if it is installed."""
    program = Path(command[0]).name
    plain = program not in _CACHED and not program.startswith("zig")
    return " ".join((*(["ccache"] if plain and shutil.which("ccache") else []), *command))


def _windows(arch: Arch) -> Recipe:
    words = ["vcbuild.bat", _CPUS[arch].replace("ia32", "x86"), "no-cctest"]
    if arch == Arch.X64 and shutil.which("nasm") is None:
        words.append("openssl-no-asm")
    return Recipe((), ("cmd", "/c", *words), result=RESULT[True])
