"""Read an executable back before it is published, with code that shares nothing with its writers.

Call it with the temporary file::

    verified = verify(path, Expectation(node, assets, main, exec_argv))

The container is checked against the base binary (`elf`, `macho`, `pe`). The blob, at the place that
the container gives, is checked against what it was made of (`blob`). It takes a few MiB of memory.
`verify_alone` checks an executable whose inputs are not available, `verify_signed` one that was
signed after `verify`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from sealift.formats.node_facts import NodeFacts
from sealift.identity import Identity
from sealift.model import Asset, MuslLibrary, NodeBinary
from sealift.verify.alone import FoundBlob, verify_alone
from sealift.verify.blob import verify_blob
from sealift.verify.compact import read_compact, unpack_compact, verify_compact
from sealift.verify.comparing import wrong
from sealift.verify.macho_universal import find_programs, verify_universal

__all__ = [
    "Expectation",
    "FoundBlob",
    "Verified",
    "find_programs",
    "publisher_signature",
    "read_compact",
    "unpack_compact",
    "verify",
    "verify_alone",
    "verify_compact",
    "verify_signed",
    "verify_universal",
]


class Expectation(Struct, frozen=True):
    """What an executable was made of; the fields are those of `assemble.write`.

    Attributes:
        locales: that were requested; empty if all ICU data must be there.
        languages: whose ICU data must remain.
    """

    node: NodeBinary
    assets: Sequence[Asset]
    main: bytes
    exec_argv: Sequence[str]
    musl: MuslLibrary | None = None
    identity: Identity | None = None
    locales: Sequence[str] = ()
    languages: Sequence[str] = ()


class Verified(Struct, frozen=True):
    """The executable's length in bytes and its SHA-256 digest in hex."""

    size: int
    sha256: str


def verify(path: Path, expected: Expectation, digest: Callable[[], str] | None = None) -> Verified:
    """Check every byte of the executable at ``path``.

    ``digest`` returns the file's SHA-256, if another thread reads the file already; without it, the
    file is read twice.

    Raises:
        FormatError: ``verification-failed``: it differs from what was expected.
        OSError: the executable, the base binary or an asset cannot be read.
    """
    facts = expected.node.facts
    with path.open("rb") as file:
        offset, size = _check_container(file, expected)
        verify_blob(
            file,
            *(offset, size, facts, expected.assets, expected.main, expected.exec_argv),
        )
        return Verified(path.stat().st_size, digest() if digest is not None else _sha256(path))


def verify_signed(path: Path, container: str, machine: str) -> Verified:
    """Check an executable that was signed after `verify`: the signature covers all of it.

    Args:
        container: ``macho`` or ``pe``.
        machine: sealift's name of the architecture.

    Raises:
        FormatError: ``verification-failed``.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if publisher_signature(file, container) is None:
            raise wrong("it has no signature")
        if container == "pe":
            from sealift.verify.pe import verify_pe_alone

            verify_pe_alone(file)
        else:
            from sealift.verify.macho import verify_macho_alone

            verify_macho_alone(file, machine)
    return Verified(path.stat().st_size, _sha256(path))


def publisher_signature(file: BinaryIO, container: str) -> tuple[str, str] | None:
    """Return who signed an executable, and when a time server saw it ("" for never).

    Returns:
        None if no publisher signed it.

    Raises:
        FormatError: ``verification-failed``: the signature is malformed.
    """
    if container == "pe":
        from sealift.verify.pe import pe_signature

        found = pe_signature(file)
        return None if found is None else found.signer
    if container == "macho":
        from sealift.verify.macho import macho_publisher

        return macho_publisher(file)
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_container(file: BinaryIO, expected: Expectation) -> tuple[int, int]:
    node, musl = expected.node, expected.musl
    with ExitStack() as stack:
        base: BinaryIO = stack.enter_context(node.path.open("rb"))
        if expected.locales:
            from sealift.verify.icu_data import with_checked_icu_data

            base = with_checked_icu_data(file, base, expected.locales, expected.languages)
        if musl is None:
            return _check_stock(file, base, node.facts, expected.identity)
        from sealift.verify.elf_merged import verify_merged

        libraries = [
            (library.name, stack.enter_context(library.path.open("rb")))
            for library in node.libraries
        ]
        musl_file = stack.enter_context(musl.path.open("rb"))
        return verify_merged(file, base, libraries, musl_file, node.facts)


def _check_stock(
    file: BinaryIO, base: BinaryIO, facts: NodeFacts, identity: Identity | None
) -> tuple[int, int]:
    """Check an executable of one Node binary; return file offset and size of the blob."""
    # Imported on demand: a build rarely needs all of them.
    if facts.system == "freebsd":
        from sealift.verify.elf_in_place import verify_in_place

        return verify_in_place(file, base, facts)
    if facts.container == "elf":
        from sealift.verify.elf import verify_elf

        return verify_elf(file, base, facts)
    if facts.container == "macho":
        from sealift.verify.macho import verify_macho

        return verify_macho(file, base, facts, identity.macos if identity else None)
    from sealift.verify.pe import verify_pe

    return verify_pe(file, base, facts, identity.windows if identity else None)
