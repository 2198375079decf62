"""Check what compiling Node needs, before hours are spent; report all that is missing at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sealift.nodes.build import estimate, patches
from sealift.nodes.build.configure import make_program
from sealift.nodes.build.estimate import Estimate
from sealift.nodes.build.messages import BUILD_REQUIREMENTS
from sealift.nodes.build.toolchain import Lack, Machine, Toolchain, choose_toolchain
from sealift.target import Arch, NodeVersion, Platform

_RUST_SINCE = 26  # for Temporal, which other systems can lack, but not Windows
_GB = 1e9


def toolchain_for(
    machine: Machine, host: Machine, version: NodeVersion
) -> tuple[Toolchain | None, list[Lack]]:
    """Return the compilers, or what is missing; Windows has no toolchain to choose."""
    if machine[0] == Platform.WIN:
        return None, _lacks_of_windows(machine[1], version)
    found = choose_toolchain(machine, host, version)
    return (found, []) if isinstance(found, Toolchain) else (None, found)


def lacks(
    machine: Machine, version: NodeVersion, folder: Path, needs: Estimate, *, patched: bool
) -> list[Lack]:
    """Return what is missing besides compilers.

    Args:
        machine: of the Node to make.
        version: of Node.
        folder: where it is compiled; the files in it count as used already.
        needs: the estimate of the build.
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
                f" ({_gigabytes(free)} available)",
                "free some space, or name another cache directory (--cache DIR)",
            )
        )
    memory = estimate.memory()
    if memory and memory < estimate.MEMORY_PER_JOB:
        found.append(
            Lack(
                f"{_gigabytes(estimate.MEMORY_PER_JOB)} of memory ({_gigabytes(memory)} available)",
                "compile on a machine with more memory",
            )
        )
    if " " in str(folder) or not str(folder).isascii():
        found.append(
            Lack(
                f"a path of ASCII characters without blanks, which Node's build needs: {folder}",
                "name another cache directory (--cache DIR)",
            )
        )
    return found


def refuse(what: str, missing: Sequence[Lack]) -> None:
    """Raise NodeError with everything that is missing, if anything is."""
    if not missing:
        return
    many = len(missing) > 1
    listed = "; ".join(
        f"({number}) {lack.what}" if many else lack.what for number, lack in enumerate(missing, 1)
    )
    remedies = "; ".join(dict.fromkeys(lack.remedy for lack in missing))
    raise BUILD_REQUIREMENTS.error(
        what=what, missing=listed, remedies=f"{remedies[0].upper()}{remedies[1:]}"
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
