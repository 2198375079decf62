"""The beginning of V8's start-up snapshot: a description of each mutable root.

The start-up part of a snapshot begins with some Uint30s (how many depends on the version), the
small integer roots (1 word of raw data each), a synchronize token, one slot for each mutable root,
in V8's order, and another synchronize token (``StartupSerializer::SerializeStrongReferences`` in
src/snapshot/startup-serializer.cc, ``Heap::IterateRoots``). A code cache names these roots by
index, which continues after the read-only roots. Tokens: see `sealift.formats.v8.tokens`.
"""

from __future__ import annotations

from sealift.formats import messages
from sealift.formats.v8.read_only_heap import ReadOnlyHeap
from sealift.formats.v8.snapshot import Snapshot
from sealift.formats.v8.tokens import (
    HOT_0,
    HOT_OBJECTS,
    NOTHING,
    RAW_1,
    REPEAT,
    REPEAT_2,
    ROOT_0,
    SHORTEST_VARIABLE_REPEAT,
    SYNCHRONIZE,
    WORD,
    token_table,
)
from sealift.formats.v8.uint30 import read_uint30

_broken = messages.V8_STARTUP_SNAPSHOT_BROKEN.error
_MOST_ROOTS = 1000
_FEWEST_SMALL_INTEGERS = 4
_SMALL = 8  # words of an object


def describe_mutable_roots(snapshot: Snapshot, heap: ReadOnlyHeap) -> tuple[str, ...]:
    """Return descriptions of the mutable roots, some 100, to compare binaries of one V8 version.

    Equal descriptions mean: a new object of the same space, size and map, which, if it is small,
    points at the same roots; or the same read-only object. A root that cannot be told from others
    has the description "".

    Raises:
        FormatError: ``v8-format-unknown``, or ``v8-startup-snapshot``: it does not follow the
            layout above.
    """
    try:
        return _Reader(snapshot, heap).roots()
    except (IndexError, RecursionError):
        raise _broken(why="it ends too early, or its objects are nested too deeply") from None


class _Reader:
    """Read the slots of the top level; skip those below."""

    def __init__(self, snapshot: Snapshot, heap: ReadOnlyHeap) -> None:
        self._data = snapshot.startup
        self._table = token_table(snapshot.magic)
        self._heap = heap
        self._at = 0
        self._objects: list[str] = []
        self._hot = [""] * HOT_OBJECTS
        self._next_hot = 0

    def roots(self) -> tuple[str, ...]:
        for _ in range(self._table.startup_numbers):
            self._number()
        small_integers = 0
        while self._data[self._at] == RAW_1:
            self._at += 1 + WORD
            small_integers += 1
        if small_integers < _FEWEST_SMALL_INTEGERS or self._data[self._at] != SYNCHRONIZE:
            raise _broken(why="it does not begin with small integers")
        self._at += 1
        found: list[str] = []
        while self._data[self._at] != SYNCHRONIZE:
            filled, description = self._slots()
            found += [description] * min(filled, _MOST_ROOTS)
            if len(found) > _MOST_ROOTS:
                raise _broken(why="it has more roots than V8")
        return tuple(found)

    def _slots(self) -> tuple[int, str]:
        """Read one token with its operands; return how many slots it fills, and with what."""
        token, table = self._data[self._at], self._table
        self._at += 1
        if token <= table.new_object_last:
            return 1, self._new_object(token)
        if token == table.back_reference:
            return 1, self._heat(self._objects[self._number()])
        if token == table.read_only_reference:
            name = self._heap.name(self._number(), self._number())
            return 1, self._read_only(name)
        if token == table.root:
            return 1, self._heat(f"root {self._number()}")
        if ROOT_0 <= token < RAW_1:
            return 1, f"root {token - ROOT_0}"
        if RAW_1 <= token < REPEAT_2:
            return self._raw(token - RAW_1 + 1)
        if token == table.variable_raw:
            return self._raw(self._number())
        if REPEAT_2 <= token < HOT_0:
            return self._repeat(token - REPEAT_2 + 2)
        if token == REPEAT:
            return self._repeat(self._number() + SHORTEST_VARIABLE_REPEAT)
        if HOT_0 <= token < HOT_0 + HOT_OBJECTS:
            return 1, self._hot[token - HOT_0]
        if token == table.read_only_cache:
            return 1, self._read_only(self._heap.cache[self._number()])
        if token in (table.startup_cache, table.shared_heap_cache, table.dispatch_entry):
            self._number()
            return 1, ""
        if token in (table.api_reference, table.external_reference):
            self._number()
            return 1, ""
        if token in (table.cleared_weak_reference, table.register_pending):
            return 1, ""
        if token in (table.resolve_pending, table.allocate_dispatch_entry):
            self._number()
            return 0, ""
        if token in (NOTHING, table.weak_prefix, table.protected_prefix):
            return 0, ""
        raise _broken(why=f"token {token:#04x} is unknown")

    def _new_object(self, space: int) -> str:
        size = self._number()
        filled = 0
        while not filled:
            filled, description = self._slots()
        # A map that is a new object too has the number before.
        number = len(self._objects)
        known = description.startswith("root ")
        self._objects.append(f"new {space} {size} {description}" if known else "")
        while filled < size:
            more, slot = self._slots()
            if known and size <= _SMALL and slot.startswith("root "):
                self._objects[number] += f", {filled}: {slot}"
            filled += more
        if filled > size:
            raise _broken(why="an object is filled beyond its size")
        return self._objects[number]

    def _read_only(self, name: int) -> str:
        if name in self._heap.root_numbers:
            return f"root {self._heap.root_numbers[name]}"
        if name not in self._heap.slots or self._heap.slots[name] not in self._heap.maps:
            raise _broken(why="it names an object that the read-only heap does not have")
        return f"object {self._heap.describe(name)}"

    def _raw(self, words: int) -> tuple[int, str]:
        self._at += words * WORD
        return words, ""

    def _repeat(self, times: int) -> tuple[int, str]:
        if self._table.repeats_roots:
            root = self._data[self._at]
            self._at += 1
            return times, f"root {root}"
        filled, description = self._slots()
        if filled != 1:
            raise _broken(why="a repeated token does not fill exactly one slot")
        return times, description

    def _heat(self, description: str) -> str:
        self._hot[self._next_hot] = description
        self._next_hot = (self._next_hot + 1) % HOT_OBJECTS
        return description

    def _number(self) -> int:
        value, self._at = read_uint30(self._data, self._at)
        return value
