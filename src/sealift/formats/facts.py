"""What a Node binary says about itself: asked of the file, never of a version table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """Facts read out of one Node binary.

    Attributes:
        container: ``elf``, ``macho`` or ``pe``.
        machine: sealift's architecture name (``x64``, ``arm64``, ``armv7``, ...).
        system: ``linux``, ``alpine`` (ELF whose interpreter is musl's), ``macos``, ``win``,
            ``freebsd``.
        version: Node release, such as ``24.19.0``.
        v8_version: such as ``13.6.233.17-node.50``, or "" when not found.
        fuse_offset: file offset of the fuse's last byte (the one that becomes ``1``).
        fuse_set: the fuse is already ``1``.
        has_blob: the binary already carries a ``NODE_SEA_BLOB``.
        exec_argv_extension: the blob has an ``execArgvExtension`` byte.
        main_format: the blob has a ``mainFormat`` byte.
    """

    container: str
    machine: str
    system: str
    version: str
    v8_version: str
    fuse_offset: int
    fuse_set: bool
    has_blob: bool
    exec_argv_extension: bool
    main_format: bool
