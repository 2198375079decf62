"""The classes that a code cache names are those that a parser of JavaScript finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from rigs import linux_x64
from sealift.bytecode.class_ranges import Look, pack_classes
from sealift.bytecode.compiler_process import COMMONJS
from sealift.formats.v8.code_cache import find_references
from support.bytecode_compilation import PROGRAMS, compile_on
from support.code_caches import MAJORS

HEAD = "(function (exports, require, module, __filename, __dirname) { "
LOOKS = {
    "class A {}": Look.SPACED,
    "class\n{}": Look.SPACED,
    "(class{})": Look.CLOSE,
    "class A extends f() {}": Look.CALLING,
    "class A extends/*(*/B{}": Look.SPACED,
    "class A extends ({}).constructor {}": Look.CALLING,
    "class A { m() {} }": Look.SPACED,
}


@pytest.mark.parametrize("major", MAJORS)
def test_every_class_is_found(
    major: str,
    npm_project: Callable[[str], Path],
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    library = npm_project("webpack") / "node_modules" / "webpack" / "lib"
    files = {path.name: path for path in sorted(library.rglob("*.js"))[::8]}
    files["features.js"] = PROGRAMS / "features.js"
    caches = compile_on(linux_x64, node_binary(major, "linux", "x64"), files, tmp_path / "compiled")
    found = 0
    for name, cache in caches.items():
        source = files[name].read_bytes()
        units = source.decode().encode("utf-16-le")
        expected = sorted(_classes(_parse(source)))
        places = list(_unpack(pack_classes(cache, find_references(cache), COMMONJS, source)))
        arrows = {at for at, _, look in places if look == Look.ASYNC_ARROW}
        assert {len(source[:at].decode()) for at in _async_arrows(_parse(source))} <= arrows, name
        ours = [place for place in places if place[0] not in arrows]
        texts = [units[at * 2 : end * 2].decode("utf-16-le").encode() for at, end, _ in ours]
        assert texts == [source[at:end] for at, end in expected], name
        found += len(ours)
    assert found > 50


@pytest.mark.parametrize("major", MAJORS)
def test_looks(major: str, node_binary: Callable[[str, str, str], Path], tmp_path: Path) -> None:
    files = {}
    for number, text in enumerate(LOOKS):
        files[text] = tmp_path / f"{number}.js"
        files[text].write_text(text)
    node = node_binary(major, "linux", "x64")
    for text, cache in compile_on(linux_x64, node, files, tmp_path / "compiled").items():
        packed = pack_classes(cache, find_references(cache), COMMONJS, text.encode())
        ((_, _, look),) = _unpack(packed)
        assert look == LOOKS[text], text


ARROWS = "a = async () => 1; b = async x => x; c = async(x)=>x; d = async /* = */ \u00fc /**/ => 1;"


def test_async_arrows_are_found(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    file = tmp_path / "arrows.js"
    file.write_text(ARROWS)
    node = node_binary(MAJORS[-1], "linux", "x64")
    ((_, cache),) = compile_on(linux_x64, node, {"a": file}, tmp_path / "compiled").items()
    packed = pack_classes(cache, find_references(cache), COMMONJS, ARROWS.encode())
    expected = [(match.start(), Look.ASYNC_ARROW) for match in re.finditer("async", ARROWS)]
    assert [(at, look) for at, _, look in _unpack(packed)] == expected


def _async_arrows(node: Node) -> Iterator[int]:
    """Yield where async arrow functions begin, in bytes."""
    pending = [node]
    while pending:
        item = pending.pop()
        pending.extend(item.children)
        if item.type == "arrow_function" and item.children[0].type == "async":
            yield item.start_byte


def _unpack(packed: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the start and end of each class in the source, and its look."""
    numbers = []
    number = shift = 0
    for byte in packed[1:]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    at = -len(HEAD)
    for distance, length in zip(numbers[::2], numbers[1::2], strict=True):
        at += distance
        yield at, at + length // 4, length % 4


def _parse(source: bytes) -> Node:
    return Parser(Language(tree_sitter_javascript.language())).parse(source).root_node


def _classes(node: Node) -> Iterator[tuple[int, int]]:
    if node.type in ("class", "class_declaration") and node.is_named:
        yield node.start_byte, node.end_byte
    for child in node.children:
        yield from _classes(child)
