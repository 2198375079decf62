"""The format and processor of an executable, read by LIEF."""

from __future__ import annotations

from pathlib import Path

import lief

FORMATS = {
    "linux-x64": ("ELF", lief.ELF.ARCH.X86_64),
    "linux-arm64": ("ELF", lief.ELF.ARCH.AARCH64),
    "macos-x64": ("MACHO", lief.MachO.Header.CPU_TYPE.X86_64),
    "macos-arm64": ("MACHO", lief.MachO.Header.CPU_TYPE.ARM64),
    "win-x64": ("PE", lief.PE.Header.MACHINE_TYPES.AMD64),
    "win-arm64": ("PE", lief.PE.Header.MACHINE_TYPES.ARM64),
}


def identify(path: Path) -> tuple[str, object]:
    """Return the format and the processor."""
    parsed = lief.parse(path)
    assert parsed is not None, path
    if isinstance(parsed, lief.ELF.Binary):
        return "ELF", parsed.header.machine_type
    if isinstance(parsed, lief.MachO.Binary):
        assert parsed.has_code_signature
        return "MACHO", parsed.header.cpu_type
    assert isinstance(parsed, lief.PE.Binary)
    assert parsed.has_resources
    return "PE", parsed.header.machine
