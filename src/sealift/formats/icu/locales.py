"""Leave out the ICU data of languages: which items go, and which bytes of the package change.

A language goes or stays with all its regions and scripts. ``root`` and ``en`` always stay, as in
Node's builds with small ICU; so do the languages that a remaining one refers to (its ``%%Parent``
and ``%%ALIAS``), and the old names of remaining ones. Data that belongs to no language stays:
converters, time zones, transliterations; so do rules and dictionaries of breaks, which depend on
the text: words of Chinese are found with ``brkitr/ja.res`` in every locale.

Each directory of the package has a list of its locales, ``res_index.res``, from which ICU answers
which locales it has. The changes:

- the table of contents has the remaining items only;
- the tables in the lists have the remaining locales only;
- zeros replace the items that go. Nothing else moves, so the file keeps its layout.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.icu.bundle import Bundle, BundleError, StringTable
from sealift.formats.icu.package import (
    LIST,
    TABLE_ENTRY,
    Item,
    Package,
    read_package,
    read_shortened_list,
)
from sealift.formats.pieces import Change, Literal, Zeros

ALWAYS = ("en",)
_BREAKS = "brkitr/"
_LISTS = ("AliasLocales", "InstalledLocales")
_REFERENCES = ("%%ALIAS", "%%Parent")


class Reduction(Struct, frozen=True):
    """What leaves the other languages out.

    Attributes:
        languages: that remain, sorted, without ``root``.
        changes: of the Node binary's bytes, in their order.
    """

    languages: tuple[str, ...]
    changes: tuple[Change, ...]


def keep_locales(file: BinaryIO, name: str, locales: Sequence[str]) -> Reduction:
    """Return how to leave out all languages but those of ``locales`` in a Node binary.

    Args:
        file: the Node binary.
        name: its name, for errors.
        locales: such as ``de`` or ``de-AT``; each stands for its language.

    Raises:
        UsageError: ``locale-unknown``.
        FormatError: ``icu-absent`` or ``icu-layout``.
    """
    package = read_package(file, name)
    try:
        return _reduction(package, name, locales)
    except (BundleError, ValueError) as error:
        why = str(error) if isinstance(error, BundleError) else "a name in it is broken"
        raise messages.ICU_LAYOUT.error(name=name, why=why) from error


def remaining_languages(file: BinaryIO, name: str) -> tuple[str, ...]:
    """Return the languages whose ICU data an executable has; empty if none was left out."""
    try:
        data = read_shortened_list(file, name)
        tables = list(_lists(data)) if data else []
    except (FormatError, BundleError, ValueError):
        return ()  # `sealift verify` reports damage
    return tuple(sorted({language_of(locale) for table in tables for locale in table.names}))


def language_of(locale: str) -> str:
    """Return the language of ``de``, ``de-AT`` or ``de_AT``."""
    return locale.replace("-", "_").partition("_")[0].lower()


def _reduction(package: Package, name: str, locales: Sequence[str]) -> Reduction:
    indexes = {
        item.name.removesuffix(LIST): (item, list(_lists(package.content(item))))
        for item in package.items
        if item.name.rpartition("/")[2] == LIST and not item.name.startswith(_BREAKS)
    }
    if "" not in indexes:
        raise messages.ICU_LAYOUT.error(name=name, why="it has no list of locales")
    known = {
        language_of(locale)
        for _, tables in indexes.values()
        for table in tables
        for locale in table.names
    }
    for locale in locales:
        if language_of(locale) not in known:
            raise messages.LOCALE_UNKNOWN.error(name=name, locale=locale)
    of_languages = dict(_of_languages(package.items, indexes.keys(), known))
    wanted = {language_of(locale) for locale in (*ALWAYS, *locales)}
    kept = _with_references(wanted, *_references(package, of_languages))
    gone = {item for item, language in of_languages.items() if language not in kept}
    changes = [Change(package.offset, _table_of_contents(package, gone))]
    for item, tables in indexes.values():
        for table in tables:
            place = package.offset + item.start + table.offset
            changes.append(Change(place, _shortened(table, kept)))
    changes += [Change(package.offset + start, Zeros(end - start)) for start, end in _joined(gone)]
    changes.sort(key=lambda change: change.offset)
    return Reduction(tuple(sorted(kept)), tuple(changes))


def _lists(data: bytes) -> Iterator[StringTable]:
    bundle = Bundle(data)
    for key in _LISTS:
        if key in bundle.root and (table := bundle.string_table(bundle.root[key])):
            yield table


def _of_languages(
    items: Iterable[Item], directories: Iterable[str], known: set[str]
) -> Iterator[tuple[Item, str]]:
    """Yield the items that belong to a language, with it."""
    places = set(directories)
    for item in items:
        directory, slash, file = item.name.rpartition("/")
        language = language_of(file.removesuffix(".res"))
        if file.endswith(".res") and directory + slash in places and language in known:
            yield item, language


def _references(
    package: Package, of_languages: Mapping[Item, str]
) -> tuple[dict[str, set[str]], dict[str, str]]:
    """Return the languages that each language refers to, and what each old name stands for."""
    pools = {
        item.name.removesuffix("pool.res"): Bundle(package.content(item))
        for item in package.items
        if item.name.rpartition("/")[2] == "pool.res"
    }
    references: dict[str, set[str]] = {}
    stands_for: dict[str, str] = {}
    for item, language in of_languages.items():
        directory, slash, _ = item.name.rpartition("/")
        bundle = Bundle(package.content(item), pools.get(directory + slash))
        for key in _REFERENCES:
            if key not in bundle.root:
                continue
            # ICU reads both as strings: anything else would be a format that is unknown here.
            text = bundle.string(bundle.root[key])
            if not text:
                raise BundleError(f"{item.name} refers to another bundle in an unknown way")
            references.setdefault(language, set()).add(language_of(text))
            if key == "%%ALIAS" and item.name == f"{language}.res":
                stands_for[language] = language_of(text)
    return references, stands_for


def _with_references(
    languages: set[str], references: Mapping[str, set[str]], stands_for: Mapping[str, str]
) -> set[str]:
    kept: set[str] = set()
    found = set(languages)
    while found:
        kept |= found
        found = {one for language in found for one in references.get(language, ())}
        found = found - kept - {"root"}
    return kept | {old for old, language in stands_for.items() if language in kept}


def _table_of_contents(package: Package, gone: set[Item]) -> Literal:
    kept = [item for item in package.items if item not in gone]
    data = struct.pack("<I", len(kept)) + b"".join(
        TABLE_ENTRY.pack(item.name_offset, item.start) for item in kept
    )
    return Literal(data.ljust(package.table_size, b"\0"))


def _shortened(table: StringTable, kept: set[str]) -> Literal:
    """Return a list of locales without those of other languages, in as many bytes."""
    rows = [
        (key, value)
        for name, key, value in zip(table.names, table.keys, table.values, strict=True)
        if language_of(name) in kept
    ]
    numbers = (len(rows), *(key for key, _ in rows), *(value for _, value in rows))
    size = 2 + 4 * len(table.names)
    return Literal(struct.pack(f"<{len(numbers)}H", *numbers).ljust(size, b"\0"))


def _joined(items: Iterable[Item]) -> Iterator[tuple[int, int]]:
    """Yield the ranges that items take; neighbours are one range."""
    start = end = 0
    for item in sorted(items, key=lambda item: item.start):
        if item.start != end:
            if end:
                yield start, end
            start = item.start
        end = item.end
    if end:
        yield start, end
