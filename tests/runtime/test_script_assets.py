"""The stored form of the runtime's own modules contains each of them once."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator

from sealift.runtime import modules, script_assets, scripts, store_caches


def parts(asset: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the parts of an asset, as docs/payload-format.md describes it."""
    start = 4 + int.from_bytes(asset[:4], "little")
    for name, (offset, length, checksum) in json.loads(asset[4:start]).items():
        part = asset[start + offset : start + offset + length]
        assert zlib.crc32(part) == checksum
        yield name, part


def test_each_module_is_stored_once() -> None:
    stored = dict(script_assets())
    joined = re.findall(rb'^"(\S+)": function', stored.pop("at-start.js"), re.MULTILINE)
    names = [*(name.decode() for name in joined), *dict(parts(stored.pop("modules"))), *stored]
    assert sorted(names) == [name for name, _ in modules()]


def test_the_modules_of_each_start_are_joined_unchanged() -> None:
    texts = dict(modules())
    bundle = dict(scripts())["at-start.js"]
    for name in ("start.js", "table.js", "modules/hooks.js"):
        assert b'"%b": function (exports, require, module) { %b\n},\n' % (
            name.encode(),
            texts[name],
        ) in (bundle)


def test_caches_are_stored_beside_their_scripts() -> None:
    caches = {name: f"cache of {name}".encode() for name, _ in scripts()}
    stored = dict(store_caches(caches))
    assert stored.keys() == {"at-start.js.cache", "caches"}
    assert stored["at-start.js.cache"] == b"cache of at-start.js"
    others = dict(parts(stored["caches"]))
    assert others.keys() == caches.keys() - {"at-start.js"}
    assert all(cache == caches[name] for name, cache in others.items())
    assert all(stored["caches"].index(cache) % 8 == 0 for cache in others.values())
    assert store_caches({}) == ()
