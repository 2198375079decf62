"""Check the ICU data of an executable with ``--locales``: what is left out, and what is the same.

The table of contents must lack exactly the items of other languages, whose bytes must be zero. All
other items must be those of the Node binary; lists of locales must lack the other languages only.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import BinaryIO

from msgspec import Struct

from sealift.verify.comparing import read_exactly, wrong

_HEADER = b"\xda\x27\x14\x00\x00\x00\x00\x00\x02\x00CmnD"
_CHUNK = 1 << 20
_LIST = "res_index.res"


def with_checked_icu_data(
    file: BinaryIO, base: BinaryIO, locales: Sequence[str], languages: Sequence[str]
) -> BinaryIO:
    """Return the Node binary ``base`` as it must be in ``file``: with the ICU data of ``file``.

    Args:
        file: the executable.
        base: its Node binary.
        locales: that were requested: these must remain.
        languages: that must remain, and no others.

    Raises:
        FormatError: ``verification-failed``.
    """
    requested = {"en", *(locale.replace("-", "_").split("_")[0].lower() for locale in locales)}
    if not requested <= set(languages):
        raise wrong("the ICU data of a requested locale is left out")
    place = _find(base)
    try:
        before = _read(base, place, None)
        after = _read(file, _find(file), before.size)
        _check_items(before, after, set(languages))
    except (ValueError, IndexError, struct.error) as error:
        raise wrong("the ICU data is broken") from error
    return io.BufferedReader(_Overlaid(base, before.start, after.data))


class _Package(Struct, frozen=True):
    """ICU data from its table of contents on.

    Attributes:
        start: of the table of contents, in the file.
        rows: of the table of contents: where the name and the item begin, counted from the table.
        items: where the items begin, by their names without that of the data.
    """

    start: int
    rows: tuple[tuple[int, int], ...]
    items: dict[str, int]
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)


def _find(file: BinaryIO) -> int:
    """Return where the header of the ICU data is; packaged files come after Node."""
    position, tail = 0, b""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        at = (tail + chunk).find(_HEADER)
        if at >= 0:
            return position - len(tail) + at - 2
        position += len(chunk)
        tail = chunk[-len(_HEADER) + 1 :]
    raise wrong("there is no ICU data")


def _read(file: BinaryIO, place: int, size: int | None) -> _Package:
    """Read ICU data; ``size`` is None if all items are there, so that the last one has the end."""
    start = place + int.from_bytes(read_exactly(file, place, 2), "little")
    (count,) = struct.unpack("<I", read_exactly(file, start, 4))
    rows: list[tuple[int, int]] = list(
        struct.iter_unpack("<2I", read_exactly(file, start + 4, 8 * min(count, 1 << 16)))
    )
    if not rows or any(one[1] >= other[1] for one, other in pairwise(rows)):
        raise wrong("the table of contents of the ICU data is not in order")
    if size is None:
        last = start + rows[-1][1]
        header = int.from_bytes(read_exactly(file, last, 2), "little")
        (words,) = struct.unpack("<I", read_exactly(file, last + header + 16, 4))
        size = rows[-1][1] + header + 4 * words
    data = read_exactly(file, start, size)
    names = [data[row[0] : data.index(b"\0", row[0])].decode("latin-1") for row in rows]
    if names != sorted(set(names)):
        raise wrong("the names of the ICU data are not in order")
    items = {name.split("/", 1)[-1]: row[1] for name, row in zip(names, rows, strict=True)}
    if len(items) != len(rows):
        raise wrong("the ICU data has two items of one name")
    return _Package(start, tuple(rows), items, data)


def _check_items(before: _Package, after: _Package, languages: set[str]) -> None:
    lists = {
        name[: -len(_LIST)]
        for name in before.items
        if name.split("/")[-1] == _LIST and not name.startswith("brkitr/")
    }
    ends = dict(pairwise((*before.items.values(), before.size)))
    known = {
        name.split("_")[0]
        for folder in lists
        for table in _lists_of(before, folder + _LIST, ends)[0]
        for name in table
    }
    must_go = set()
    for name in before.items:
        folder, _, file = name.rpartition("/")
        language = file.removesuffix(".res").split("_")[0]
        is_bundle = file.endswith(".res") and (f"{folder}/" if folder else "") in lists
        if is_bundle and language in known and language not in languages:
            must_go.add(name)
    remaining = zip(before.rows, before.items, strict=True)
    if list(after.rows) != [row for row, name in remaining if name not in must_go]:
        raise wrong("the ICU data has other items than those of the languages that remain")
    table_end, (names, first) = 4 + 8 * len(after.rows), before.rows[0]
    _must_be_zero(after.data[table_end:names], "after its table of contents")
    if after.data[names:first] != before.data[names:first]:
        raise wrong("the names of the ICU data differ")
    for name, start in before.items.items():
        end = ends[start]
        if name in must_go:
            _must_be_zero(after.data[start:end], f"in the place of {name}")
        elif name.endswith(_LIST) and name[: -len(_LIST)] in lists:
            _check_list(before, after, name, ends, languages)
        elif after.data[start:end] != before.data[start:end]:
            raise wrong(f"{name} of the ICU data differs")


def _check_list(
    before: _Package, after: _Package, name: str, ends: dict[int, int], languages: set[str]
) -> None:
    old, old_rest = _lists_of(before, name, ends)
    new, new_rest = _lists_of(after, name, ends, before)
    wanted = [[locale for locale in table if locale.split("_")[0] in languages] for table in old]
    if new != wanted or old_rest != new_rest:
        raise wrong(f"the locales that {name} lists are not those that remain")


def _lists_of(
    package: _Package, name: str, ends: dict[int, int], original: _Package | None = None
) -> tuple[list[list[str]], bytes]:
    """Return the locales in each list of a bundle, and its bytes with the lists blanked out.

    ``original`` has the lists with all their rows, whose bytes are blanked out. The bundle has its
    own keys, and the lists are tables of strings.
    """
    begin = package.items[name]
    data = package.data[begin : ends[begin]]
    whole = original.data[begin : ends[begin]] if original else data
    body = int.from_bytes(data[:2], "little")
    root, _, keys_end = struct.unpack_from("<3I", data, body)
    rows, at = _rows(data, body + (root & 0xFFFFFFF) * 4)
    rest, lists = bytearray(data), []
    resources = struct.unpack_from(f"<{len(rows)}I", data, at + -(at - body) % 4)
    for key, resource in zip(rows, resources, strict=True):
        text = data[body + key :].split(b"\0", 1)[0]
        if not text.endswith(b"Locales") or resource >> 28 != 5:
            continue
        table = body + 4 * keys_end + 2 * (resource & 0xFFFFFFF)
        names, end = _rows(data, table)
        if any(struct.unpack_from(f"<{len(names)}H", data, end)):
            raise wrong(f"{name} of the ICU data has values that are not empty")
        lists.append([data[body + at :].split(b"\0", 1)[0].decode("latin-1") for at in names])
        size = 2 + 4 * len(_rows(whole, table)[0])
        _must_be_zero(data[end + 2 * len(names) : table + size], f"after a list in {name}")
        rest[table : table + size] = bytes(size)
    return lists, bytes(rest)


def _rows(data: bytes, at: int) -> tuple[tuple[int, ...], int]:
    """Return the keys of a table, and the place after them."""
    (count,) = struct.unpack_from("<H", data, at)
    return struct.unpack_from(f"<{count}H", data, at + 2), at + 2 + 2 * count


def _must_be_zero(data: bytes, where: str) -> None:
    if any(data):
        raise wrong(f"the ICU data has something {where}")


class _Overlaid(io.RawIOBase):
    """A file of which some bytes are others."""

    def __init__(self, base: BinaryIO, start: int, data: bytes) -> None:
        self._base, self._start, self._data = base, start, data
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._base.seek(self._position)
        self._position = self._base.seek(offset, whence)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        self._base.seek(self._position)
        data = self._base.read(len(view))
        view[: len(data)] = data
        begin = max(self._position, self._start)
        end = min(self._position + len(data), self._start + len(self._data))
        if begin < end:
            here = self._data[begin - self._start : end - self._start]
            view[begin - self._position : end - self._position] = here
        self._position += len(data)
        return len(data)
