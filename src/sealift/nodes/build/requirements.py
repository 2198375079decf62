"""What must be there before Node is compiled: all that is missing is told at once, before hours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sealift.errors import NodeError
from sealift.nodes.build import estimate, patches
from sealift.nodes.build.configure import make_program
from sealift.nodes.build.estimate import Estimate
from sealift.nodes.build.toolchain import Lack, Machine, Toolchain, choose
from sealift.target import Arch, NodeVersion, Platform

_RUST_SINCE = 26  # Temporal, without which Windows does not build, and others lack it
_GB = 1e9


def toolchain_for(
    machine: Machine, host: Machine, version: NodeVersion
) -> tuple[Toolchain | None, list[Lack]]:
    """Find the compilers; on Windows there is nothing to choose, so that there is no toolchain."""
    if machine[0] == Platform.WIN:
        return None, _lacks_of_windows(machine[1], version)
    found = choose(machine, host, version)
    return (found, []) if isinstance(found, Toolchain) else (None, found)


def lacks(
    machine: Machine, version: NodeVersion, folder: Path, needs: Estimate, *, patched: bool
) -> list[Lack]:
    """List what is missing besides compilers.

    Args:
        machine: what Node is to run on.
        version: of Node.
        folder: where it is compiled; what it holds already need not be made.
        needs: what the build takes.
        patched: there are patches to apply.
    """
    found = []
    program = make_program(machine[0])
    if machine[0] != Platform.WIN and shutil.which(program) is None:
        install = "pkg" if machine[0] == Platform.FREEBSD else "apt-get"
        found.append(
            Lack(
                f"GNU make ({program}), 3.81 or newer", f"install it ({install} install {program})"
            )
        )
    if machine[0] != Platform.WIN and version.major >= _RUST_SINCE and not _has_rust():
        found.append(
            Lack(
                "Rust (rustc and cargo, 1.82 or newer), without which Node lacks Temporal",
                "install it (rustup)",
            )
        )
    if patched and not patches.tool():
        found.append(Lack("a program that applies patches", "install patch or git"))
    free, held = estimate.free_disk(folder), estimate.used_disk(folder)
    if free < needs.disk - held:
        found.append(
            Lack(
                f"{_gigabytes(needs.disk - held)} of free disk at {folder}"
                f" ({_gigabytes(free)} are free)",
                "make room, or put the cache elsewhere (--cache DIR)",
            )
        )
    memory = estimate.memory()
    if memory and memory < estimate.MEMORY_PER_JOB:
        found.append(
            Lack(
                f"{_gigabytes(estimate.MEMORY_PER_JOB)} of memory ({_gigabytes(memory)} are there)",
                "compile on a larger machine",
            )
        )
    if " " in str(folder) or not str(folder).isascii():
        found.append(
            Lack(
                f"a path of ASCII letters without blanks, which Node's build needs: {folder}",
                "name another cache (--cache DIR)",
            )
        )
    return found


def refuse(what: str, missing: Sequence[Lack]) -> None:
    """Say all that is missing for a build, if anything is.

    Raises:
        NodeError: something is.
    """
    if not missing:
        return
    many = len(missing) > 1
    listed = "; ".join(
        f"({number}) {lack.what}" if many else lack.what for number, lack in enumerate(missing, 1)
    )
    mends = "; ".join(dict.fromkeys(lack.mend for lack in missing))
    raise NodeError(
        "build-requirements",
        f"{what} cannot be compiled here; there is missing: {listed}.",
        f"{mends[0].upper()}{mends[1:]}; or name a binary with --node-binary TARGET=PATH.",
    )


def _lacks_of_windows(arch: Arch, version: NodeVersion) -> list[Lack]:
    found = []
    root = os.environ.get("ProgramFiles(x86)", "")  # noqa: SIM112 - its name
    locator = Path(root, "Microsoft Visual Studio", "Installer", "vswhere.exe")
    if not (os.environ.get("VCINSTALLDIR") or (root and locator.is_file())):
        found.append(
            Lack(
                f"Visual Studio 2022 with C++{' for ARM64' if arch == Arch.ARM64 else ''}",
                "install it with its workload 'Desktop development with C++'",
            )
        )
    if version.major >= _RUST_SINCE and not _has_rust():
        found.append(Lack("Rust (rustc and cargo)", "install it (rustup)"))
    return found


def _has_rust() -> bool:
    return shutil.which("rustc") is not None and shutil.which("cargo") is not None


def _gigabytes(amount: float) -> str:
    return f"{amount / _GB:.1f} GB"
