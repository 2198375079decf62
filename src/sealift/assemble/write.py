"""Write an executable: stream the pieces of its plan into a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from sealift.assemble import messages
from sealift.assemble.copying import CHUNK, Source, clone_start, copy_in_kernel
from sealift.assemble.temporary import Temporary, explained
from sealift.assemble.trailing_digest import TrailingDigest
from sealift.formats.pe.checksum import Checksum
from sealift.formats.pieces import BlobHere, Copy, Literal, Plan, SignatureHere, Zeros
from sealift.formats.sea_blob import Blob, BlobAsset, BlobLayout, ExecArgvExtension
from sealift.identity import Identity
from sealift.model import Asset, Library, MuslLibrary, NodeBinary, Observer, Unit
from sealift.payload import HARDENED

if TYPE_CHECKING:
    from sealift.formats.macho.signature import Signer

_UNNAMED = Identity()
_ZEROS = bytes(CHUNK)


class Assembled(Struct, frozen=True):
    """The size of what was written, and of the blob in it, in bytes; and what had no room.

    Attributes:
        languages: whose ICU data remains; empty for all.
    """

    size: int
    blob_size: int
    dropped: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def write(
    temporary: Temporary,
    node: NodeBinary,
    assets: Sequence[Asset],
    main: bytes,
    exec_argv: Sequence[str],
    observer: Observer,
    identity: Identity = _UNNAMED,
    musl: MuslLibrary | None = None,
    digest: TrailingDigest | None = None,
    locales: Sequence[str] = (),
) -> Assembled:
    """Write the executable that consists of ``node`` and a blob.

    The digest of ``node`` is not computed again, but the file must have the size that it had when
    it was checked, and must not change while it is copied.

    Args:
        main: the main script, CommonJS, UTF-8.
        exec_argv: Node options to embed.
        observer: notified of a stage ``assemble`` with the number of bytes to write.
        identity: what the executable says about itself.
        musl: merged with a dynamic musl Node and its libraries; None for every other Node.
        digest: notified of the bytes that are final.
        locales: whose ICU data remains, with that of `en`; empty for all.

    Raises:
        FormatError: the binary already holds a blob, or cannot take this one; or it has no ICU data
            that can be reduced.
        UsageError: ``locale-unknown``.
        NodeError: the binary cannot be read, or changed since it was checked.
        OutputError: the output cannot be written, or is one of the inputs.
        ProjectError: a packaged file cannot be read, or changed.
    """
    merged: tuple[Library | MuslLibrary, ...] = (*node.libraries, musl) if musl else ()
    inputs = [node.path, *(one.path for one in merged), *(asset.path for asset in assets)]
    _must_not_be_input(temporary, inputs)
    blob = Blob(
        BlobLayout.of(node.facts),
        main,
        tuple(BlobAsset(asset.key, asset.length) for asset in assets),
        tuple(exec_argv),
        extension=ExecArgvExtension.NONE if HARDENED in assets else ExecArgvExtension.ENV,
    )
    blob_size = blob.size
    with ExitStack() as stack:
        sources = [stack.enter_context(_open_checked(one)) for one in (node, *merged)]
        files = [
            stack.enter_context(open(source.descriptor, "rb", closefd=False)) for source in sources
        ]
        plan = _plan(files, node, blob_size, identity)
        languages: tuple[str, ...] = ()
        if locales:
            plan, languages = _with_locales(plan, files[0], node, locales)
        observer.stage("assemble", plan.size, unit=Unit.BYTES)
        writer = _Writer(temporary, plan, observer, digest)
        writer.share(sources[0], _same_places(plan))
        for piece in plan.pieces:
            match piece:
                case Copy(offset, size, number):
                    writer.copy(sources[number], offset, size)
                case Literal(data):
                    writer.put(data)
                case Zeros(size):
                    writer.zeros(size)
                case BlobHere():
                    _write_blob(writer, blob, assets)
                case SignatureHere():
                    writer.sign()
        writer.fill_in_checksum()
        for source in sources:
            source.must_be_unchanged()
    return Assembled(plan.size, blob_size, plan.dropped, languages)


class _Writer:
    """Writes the temporary file in order, and passes every byte to the signature or checksum."""

    def __init__(
        self, temporary: Temporary, plan: Plan, observer: Observer, digest: TrailingDigest | None
    ) -> None:
        self._temporary = temporary
        self._descriptor = temporary.descriptor
        self._observer = observer
        self._digest = digest
        self._position = 0
        self._shared = 0  # bytes at the start that the file has before they are written
        self._signer = _signer(plan)
        self._checksum_offset = plan.checksum_offset
        self._checksum = Checksum() if plan.checksum_offset is not None else None

    def share(self, source: Source, size: int) -> None:
        """Have the file begin as ``source`` does, if that costs nothing: up to ``size`` bytes."""
        self._shared = clone_start(source, self._descriptor, size)

    def put(self, data: bytes) -> None:
        """Write ``data``."""
        self._see(data)
        view = memoryview(data)
        with explained(self._temporary.output):
            while view:
                view = view[os.write(self._descriptor, view) :]
        self._advance(len(data))

    def zeros(self, size: int) -> None:
        """Write ``size`` zero bytes."""
        while size:
            step = min(size, CHUNK)
            self.put(_ZEROS[:step])
            size -= step

    def copy(self, source: Source, offset: int, size: int) -> None:
        """Write ``size`` bytes of ``source``, inside the kernel if nothing needs to see them."""
        if offset == self._position < self._shared:
            step = min(size, self._shared - offset)
            self._skip(source, step)
            offset += step
            size -= step
        if size and not (self._signer or self._checksum):
            with explained(self._temporary.output):
                for step in copy_in_kernel(source, offset, self._descriptor, self._position, size):
                    self._advance(step)
                    offset += step
                    size -= step
                os.lseek(self._descriptor, self._position, os.SEEK_SET)
        for chunk in source.chunks(offset, size):
            self.put(chunk)

    def sign(self) -> None:
        """Write the signature of everything that was written."""
        signer, self._signer = self._signer, None
        assert signer, "a signature is always the last piece"
        self.put(signer.finish())

    def fill_in_checksum(self) -> None:
        """Store the PE checksum in its field, if the plan has one."""
        if self._checksum and self._checksum_offset is not None:
            field = self._checksum.finish().to_bytes(4, "little")
            with explained(self._temporary.output):
                os.lseek(self._descriptor, self._checksum_offset, os.SEEK_SET)
                os.write(self._descriptor, field)
            self._reach()

    def _skip(self, source: Source, size: int) -> None:
        """Go on after ``size`` bytes that the file shares with ``source`` at the same place."""
        if self._signer or self._checksum:
            for chunk in source.chunks(self._position, size):
                self._see(chunk)
        os.lseek(self._descriptor, self._position + size, os.SEEK_SET)
        self._advance(size)

    def _see(self, data: bytes) -> None:
        if self._signer:
            self._signer.update(data)
        if self._checksum:
            self._checksum.update(data)

    def _advance(self, amount: int) -> None:
        self._position += amount
        self._observer.advance(amount)
        if self._checksum is None:  # its field, at the start, is filled in last
            self._reach()

    def _reach(self) -> None:
        if self._digest is not None:
            self._digest.reach(self._position)


def _same_places(plan: Plan) -> int:
    """Return up to where an executable has the bytes of its Node in the same places, but a few."""
    position = end = 0
    for piece in plan.pieces:
        position += piece.size
        match piece:
            case Copy(offset, size, 0) if offset + size == position:
                end = position
            case Literal() | Zeros():
                pass
            case _:
                break
    return end


def _signer(plan: Plan) -> Signer | None:
    last = plan.pieces[-1]
    if not isinstance(last, SignatureHere):
        return None
    from sealift.formats.macho.signature import Signer  # its XML reader is slow to import

    return Signer(last)


def _plan(files: Sequence[BinaryIO], node: NodeBinary, blob_size: int, identity: Identity) -> Plan:
    """Return the plan of an executable of Node and, if there are more files, libraries and musl."""
    facts, file = node.facts, files[0]
    if facts.has_blob or facts.fuse_set:
        raise messages.ALREADY_A_BLOB.error(path=node.path)
    # Imported where they are needed: a build seldom needs all three.
    if len(files) > 1:
        from sealift.formats.elf.merge import plan_merged

        names = [library.name for library in node.libraries]
        libraries = list(zip(names, files[1:-1], strict=True))
        return plan_merged(file, libraries, files[-1], facts, blob_size)
    if facts.system == "freebsd":
        from sealift.formats.elf.freebsd_plan import plan_in_place

        return plan_in_place(file, facts, blob_size)
    if facts.container == "elf":
        from sealift.formats.elf.plan import plan_elf

        return plan_elf(file, facts, blob_size)
    if facts.container == "macho":
        from sealift.formats.macho.plan import plan_macho

        return plan_macho(file, facts, blob_size, identity.macos)
    from sealift.formats.pe.plan import plan_pe

    return plan_pe(file, facts, blob_size, identity.windows)


def _with_locales(
    plan: Plan, file: BinaryIO, node: NodeBinary, locales: Sequence[str]
) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan without the ICU data of other languages, and the languages that remain."""
    from sealift.formats.changes import changed
    from sealift.formats.icu.locales import keep_locales

    reduction = keep_locales(file, f"Node {node.version}", locales)
    reduced = changed(plan, reduction.changes)
    if reduced is None:
        raise messages.LOCALES_NOT_COPIED.error(path=node.path)
    return reduced, reduction.languages


