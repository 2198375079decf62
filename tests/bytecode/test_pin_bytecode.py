"""V8 keeps the bytecode of functions that it cannot compile again; tests/runtime runs them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping

import pytest

from sealift.bytecode.pin_bytecode import pin_bytecode
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.record import replace
from support.code_caches import MAJORS

# V8's last kinds of functions, and the only ones that are never compiled lazily: they initialise
# the fields of a class and of its instances (src/objects/function-kind.h).
INITIALIZER = 24


def _flags(cache: bytes) -> Iterator[tuple[int, int]]:
    """Yield each function's kind and whether it may be compiled lazily."""
    for at in find_references(cache).functions:
        (flags,) = struct.unpack_from("<I", cache, at - 8)
        yield flags & 31, flags >> 12 & 1


@pytest.mark.parametrize("major", MAJORS)
def test_no_function_may_be_compiled_lazily(
    major: str, caches: Callable[[str], Mapping[str, bytes]]
) -> None:
    for name, cache in caches(major).items():
        # V8's own flags are where they are sought.
        assert all(lazy == (kind < INITIALIZER) for kind, lazy in _flags(cache)), name
        kept, known = pin_bytecode(cache, find_references(cache))
        assert find_references(kept) == known
        assert not any(lazy for _, lazy in _flags(kept))
        changed = [at for at, (old, new) in enumerate(zip(cache, kept, strict=True)) if old != new]
        assert all(cache[at] ^ kept[at] == 0x10 for at in changed)
        assert set(changed) <= {at - 7 for at in known.functions}
        assert pin_bytecode(kept, known) == (kept, known)


def test_functions_of_another_form_are_refused(
    caches: Callable[[str], Mapping[str, bytes]],
) -> None:
    cache = caches("24")["features.js"]
    known = find_references(cache)
    for at in (known.functions[:1] * 2, known.functions[:0], known.paddings):
        with pytest.raises(FormatError) as raised:
            pin_bytecode(cache, replace(known, functions=at))
        assert raised.value.code == "v8-cache"
