"""What a compiler is, by its own predefined macros, and whether it works."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from msgspec import Struct

from sealift.target import Arch, Platform
from sealift.tools.private_files import work_directory

_SECONDS = 900.0  # zig compiles its C++ library for the first program
_PROGRAM = "#include <string>\nint main(int n, char **v) { return std::string(v[0]).size() < 1; }\n"
_ARCHES = (
    ("__x86_64__", Arch.X64),
    ("__aarch64__", Arch.ARM64),
    ("__i386__", Arch.X86),
    ("__powerpc64__", Arch.PPC64),
    ("__s390x__", Arch.S390X),
    ("__loongarch64", Arch.LOONG64),
)


class Compiler(Struct, frozen=True):
    """A C and C++ compiler.

    Attributes:
        cc, cxx: commands, with arguments.
        kind: ``gcc``, ``clang`` or ``apple`` (Apple's clang has other version numbers).
        version: its first two numbers.
        machine: what its programs run on; None if sealift does not know that machine.
    """

    cc: tuple[str, ...]
    cxx: tuple[str, ...]
    kind: str
    version: tuple[int, int]
    machine: tuple[Platform, Arch] | None

    def __str__(self) -> str:
        machine = "-".join(self.machine) if self.machine else "another machine"
        name = {"apple": "Apple clang"}.get(self.kind, self.kind)
        number = ".".join(map(str, self.version))
        return f"{' '.join(self.cxx)} ({name} {number} for {machine})"


def identify(cc: Sequence[str], cxx: Sequence[str]) -> Compiler | None:
    """Return what a compiler is; None if it cannot be run."""
    macros = _macros(cxx)
    if not macros:
        return None
    if "__clang__" in macros:
        kind = "apple" if "__apple_build_version__" in macros else "clang"
        version = _number(macros, "__clang_major__"), _number(macros, "__clang_minor__")
    else:
        kind, version = "gcc", (_number(macros, "__GNUC__"), _number(macros, "__GNUC_MINOR__"))
    system, arch = _system(macros), _arch(macros)
    return Compiler(
        tuple(cc), tuple(cxx), kind, version, (system, arch) if system and arch else None
    )


def problem(compiler: Compiler, *, runs: bool) -> str:
    """Compile a small C++20 program; return what went wrong, or "".

    Missing headers and libraries are found in this way.

    Args:
        compiler: the compiler to try.
        runs: the host must be able to run the program.
    """
    with work_directory() as folder:
        source, output = folder / "a.cc", folder / "a.out"
        source.write_text(_PROGRAM)
        command = [*compiler.cxx, "-std=c++20", str(source), "-o", str(output)]
        done = _run(command, "")
        if runs and done is not None and done.returncode == 0:
            ran = _run([str(output)], "")
            return "" if ran is not None and ran.returncode == 0 else "its programs do not run"
    if done is None:
        return "it cannot be run"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if "error" in line.lower()]
    return (lines or done.stderr.splitlines() or [f"it ends with exit code {done.returncode}"])[0]


def _macros(cxx: Sequence[str]) -> dict[str, str]:
    # Only a header of the C library identifies glibc.
    done = _run([*cxx, "-x", "c++", "-E", "-dM", "-"], "#include <stdlib.h>\n")
    if done is None or done.returncode != 0:
        return {}
    words = (line.split(maxsplit=2) for line in done.stdout.splitlines())
    return {word[1]: word[2] if len(word) > 2 else "" for word in words if len(word) > 1}


def _run(command: Sequence[str], text: str) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            list(command),
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _system(macros: dict[str, str]) -> Platform | None:
    if "__linux__" in macros:
        return Platform.LINUX if "__GLIBC__" in macros else Platform.ALPINE
    if "__APPLE__" in macros:
        return Platform.MACOS
    return Platform.FREEBSD if "__FreeBSD__" in macros else None


def _arch(macros: dict[str, str]) -> Arch | None:
    if "__arm__" in macros:
        return Arch.ARMV6 if _number(macros, "__ARM_ARCH") < 7 else Arch.ARMV7
    if "__riscv" in macros:
        return Arch.RISCV64 if _number(macros, "__riscv_xlen") == 64 else None
    return next((arch for macro, arch in _ARCHES if macro in macros), None)


def _number(macros: dict[str, str], name: str) -> int:
    digits = macros.get(name, "")
    return int(digits) if digits.isdigit() else 0
