"""What `sealift inspect` and `sealift size` say of executables, and what they write."""

from __future__ import annotations

import json
import random
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sealift.errors import FormatError, OutputError, UsageError
from sealift.inspection import inspect_executable, unpack_executable
from sealift.inspection.treemap_page import Box, Part, boxes, parts_of, size_page, write_page
from sealift.options import Compression, split_embedded
from support.command_line import Sealift
from support.elf_builder import Shape
from support.executables import small_node, write_small

FILES = {
    "package.json": b'{"name": "app", "version": "1.2.3", "license": {"type": "MIT"}}',
    "index.js": b"require('dep')",
    "text.txt": b"text " * 2000,
    "copy.txt": b"text " * 2000,
    "node_modules/dep/package.json": b'{"name": "dep", "version": "4.0.0", "license": "ISC"}',
    "node_modules/dep/index.js": b"module.exports = 1;",
    "node_modules/dep/esm/package.json": b'{"type": "module"}',
    "node_modules/dep/esm/x.bin": random.Random(1).randbytes(3000),
    "node_modules/broken/package.json": b"{",
    "node_modules/half/package.json": b'{"name": "half\\ud800", "version": "1.0.0"}',
}


@pytest.fixture(params=[Compression.NONE, Compression.ZSTD])
def executable(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_small(tmp_path, FILES, ("--one",), request.param)


def test_what_is_found(executable: Path) -> None:
    found = inspect_executable(executable)
    assert (found.platform, found.architecture) == ("linux", "x64")
    assert (found.sealift, found.entry) == ("0.1.0", "app/index.js")
    assert (found.node_options, found.hardened) == (("--one",), False)
    assert found.size == executable.stat().st_size
    names = [(one.name, one.version, one.licence, one.files) for one in found.packages]
    # The last name contains half of a pair of surrogates, which no UTF-8 can.
    expected = [("app", "1.2.3", "MIT", 5), ("dep", "4.0.0", "ISC", 4), ("half?", "1.0.0", "", 1)]
    assert names == expected
    sizes = {one.location.removeprefix("app/"): one.size for one in found.files}
    assert sizes == {name: len(content) for name, content in FILES.items()}
    # Equal contents are stored once.
    copies = [one.stored for one in found.files if one.location.endswith(".txt")]
    assert sorted(size > 0 for size in copies) == [False, True]
    stored = sum(one.stored + one.bytecode for one in found.files)
    assert found.node_size + found.runtime_size + stored == found.size


@pytest.mark.parametrize(
    ("offset", "magic", "kind"),
    [
        (0, b"!<arch>\ndebian-binary", ".deb"),
        (0, b"PK\x03\x04", "zip"),
        (0, b"\x1f\x8b\x08", "compressed"),
        (257, b"ustar\x0000", "container image"),
    ],
)
def test_a_package_is_not_an_executable(
    tmp_path: Path, offset: int, magic: bytes, kind: str
) -> None:
    path = tmp_path / "package"
    path.write_bytes((bytes(offset) + magic).ljust(10_240, b"\0"))
    with pytest.raises(UsageError) as raised:
        inspect_executable(path)
    assert raised.value.code == "package-not-executable" and kind in raised.value.message


def test_options_that_sealift_embeds_are_not_the_users() -> None:
    modules, quiet = "--experimental-vm-modules", "--disable-sigusr1"
    young = "--min-semi-space-size=3"
    inspector = (quiet, "--no-inspect", "--no-inspect-brk", "--no-inspect-wait")
    assert split_embedded(()) == ((), ())
    assert split_embedded((modules,)) == ((), (modules,))
    assert split_embedded((modules, "--one", quiet)) == (("--one",), (modules, quiet))
    assert split_embedded(("--one", *inspector)) == (("--one",), inspector)
    assert split_embedded(("--min-semi-space-size=16",)) == ((), ("--min-semi-space-size=16",))
    assert split_embedded((young, "--one")) == (("--one",), (young,))
    assert split_embedded((young, modules, young)) == ((young,), (young, modules))
    assert split_embedded(("--one", modules)) == (("--one", modules), ())


def test_unpacked_files_are_those_that_were_packaged(executable: Path, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "directory"
    assert unpack_executable(executable, directory) == len(FILES)
    found = {
        str(path.relative_to(directory / "app")): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
    assert found == FILES


def test_nothing_is_unpacked_over_files(executable: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for path in (tmp_path / "there", executable, executable / "x"):
        with pytest.raises(OutputError):
            unpack_executable(executable, path)
    assert list((tmp_path / "there").iterdir()) == []


def test_a_damaged_file_leaves_no_directory(executable: Path, tmp_path: Path) -> None:
    data = bytearray(executable.read_bytes())
    data[data.index(FILES["node_modules/dep/esm/x.bin"])] ^= 1
    executable.write_bytes(data)
    with pytest.raises(FormatError, match="damaged"):
        unpack_executable(executable, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_files_larger_than_the_disk_are_not_unpacked(
    executable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, FILES.values()))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=size - 1))
    with pytest.raises(OutputError) as raised:
        unpack_executable(executable, tmp_path / "new")
    assert raised.value.code == "unpack-too-large"
    assert not (tmp_path / "new").exists()


def test_names_that_leave_the_directory(executable: Path, tmp_path: Path) -> None:
    """Another program could have written such a table, with the right checksums."""
    from sealift.inspection.contents import _safe

    assert _safe("a/b..c/.d") == "a/b..c/.d"
    for location in ("../x", "a/../../x", "/x", "a//b", "a/.", "C:/x", "a\\b", "a\0"):
        with pytest.raises(FormatError):
            _safe(location)


def test_files_that_are_no_executables_of_sealift(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"#!/bin/sh\n")
    with pytest.raises(FormatError):
        inspect_executable(other)
    with pytest.raises(FormatError) as caught:
        inspect_executable(small_node(tmp_path, Shape()).path)
    assert caught.value.code == "not-packaged"
    with pytest.raises(UsageError):
        inspect_executable(tmp_path / "missing")


def test_boxes_fill_the_area_in_proportion() -> None:
    parts = [Part(str(size), size) for size in (500, 300, 100, 50, 50, 1, 0)]
    found = list(boxes(parts, Box(10, 20, 600, 300)))
    assert [part.name for part, _ in found] == [part.name for part in parts]
    for part, box in found:
        assert box.width * box.height == pytest.approx(part.size / 1001 * 600 * 300, abs=1e-6)
        assert 10 <= box.x <= box.x + box.width <= 610.001
        assert 20 <= box.y <= box.y + box.height <= 320.001


def test_the_parts_are_the_whole(executable: Path) -> None:
    found = inspect_executable(executable)
    whole = parts_of("app", found)
    assert whole.size == found.size
    assert sum(part.size for part in whole.parts) == found.size
    for part in whole.parts:
        assert not part.parts or sum(inner.size for inner in part.parts) == part.size


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_loads_nothing_and_escapes_names(executable: Path) -> None:
    name = "<script>alert(1)</script>&"
    page = _Page(size_page(name, inspect_executable(executable)))
    assert page.loaded == []
    assert "script" not in page.tags
    assert f"What {name} consists of" in page.text
    assert page.tags.count("rect") >= 4
    assert page.tags.count("table") >= 2  # the same figures without the drawing


def test_a_page_replaces_a_page_or_nothing(executable: Path, tmp_path: Path) -> None:
    page = size_page("app\udcff", inspect_executable(executable))
    for name in ("new.html", "new.html", "empty"):
        (tmp_path / "empty").touch()
        write_page(tmp_path / name, page)
        assert (tmp_path / name).read_text().startswith("<!doctype html>")
    (tmp_path / "other.html").write_text("<!doctype html>\n<html lang=en>")
    for other in (executable, tmp_path / "other.html"):
        before = other.read_bytes()
        with pytest.raises(UsageError, match="would replace"):
            write_page(other, page)
        assert other.read_bytes() == before
    write_page(tmp_path / "missing" / "page.html", page)
    assert (tmp_path / "missing" / "page.html").read_text() == (tmp_path / "new.html").read_text()
    with pytest.raises(OutputError):
        write_page(tmp_path / "new.html" / "page.html", page)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("target", ["node24-linux-x64", "node24-win-x64", "node24-macos-arm64"])
def test_the_commands(target: str, sealift: Sealift, tmp_path: Path, node_binary: object) -> None:
    (tmp_path / "app.js").write_text("console.log(require('./data.json'))")
    (tmp_path / "data.json").write_text('{"a": 1}')
    built = sealift(tmp_path / "app.js", "-t", target, "-o", tmp_path / "out")
    assert built.code == 0, built.stderr
    (file,) = [path for path in tmp_path.iterdir() if path.stem == "out"]
    shown = sealift("inspect", file, "--files")
    assert shown.code == 0, shown.stderr
    assert target.removeprefix("node24-") in shown.stdout
    assert "data.json" in shown.stdout
    found = json.loads(sealift("inspect", file, "--json").stdout)
    assert found["node"].startswith("24.")
    forms = {one["location"].rpartition("/")[2]: one["form"] for one in found["files"]}
    assert forms == {"app.js": "bytecode", "data.json": "data"}
    page = tmp_path / "page.html"
    sized = sealift("size", file, "--html", page)
    assert (sized.code, "bytecode" in sized.stdout) == (0, True)
    assert page.read_text().startswith("<!doctype html>")
    assert sealift("inspect", file, "--unpack", tmp_path / "unpacked").code == 0
    assert [path.name for path in (tmp_path / "unpacked").rglob("*.json")] == ["data.json"]
    assert sealift("inspect", tmp_path / "app.js").code == 6
