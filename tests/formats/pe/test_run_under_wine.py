"""Executables for win-x64 really run, under Wine."""

from __future__ import annotations

import struct
from pathlib import Path

import pefile
import pytest

from sealift.formats.pe.plan import plan_pe
from support.plans import carry_out, facts_of, fuse_offset

MAIN = 'const s = require("node:sea"); console.log(s.isSea(), s.getAsset("a", "utf8"));'


def blob(run_node, major: str, directory: Path) -> bytes:
    """Node's own, for this release."""
    (directory / "main.js").write_text(MAIN)
    (directory / "asset").write_text("asset of " + major)
    (directory / "sea.json").write_text(
        '{"main": "main.js", "output": "blob", "disableExperimentalSEAWarning": true,'
        ' "assets": {"a": "asset"}}'
    )
    made = run_node(major, "--experimental-sea-config", "sea.json", cwd=directory)
    assert made.code == 0, made.stderr
    return (directory / "blob").read_bytes()


def cramped(base: bytes) -> bytes:
    """The same executable with its PE header so far up that no section header fits behind it."""
    image = pefile.PE(data=base, fast_load=True)
    start = image.DOS_HEADER.e_lfanew
    end = image.sections[-1].get_file_offset() + 40
    size = image.OPTIONAL_HEADER.SizeOfHeaders
    moved = start + size - end
    head = bytearray(base[:start].ljust(moved, b"\0") + base[start:end])
    struct.pack_into("<I", head, 60, moved)
    assert len(head) == size
    return bytes(head) + base[size:]


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("major", "shape"),
    [("22", "as it is"), ("24", "as it is"), ("26", "as it is"), ("24", "cramped")],
)
def test_blob_is_found_and_run(
    major: str, shape: str, node_binary, run_node, machine, tmp_path: Path
) -> None:
    windows = machine("win-x64")
    base = node_binary(major, "win", "x64")
    if shape == "cramped":
        changed = tmp_path / "cramped.exe"
        changed.write_bytes(cramped(base.read_bytes()))
        base = changed
    content = blob(run_node, major, tmp_path)
    facts = facts_of("pe", "x64", fuse_offset(base))
    app = tmp_path / "app.exe"
    with base.open("rb") as file, app.open("w+b") as sink:
        plan = plan_pe(file, facts, len(content))
        carry_out(plan, file, content, sink)
    if shape == "cramped":
        with app.open("rb") as file:
            assert pefile.PE(data=file.read(4096), fast_load=True).DOS_HEADER.e_lfanew == 64
    done = windows.run(app)
    assert (done.code, done.stdout) == (0, f"true asset of {major}\n")
