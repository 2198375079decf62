"""What is inside an executable for any platform: ``sealift inspect`` and ``sealift size``."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from sealift.inspection import messages
from sealift.inspection.opened_executable import compact_size, opened_executable
from sealift.options import split_embedded
from sealift.tools.leftovers import sweep_unpacked
from sealift.tools.private_files import is_renamed, make, remove_directory, temporary_name

if TYPE_CHECKING:
    from sealift.payload import OpenedPayload, Record

_LARGEST_MANIFEST = 1 << 20
_LONGEST_TEXT = 200
_LONGEST_LOCATION = 32_767
_SCRIPTS = (1, 2)  # roles: CommonJS, ES module


class Form(StrEnum):
    """In which form a packaged file is there."""

    DATA = "data"
    SOURCE = "source"
    BYTECODE = "bytecode"
    BOTH = "bytecode and source"


class InspectedFile(Struct, frozen=True):
    """One packaged file.

    Attributes:
        location: below the mount point.
        form: what of it is packaged.
        size: of the file, in bytes.
        stored: bytes that it takes in the executable, without bytecode; 0 if an equal file that
            comes before it has them.
        bytecode: bytes that its code cache takes.
        package: index of its package in `Inspection.packages`, or -1.
    """

    location: str
    form: Form
    size: int
    stored: int
    bytecode: int
    package: int


class InspectedPackage(Struct, frozen=True):
    """A package of which there are files.

    Attributes:
        name, version, licence: as its package.json says; "" where it does not.
        location: of its directory.
        files: number of its files.
        stored: bytes that they take, with their bytecode.
    """

    name: str
    version: str
    licence: str
    location: str
    files: int
    stored: int


class Inspection(Struct, frozen=True):
    """An executable, and what it consists of. Sizes are in bytes.

    Attributes:
        platform, architecture: what it is for.
        size: of the executable.
        compact_size: of the compact file that it is in; 0 for none.
        node: release of Node, such as ``24.19.0``.
        node_size: everything but the payload: Node, and musl where it is part of it.
        runtime_size: sealift's own modules, tables and checksums.
        sealift: the version that built it.
        project, entry: the project's name, and the location of its entry point.
        node_options: that were requested, and are embedded.
        own_options: that sealift embeds for itself.
        hardened: built with ``--harden``.
        languages: whose ICU data is in Node, with ``--locales``; empty for all.
        signer: whose certificate signed it; "" for none.
        signed_at: when a time server saw the signature; "" for never.
        packages, files: sorted by location.
    """

    platform: str
    architecture: str
    size: int
    node: str
    node_size: int
    runtime_size: int
    sealift: str
    project: str
    entry: str
    node_options: tuple[str, ...]
    hardened: bool
    languages: tuple[str, ...]
    packages: tuple[InspectedPackage, ...]
    files: tuple[InspectedFile, ...]
    signer: str = ""
    signed_at: str = ""
    compact_size: int = 0
    own_options: tuple[str, ...] = ()


def inspect_executable(path: Path, architecture: str = "") -> Inspection:
    """Return what is in an executable.

    Args:
        architecture: which program of a universal file.

    Raises:
        FormatError: its structure is damaged, or sealift did not build it.
        UsageError: as `opened_executable`.
    """
    # Imported here, so that `import sealift` stays quick.
    from sealift.formats.icu.locales import remaining_languages
    from sealift.formats.node_facts import read_open_facts
    from sealift.payload import HARDENED
    from sealift.verify import publisher_signature

    with opened_executable(path, architecture) as (file, identity, payload):
        signer, signed_at = publisher_signature(file, identity.container) or ("", "")
        facts = read_open_facts(file, path)
        embedded, own = split_embedded(payload.places.exec_argv)
        size = file.seek(0, os.SEEK_END)
        roots = _package_roots(file, payload)
        files = _files(payload, roots)
        assets = payload.places.assets
        contents = sum(one.stored + one.bytecode for one in files)
        carried = sum(length for _, length in assets.values()) + len(payload.places.main)
        return Inspection(
            platform=facts.system,
            architecture=facts.machine,
            size=size,
            node=facts.version,
            node_size=size - carried,
            runtime_size=carried - contents,
            sealift=_text(payload.config.get("sealift")),
            project=_text(payload.config.get("project")),
            entry=_text(payload.config.get("entry"), _LONGEST_LOCATION),
            node_options=embedded,
            own_options=own,
            hardened=HARDENED.key in assets,
            languages=remaining_languages(file, path.name),
            packages=_packages(roots, files),
            files=files,
            signer=signer,
            signed_at=signed_at,
            compact_size=compact_size(path),
        )


def unpack_executable(path: Path, directory: Path, architecture: str = "") -> int:
    """Write the packaged files to a new directory, and return how many.

    Scripts that are packaged as bytecode alone have no content and are not written. Symbolic links
    are not written either. The directory is complete or missing.

    Args:
        architecture: which program of a universal file.

    Raises:
        FormatError: a part is damaged, or sealift did not build it.
        UsageError: as `opened_executable`.
        OutputError: ``unpack-directory-exists``, ``unpack-too-large`` or ``unpack-failed``.
    """
    from sealift.payload import Kind

    with opened_executable(path, architecture) as (file, _, payload):
        records = [
            record
            for record in payload.records
            if record.kind == Kind.FILE and not record.source_left_out
        ]
        names = [_safe(record.location) for record in records]
        with _new_directory(directory) as unfinished:
            _require_space(directory, unfinished, sum(record.size for record in records))
            for name, record in zip(names, records, strict=True):
                target = unfinished / name
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("xb") as out:
                        out.writelines(payload.content(file, record))
                except OSError as error:
                    raise messages.UNPACK_FAILED.error(
                        path=directory / name, reason=error.strerror
                    ) from error
    return len(records)


@contextmanager
def _new_directory(directory: Path) -> Iterator[Path]:
    """Make a directory beside the wanted one; rename it when all is written, else remove it."""
    if os.path.lexists(directory):
        raise messages.DIRECTORY_EXISTS.error(path=directory)
    unfinished = directory.with_name(temporary_name(directory.name))
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        sweep_unpacked(directory.parent)
        make(unfinished, unfinished.mkdir)
    except OSError as error:
        raise messages.UNPACK_FAILED.error(path=directory, reason=error.strerror) from error
    try:
        yield unfinished
        unfinished.rename(directory)
        is_renamed(unfinished)
    except OSError as error:
        raise messages.UNPACK_FAILED.error(path=directory, reason=error.strerror) from error
    finally:
        remove_directory(unfinished)


def _require_space(directory: Path, unfinished: Path, size: int) -> None:
    """Raise OutputError if a disk is too small; a few compressed bytes can become very many."""
    free = shutil.disk_usage(unfinished).free
    if size > free:
        raise messages.UNPACK_TOO_LARGE.error(
            size=size // 1000_000, free=free // 1000_000, path=directory
        )


def embedded_sbom(path: Path, architecture: str = "") -> bytes:
    """Return the SBOM in an executable: CycloneDX as JSON.

    Raises:
        FormatError: its structure is damaged, or sealift did not build it.
        UsageError: as `opened_executable`, or ``sbom-absent``.
    """
    from sealift.documents import SBOM_KEY

    with opened_executable(path, architecture) as (file, _, payload):
        if SBOM_KEY not in payload.places.assets:
            raise messages.SBOM_ABSENT.error(path=path)
        offset, size = payload.places.assets[SBOM_KEY]
        file.seek(offset)
        return file.read(size)  # opening the payload has compared its checksum


def embedded_spdx(path: Path, architecture: str = "") -> bytes:
    """Return the SBOM in an executable as SPDX 2.3 (JSON).

    Raises:
        FormatError, UsageError: as `embedded_sbom`; or ``sbom-malformed``.
    """
    from sealift.documents import spdx_of

    try:
        return spdx_of(embedded_sbom(path, architecture))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise messages.SBOM_MALFORMED.error(path=path) from error


def _safe(location: str) -> str:
    """Return a location that cannot leave a directory, on any platform."""
    for name in location.split("/"):
        if name in ("", ".", "..") or any(character in name for character in "\0\\:"):
            raise messages.LOCATION_UNSAFE.error(location=location)
    return location


def _files(
    payload: OpenedPayload, roots: Mapping[str, Mapping[str, object]]
) -> tuple[InspectedFile, ...]:
    from sealift.payload import Kind

    caches = {cache.record: cache.stored_length for cache in payload.caches}
    numbers = {location: number for number, location in enumerate(roots)}
    known: set[int] = set()
    found = []
    for index, record in enumerate(payload.records):
        if record.kind != Kind.FILE:
            continue
        stored = 0 if record.offset in known else record.stored_size
        if record.stored_size:
            known.add(record.offset)
        found.append(
            InspectedFile(
                location=record.location,
                form=_form(record, index in caches),
                size=record.size,
                stored=stored,
                bytecode=caches.get(index, 0),
                package=numbers.get(_owner(record.location, roots), -1),
            )
        )
    return tuple(sorted(found, key=lambda one: one.location))


def _form(record: Record, compiled: bool) -> Form:
    if record.source_left_out:
        return Form.BYTECODE
    if compiled:
        return Form.BOTH
    return Form.SOURCE if record.role in _SCRIPTS else Form.DATA


def _package_roots(file: BinaryIO, payload: OpenedPayload) -> dict[str, Mapping[str, object]]:
    """Return the package.json of each package, by the location of its directory."""
    from sealift.payload import Kind

    roots: dict[str, Mapping[str, object]] = {}
    for record in payload.records:
        path = PurePosixPath(record.location)
        if path.name != "package.json" or record.kind != Kind.FILE:
            continue
        if record.source_left_out or record.size > _LARGEST_MANIFEST:
            continue
        try:
            manifest = json.loads(b"".join(payload.content(file, record)))
        except (ValueError, RecursionError):
            continue
        # Others, such as those that only say "type", are part of a package.
        if isinstance(manifest, dict) and isinstance(manifest.get("name"), str):
            roots[str(path.parent)] = manifest
    return dict(sorted(roots.items()))


def _owner(location: str, roots: Mapping[str, object]) -> str:
    """Return the directory of the package that a file belongs to, or ""."""
    for parent in PurePosixPath(location).parents:
        if str(parent) in roots:
            return str(parent)
    return ""


def _packages(
    roots: Mapping[str, Mapping[str, object]], files: tuple[InspectedFile, ...]
) -> tuple[InspectedPackage, ...]:
    counts = [0] * len(roots)
    stored = [0] * len(roots)
    for file in files:
        if file.package >= 0:
            counts[file.package] += 1
            stored[file.package] += file.stored + file.bytecode
    return tuple(
        InspectedPackage(
            name=_text(manifest.get("name")),
            version=_text(manifest.get("version")),
            licence=_text(manifest.get("license")),
            location=location,
            files=counts[number],
            stored=stored[number],
        )
        for number, (location, manifest) in enumerate(roots.items())
    )


def _text(value: object, longest: int = _LONGEST_TEXT) -> str:
    """Return text of JSON; a licence was once an object with a type.

    JSON can contain halves of surrogate pairs, which no file can.
    """
    if isinstance(value, dict):
        value = value.get("type")
    return value[:longest].encode(errors="replace").decode() if isinstance(value, str) else ""
