"""Programs that answer like compilers for other machines, and make nothing of use."""

from __future__ import annotations

from pathlib import Path

from sealift.target import Arch

_MACROS = {
    Arch.X64: "__x86_64__ 1",
    Arch.X86: "__i386__ 1",
    Arch.ARM64: "__aarch64__ 1",
    Arch.ARMV7: "__arm__ 1\n#define __ARM_ARCH 7",
    Arch.ARMV6: "__arm__ 1\n#define __ARM_ARCH 6",
    Arch.PPC64: "__powerpc64__ 1",
    Arch.S390X: "__s390x__ 1",
    Arch.RISCV64: "__riscv 1\n#define __riscv_xlen 64",
    Arch.LOONG64: "__loongarch64 1",
}


def compiler(
    folder: Path, name: str, arch: Arch, version: tuple[int, int] = (14, 2), libc: str = "gnu"
) -> None:
    """Write programs that answer as a gcc for a machine does (``-m32``: for x86)."""
    macros = f"#define __GNUC__ {version[0]}\n#define __GNUC_MINOR__ {version[1]}\n"
    macros += "#define __linux__ 1\n" + ("#define __GLIBC__ 2\n" if libc == "gnu" else "")
    script = f"""#!/bin/sh
case " $* " in
*" -dM "*) cat <<END
{macros}END
case " $* " in *" -m32 "*|*" x86-"*) echo "#define {_MACROS[Arch.X86]}" ;; *) cat <<END
#define {_MACROS[arch]}
END
esac ;;
*) while [ $# -gt 0 ]; do [ "$1" = -o ] && cp "{folder}/true" "$2"; shift; done ;;
esac
"""
    for program in (name, name.replace("g++", "gcc")):
        (folder / program).write_text(script)
        (folder / program).chmod(0o755)
