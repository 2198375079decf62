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
        if major not in WITHOUT_FIELDS:
            fields = [(at, look) for at, _, look in places if look in (Look.FIELD, Look.STATIC)]
            starts = ((len(source[:at].decode()), look) for at, look in _fields(_parse(source)))
            assert sorted(fields) == sorted(starts), name
        assert {len(source[:at].decode()) for at in _async_arrows(_parse(source))} <= arrows, name
        ours = [place for place in places if place[2] <= Look.CALLING]
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


# V8 11 and 12 parse the whole class again.
WITHOUT_FIELDS = ("20", "22")

# The first field of the objects of each class (F), and its first static field or block (S).
FIELDS = r"""
class A { /*F*/'a b'; b = 1; /*S*/static c; m() {} static { this.d = 1; } static e = 2; }
(class{/*S*/static{}}); (class { m() {} static async *n() {} get o() { return 1; } });
class B extends class { /*S*/static /* = */ x } { /*F*/static = 1; /*S*/static static; static // =
  y = class { /*F*/[class { /*F*/z }]; #q }
}
class C { /*F*/static; r } class D { /*F*/static } class E { static() {} /*F*/get = 1; set }
class F { /*F*/static /* a */ = 1; /* b */ m() {} } class G { /*F*/static$ }
class H { /*F*/stati\u0063 = 1; /*S*/static['s'] = 1 } class I { /*S*/static#t }
class J { /*S*/static
u } class K { /*F*/static\U0001d4b3; v } class L { m() {} static #w() {} static async x() {} }
class M { /*F*/static
= 1; static n() {} }
"""


@pytest.mark.parametrize("major", MAJORS)
def test_first_fields_are_found(
    major: str, node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    text = FIELDS.replace(r"\U0001d4b3", "\U0001d4b3")
    file = tmp_path / "fields.js"
    file.write_text(text)
    node = node_binary(major, "linux", "x64")
    ((_, cache),) = compile_on(linux_x64, node, {"a": file}, tmp_path / "compiled").items()
    places = _unpack(pack_classes(cache, find_references(cache), COMMONJS, text.encode()))
    found = [(at, look) for at, _, look in places if look in (Look.FIELD, Look.STATIC)]
    looks = {"F": Look.FIELD, "S": Look.STATIC}
    marks = re.finditer(r"/\*([FS])\*/", text)
    expected = [(len(text[: at.end()].encode("utf-16-le")) // 2, looks[at[1]]) for at in marks]
    assert found == ([] if major in WITHOUT_FIELDS else expected)


def _fields(node: Node) -> Iterator[tuple[int, Look]]:
    """Yield where the first field of objects and the first static one or block are, in bytes."""
    pending = [node]
    while pending:
        item = pending.pop()
        pending.extend(item.children)
        starts: dict[Look, int] = {}
        for member in item.children if item.type == "class_body" else ():
            if member.type in ("class_static_block", "field_definition"):
                look = Look.STATIC if member.children[0].type == "static" else Look.FIELD
                starts.setdefault(look, member.start_byte)
        yield from ((at, look) for look, at in starts.items())


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
        yield at, at + length // 8, length % 8


def _parse(source: bytes) -> Node:
    return Parser(Language(tree_sitter_javascript.language())).parse(source).root_node


def _classes(node: Node) -> Iterator[tuple[int, int]]:
    if node.type in ("class", "class_declaration") and node.is_named:
        yield node.start_byte, node.end_byte
    for child in node.children:
        yield from _classes(child)
