"""A source has the same normalised cache, whatever its process compiled before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs import linux_x64
from sealift.bytecode.normalise import normalise
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.record import replace
from support.bytecode_compilation import compile_on
from support.code_caches import MAJORS


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("major", MAJORS)
def test_the_order_of_compiling_does_not_matter(
    major: str,
    lazy: bool,
    caches: Callable[..., Mapping[str, bytes]],
    sources: Mapping[str, Path],
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    # The names stay the same, as caches contain them; only the order of compiling changes.
    (first, one), (second, two), *_ = sources.items()
    node = node_binary(major, "linux", "x64")
    both = {first: one, second: two}
    later = compile_on(linux_x64, node, both, tmp_path / "late", reverse=True, lazy=lazy)
    ours = caches(major, lazy)
    for name in (first, second):
        assert later[name] != ours[name]
        normalised, known = normalise(ours[name], find_references(ours[name]))
        assert normalise(later[name], find_references(later[name]))[0] == normalised
        assert find_references(normalised) == known
        assert normalise(normalised, known) == (normalised, known)
        assert len(normalised) == len(ours[name])


def test_functions_without_numbers_are_refused(
    caches: Callable[[str], Mapping[str, bytes]],
) -> None:
    cache = caches("24")["features.js"]
    known = find_references(cache)
    again = known.functions[:1] + known.functions
    for wrong in (
        replace(known, functions=known.functions[:0]),
        replace(known, functions=again),
        replace(known, scripts=known.scripts[:0]),
    ):
        with pytest.raises(FormatError) as raised:
            normalise(cache, wrong)
        assert raised.value.code == "v8-cache"


@pytest.mark.parametrize("major", MAJORS[1:])  # before, there is no padding
def test_padding_does_not_matter(major: str, caches: Callable[[str], Mapping[str, bytes]]) -> None:
    for cache in caches(major).values():
        known = find_references(cache)
        # Everything is compiled at once, so that every function has its bytecode.
        assert len(known.paddings) == len(known.functions)
        dirty = bytearray(cache)
        for at in known.paddings:
            dirty[at : at + 4] = b"\xa5\x5a\x01\xff"
        assert bytes(dirty) != cache
        assert (
            normalise(bytes(dirty), find_references(bytes(dirty)))[0] == normalise(cache, known)[0]
        )
