"""What `sealift diff` finds between two executables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sealift.errors import FormatError, UsageError
from sealift.inspection.difference import Change, PackageChange, compare_executables
from sealift.options import Compression
from support.command_line import Sealift
from support.elf_builder import Shape
from support.executables import small_node, write_small

FILES = {
    "package.json": b'{"name": "app", "version": "1.0.0"}',
    "index.js": b"require('kept')",
    "text.txt": b"text " * 2000,
    "node_modules/kept/package.json": b'{"name": "kept", "version": "1.0.0"}',
    "node_modules/kept/index.js": b"exports.a = 1",
    "node_modules/moved/package.json": b'{"name": "moved", "version": "2.0.0"}',
    "node_modules/raised/package.json": b'{"name": "raised", "version": "3.0.0"}',
    "node_modules/removed/package.json": b'{"name": "removed", "version": "4.0.0"}',
}
CHANGED = {
    "index.js": b"require('kEpt')",
    "node_modules/kept/node_modules/moved/package.json": b'{"name": "moved", "version": "2.0.0"}',
    "node_modules/raised/package.json": b'{"name": "raised", "version": "3.0.1"}',
    "node_modules/added/package.json": b'{"name": "added", "version": "5.0.0"}',
}
GONE = ("node_modules/moved/package.json", "node_modules/removed/package.json")


def test_differences(tmp_path: Path) -> None:
    before = write_small(tmp_path / "old", FILES)
    kept = {name: content for name, content in FILES.items() if name not in GONE}
    after = write_small(tmp_path / "new", kept | CHANGED, ("--one",))
    found = compare_executables(before, after)
    assert Change("Node options", "", "--one") in found.facts
    assert found.packages == (
        PackageChange("added", "", "5.0.0"),
        PackageChange("raised", "3.0.0", "3.0.1"),
        PackageChange("removed", "4.0.0", ""),
    )
    assert [one.location for one in found.files] == sorted({*CHANGED, *GONE})
    sizes = {one.location: (one.before, one.after) for one in found.files}
    assert sizes["index.js"] == (15, 15)
    assert sizes["node_modules/removed/package.json"] == (len(FILES[GONE[1]]), None)
    assert sizes["node_modules/added/package.json"] == (
        None,
        len(CHANGED["node_modules/added/package.json"]),
    )


def test_the_name_of_the_directory_and_the_compression_make_no_difference(tmp_path: Path) -> None:
    before = write_small(tmp_path / "old", FILES)
    after = write_small(tmp_path / "new", FILES, compression=Compression.ZSTD, name="checkout")
    found = compare_executables(before, after)
    assert found.files == ()
    assert {one.what for one in found.facts} == {"project", "size"}
    assert compare_executables(before, before).is_empty


def test_files_of_others_and_truncated_ones(tmp_path: Path) -> None:
    program = write_small(tmp_path / "old", FILES)
    other = small_node(tmp_path, Shape()).path
    short = tmp_path / "short"
    short.write_bytes(program.read_bytes()[:-3000])
    for wrong in (other, short):
        for pair in ((program, wrong), (wrong, program)):
            with pytest.raises(FormatError):
                compare_executables(*pair)
    with pytest.raises(UsageError):
        compare_executables(program, tmp_path / "missing")


@pytest.mark.parametrize("is_cut", [True, False])
def test_the_damaged_one_of_two_is_named(tmp_path: Path, is_cut: bool) -> None:
    # Contents that are stored in different ways are compared by reading them.
    whole = write_small(tmp_path / "whole", FILES, compression=Compression.ZSTD)
    broken = write_small(tmp_path / "broken", FILES)
    data = broken.read_bytes()
    text = FILES["text.txt"]
    broken.write_bytes(data[:-3000] if is_cut else data.replace(text, text.upper()))
    for pair in ((whole, broken), (broken, whole)):
        with pytest.raises(FormatError) as raised:
            compare_executables(*pair)
        assert raised.value.code == "executable-damaged"
        assert raised.value.message.startswith(f"{broken} is damaged: ")


def test_the_command(sealift: Sealift, tmp_path: Path, node_binary: object) -> None:
    app = tmp_path / "app.js"
    outputs = []
    for text in ("1", repr("x" * 20_000)):
        app.write_text(f"console.log({text})")
        outputs.append(tmp_path / f"out{len(outputs)}")
        built = sealift(app, "-t", "node24-linux-x64", "-o", outputs[-1])
        assert built.code == 0, built.stderr
    shown = sealift("diff", *outputs)
    assert (shown.code, "Files: 0 added, 0 removed, 1 changed." in shown.stdout) == (0, True)
    assert re.search(r"^size +[\d.]+ MB +[\d.]+ MB \([+-][\d.]+ k?B\)$", shown.stdout, re.MULTILINE)
    found = json.loads(sealift("diff", *outputs, "--json").stdout)
    assert [one["location"] for one in found["files"]] == ["app.js"]
    assert found["bytecode_compared"] is True
    assert "do not differ" in sealift("diff", outputs[0], outputs[0]).stdout
    assert sealift("diff", outputs[0], app).code == 6