def _write_blob(writer: _Writer, blob: Blob, assets: Sequence[Asset]) -> None:
    contents = iter(assets)  # in the order in which the blob names them
    for piece in blob.pieces():
        if isinstance(piece, bytes):
            writer.put(piece)
            continue
        asset = next(contents)
        if asset.data is not None:
            writer.put(asset.data)
        elif asset.path is not None:
            with _open_asset(asset) as source:
                writer.copy(source, asset.offset, asset.size)
                source.must_be_unchanged()


def _open_checked(file: NodeBinary | Library | MuslLibrary) -> Source:
    changed = messages.NODE_CHANGED.error(path=file.path)
    try:
        source = Source(file.path, changed)
    except OSError as error:
        raise messages.NODE_UNREADABLE.error(path=file.path, reason=error.strerror) from error
    if source.size != file.size:
        source.close()
        raise changed
    return source


def _open_asset(asset: Asset) -> Source:
    changed = messages.FILE_CHANGED.error(path=asset.path)
    assert asset.path is not None
    try:
        source = Source(asset.path, changed)
    except OSError as error:
        raise messages.FILE_UNREADABLE.error(path=asset.path, reason=error.strerror) from error
    if asset.offset + asset.size > source.size:
        source.close()
        raise changed
    return source


def _must_not_be_input(temporary: Temporary, inputs: Iterable[Path | None]) -> None:
    for path in inputs:
        if path is not None and temporary.replaces(path):
            raise messages.OUTPUT_IS_INPUT.error(output=temporary.output)
