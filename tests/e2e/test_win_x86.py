"""win-x86: no rig runs it; pefile reads an executable made of Node's own build."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pefile

import sealift
from rigs.binaries import NPM_WIN_X86_RELEASE
from sealift.options import BuildOptions, NodeOptions
from support.plans import defined_checksum


def test_words_have_four_bytes(node_binary: Callable[..., Path], tmp_path: Path) -> None:
    node = node_binary(NPM_WIN_X86_RELEASE, "win", "x86")
    (tmp_path / "main.js").write_text("console.log(process.arch)")
    given = BuildOptions(
        entry=tmp_path / "main.js",
        targets=("node22-win-x86",),
        output=tmp_path / "app",
        sea=True,
        node=NodeOptions(binaries={"win-x86": node}, cache=tmp_path / "cache"),
    )
    (executable,) = sealift.build(given).executables
    with pefile.PE(str(executable.path), fast_load=True) as image:
        image.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
        assert image.OPTIONAL_HEADER.Magic == pefile.OPTIONAL_HEADER_MAGIC_PE
        # pefile's own check takes 15 s.
        field = image.OPTIONAL_HEADER.get_field_absolute_offset("CheckSum")
        expected = defined_checksum(executable.path.read_bytes(), field)
        assert image.OPTIONAL_HEADER.CheckSum == expected
        (place,) = (
            name.directory.entries[0].data.struct
            for kind in image.DIRECTORY_ENTRY_RESOURCE.entries
            for name in kind.directory.entries
            if str(name.name) == "NODE_SEA_BLOB"
        )
        blob = image.get_data(place.OffsetToData, place.Size)
    magic, flags, _, length = struct.unpack_from("<IIBI", blob)
    assert (magic, flags) == (0x143DA20, 1 | 8)
    assert blob[13 : 13 + length] == b"main.js"
    (length,) = struct.unpack_from("<I", blob, 13 + length)
    assert blob[24 : 24 + length].decode().startswith("'use strict'")
