"""V8's code caches begin at multiples of 8 bytes in executables, so that V8 need not copy them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift import assemble
from sealift.assemble.code_cache_places import place_code_caches
from sealift.errors import FormatError
from sealift.formats.sea_blob import BlobLayout
from sealift.model import Asset, SilentObserver
from sealift.verify import Expectation, verify
from support.elf_builder import TEXTS, Shape
from support.executables import small_node

FREEBSD = TEXTS + b"\0NODE_SEA_BLOB\0"
SHAPES = {
    "x64": Shape(),
    "x86": Shape(bits=32, machine=3),
    "s390x": Shape(order=">", machine=22, base=0x1000000),
    "freebsd": Shape(osabi=9, relro=True, texts=FREEBSD),
}
CACHES = {
    "sealift/bytecode": b"of scripts",
    "sealift/runtime/caches": b"of some modules",
    "sealift/runtime/at-start.js.cache": b"of other modules",
}


@pytest.mark.parametrize("length", range(9))
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_code_caches_are_at_multiples_of_8(shape: Shape, length: int, tmp_path: Path) -> None:
    node = small_node(tmp_path, shape)
    other = Asset("other", b"content")
    given = [other, *(Asset(key, data + b"x" * length) for key, data in CACHES.items())]
    main, assets = place_code_caches(b"main" + b" " * length, given, BlobLayout.of(node.facts))
    with assemble.temporary(tmp_path / "app") as file:
        assemble.write(file, node, assets, main, [], SilentObserver())
        verify(file.path, Expectation(node, assets, main, []))
        content = file.path.read_bytes()
    assert main.rstrip(b"\n") == b"main" + b" " * length
    assert {asset.key: (asset.data or b"").rstrip(b"\0") for asset in assets} == {
        asset.key: asset.data for asset in given
    }
    for asset in assets:
        assert content.count(asset.data or b"") == 1
        assert asset is other or content.index(asset.data or b"") % 8 == 0


def test_a_code_cache_in_another_place_is_found(tmp_path: Path) -> None:
    node = small_node(tmp_path, Shape())
    main, assets = place_code_caches(
        b"main", [Asset(key, data) for key, data in CACHES.items()], BlobLayout.of(node.facts)
    )
    for wrong in ((main + b"\n", assets), (main, assets[::-1])):
        with assemble.temporary(tmp_path / "app") as file:
            assemble.write(file, node, wrong[1], wrong[0], [], SilentObserver())
            with pytest.raises(FormatError) as caught:
                verify(file.path, Expectation(node, wrong[1], wrong[0], []))
        assert caught.value.code == "verification-failed"
        assert "at a multiple of 8 bytes" in str(caught.value)


def test_nothing_changes_without_code_caches() -> None:
    assets = (Asset("one", b"1"), Asset("two", b"22"))
    assert place_code_caches(b"main", assets, BlobLayout(True, True)) == (b"main", assets)
