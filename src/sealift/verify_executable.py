"""``sealift verify``: check a finished executable, wherever it is."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sealift.inspection import opened_programs


class CheckedExecutable(Struct, frozen=True):
    """An undamaged executable.

    Attributes:
        platform, architecture: what it is for.
        sealift: the version that built it.
        project: the project's name.
        files: number of packaged files.
        scripts: number of scripts that ship as bytecode.
        signer: whose certificate signed it; "" for none.
        signed_at: when a time server saw the signature; "" for never.
    """

    platform: str
    architecture: str
    sealift: str
    project: str
    files: int
    scripts: int
    signer: str = ""
    signed_at: str = ""


def verify_executables(path: Path) -> tuple[CheckedExecutable, ...]:
    """Check an executable for any platform, without the files that it was made of.

    Returns:
        One, or several if the file is a universal executable for macOS.

    Raises:
        FormatError: it is damaged, or sealift did not build it.
        UsageError: ``executable-unreadable``.
    """
    from sealift.payload import Kind, check_contents
    from sealift.verify import publisher_signature

    checked = []
    with opened_programs(path) as programs:
        for file, identity, payload in programs:
            check_contents(file, payload)
            signer, signed_at = publisher_signature(file, identity.container) or ("", "")
            checked.append(
                CheckedExecutable(
                    platform=identity.system,
                    architecture=identity.machine,
                    sealift=str(payload.config.get("sealift", "")),
                    project=str(payload.config.get("project", "")),
                    files=sum(record.kind == Kind.FILE for record in payload.records),
                    scripts=len(payload.caches),
                    signer=signer,
                    signed_at=signed_at,
                )
            )
    return tuple(checked)


def verify_executable(path: Path) -> CheckedExecutable:
    """Check an executable as `verify_executables` does, and return its first program."""
    return verify_executables(path)[0]
