"""V8 11's read-only heap, read from the read-only part of a snapshot, which consists of tokens.

V8 allocates the objects one after another as it reads them, map before object
(``ReadOnlyDeserializer``, ``Deserializer::ReadObject``): so the place of each object is known
without running V8. The first is where the area of a page of 256 KiB begins (behind a
``BasicMemoryChunk``: 12 words, each of the size of a pointer, on every system); all objects fit
into this one page.

The part is (``ReadOnlySerializer``; tokens: `sealift.formats.v8.tokens`): one slot for each
read-only root; a synchronize token; one slot for each object that other parts name by its index
here, the *read-only object cache*, ended by the root `undefined`; a synchronize token; 3 or more
"nothing" tokens, up to a multiple of 8.

A reference to an object that has not been read yet is a forward reference: its slot is registered,
and filled when the reading of the object begins ("resolve", with the number of the slot among those
registered since the last time that none was left).
"""

from __future__ import annotations

from sealift.formats import messages
from sealift.formats.v8.pointer_layout import Layout, Words
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

LAYOUT = Layout(page_bits=5, area_start=12)
"""The form of pointers here; the number of page bits is sealift's own choice."""

_broken = messages.V8_READ_ONLY_HEAP_BROKEN.error
_PAGE = 0
_AREA = (256 << 10) // WORD - LAYOUT.area_start
_MAP_WORDS = 9
_UNDEFINED = 4  # RootIndex::kUndefinedValue
_LEAST_PADDING, _LARGEST_PADDING = 3, 10
_SPACE = 0  # of new objects: the read-only one


Parts = tuple[dict[int, bytes], Words, tuple[int, ...], tuple[int, ...]]


def allocate(snapshot: Snapshot) -> Parts:
    """Allocate the objects in the same places as V8.

    Returns:
        The page's area, with zeros in the tagged slots; the object in every tagged slot, by page
        and index of the word; the read-only roots; the objects that other parts name by index.

    Raises:
        FormatError: ``v8-format-unknown``, or ``v8-read-only-heap``: it does not follow the layout
            above.
    """
    allocation = _Allocation(snapshot)
    try:
        allocation.read()
    except (IndexError, RecursionError):
        raise _broken(why="its tokens end too early, or refer to missing objects") from None
    return (
        {_PAGE: bytes(allocation.area)},
        {_PAGE: allocation.tagged},
        tuple(allocation.roots),
        tuple(allocation.cache),
    )


class _Allocation:
    def __init__(self, snapshot: Snapshot) -> None:
        self._data = snapshot.read_only
        self._table = token_table(snapshot.magic)
        self._at = 0
        self._objects: list[int] = []
        self._hot: list[int] = []
        self._next_hot = 0
        self._registered: list[int] = []  # slots of forward references
        self._unresolved = 0
        self.area = bytearray()
        self.tagged: dict[int, int] = {}
        self.roots: list[int] = []
        self.cache: list[int] = []

    def read(self) -> None:
        while self._data[self._at] != SYNCHRONIZE:
            self.roots.append(self._object(self._token()))
        self._at += 1
        while (name := self._object(self._token())) != self.roots[_UNDEFINED]:
            self.cache.append(name)
        if self._token() != SYNCHRONIZE or self._unresolved:
            raise _broken(why="its end is in the wrong place")
        padding = self._data[self._at :]
        if not _LEAST_PADDING <= len(padding) <= _LARGEST_PADDING or padding.strip(
            bytes([NOTHING])
        ):
            raise _broken(why="its end is not followed by padding")

    def _object(self, token: int) -> int:
        """Return the object that a token stands for; read it first if it is new."""
        table = self._table
        if token == _SPACE:
            words = self._number()
            return self._new_object(words, self._object(self._token()))
        if token == table.new_map_of_maps:
            return self._new_object(_MAP_WORDS, None)
        if token == table.back_reference:
            return self._heat(self._objects[self._number()])
        if token == table.root:
            return self._heat(self.roots[self._number()])
        if ROOT_0 <= token < RAW_1:
            return self.roots[token - ROOT_0]
        if HOT_0 <= token < HOT_0 + HOT_OBJECTS:
            return self._hot[token - HOT_0]
        raise _broken(why=f"token {token:#04x} is not allowed in it")

    def _new_object(self, words: int, map_name: int | None) -> int:
        """Allocate and read an object; ``map_name`` None means that it is its own map."""
        first = len(self.area) // WORD
        if words < 1 or first + words > _AREA:
            raise _broken(why="an object does not fit into its page")
        self.area += bytes(words * WORD)
        name = first + LAYOUT.area_start << LAYOUT.page_bits
        self._objects.append(name)
        self.tagged[first] = name if map_name is None else map_name
        at, end = first + 1, first + words
        while at < end:
            at += self._fill(at, end, name)
        return name

    def _fill(self, at: int, end: int, owner: int) -> int:
        """Read a token into the slots from ``at`` on; return how many of them it fills."""
        token, table = self._token(), self._table
        if RAW_1 <= token < REPEAT_2:
            return self._raw(at, end, token - RAW_1 + 1)
        if token == table.variable_raw:
            return self._raw(at, end, self._number())
        if token == table.register_pending:
            self._registered.append(at)
            self._unresolved += 1
            return 1
        if token == table.resolve_pending:
            self._resolve(owner)
            return 0
        times = 1
        if REPEAT_2 <= token < HOT_0:
            times, token = token - REPEAT_2 + 2, self._token()
        elif token == REPEAT:
            times, token = self._number() + SHORTEST_VARIABLE_REPEAT, self._token()
        if at + times > end:
            raise _broken(why="an object is filled beyond its size")
        name = self._object(token)
        self.tagged.update(dict.fromkeys(range(at, at + times), name))
        return times

    def _raw(self, at: int, end: int, words: int) -> int:
        raw = self._data[self._at : self._at + words * WORD]
        if at + words > end or len(raw) != words * WORD:
            raise _broken(why="an object is filled beyond its size")
        self.area[at * WORD : (at + words) * WORD] = raw
        self._at += len(raw)
        return words

    def _resolve(self, owner: int) -> None:
        """Fill a slot that was registered before ``owner`` was read."""
        slot = self._registered[self._number()]
        if slot in self.tagged:
            raise _broken(why="a forward reference leads to two objects")
        self.tagged[slot] = owner
        self._unresolved -= 1
        if not self._unresolved:
            self._registered.clear()

    def _heat(self, name: int) -> int:
        self._hot[self._next_hot : self._next_hot + 1] = [name]
        self._next_hot = (self._next_hot + 1) % HOT_OBJECTS
        return name

    def _token(self) -> int:
        token = self._data[self._at]
        self._at += 1
        return token

    def _number(self) -> int:
        value, self._at = read_uint30(self._data, self._at)
        return value
