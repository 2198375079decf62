"""Whether the licence in a package.json discloses the source to everyone.

docs/decisions/whose-source-may-ship.md has the reasons. Sources of the notation: SPDX 2.3, annex D
(licence expressions); npm's documentation of ``license`` and the older ``licenses``.
"""

from __future__ import annotations

import re
from typing import Any

_PERMISSIVE = """
    0bsd afl-2.1 afl-3.0 apache-1.1 apache-2.0 artistic-1.0 artistic-2.0 blueoak-1.0.0 bsd
    bsd-2-clause bsd-2-clause-patent bsd-3-clause bsd-3-clause-clear bsl-1.0 bzip2-1.0.6 cc-by-3.0
    cc-by-4.0 cc0-1.0 curl fair ftl hpnd ijg isc libpng mit mit-0 mitnfa mit-cmu ms-pl mulanpsl-2.0
    nasa-1.3 ncsa ofl-1.1 openssl php-3.01 postgresql psf-2.0 python-2.0 ruby tcl unicode-3.0
    unicode-dfs-2016 unlicense upl-1.0 vim w3c wtfpl x11 xnet zlib zpl-2.1
"""
# These require that recipients of the program can get its source, so it may always ship.
_COPYLEFT = """
    agpl-3.0 cc-by-sa-3.0 cc-by-sa-4.0 cddl-1.0 cddl-1.1 cpl-1.0 ecl-2.0 epl-1.0 epl-2.0 eupl-1.1
    eupl-1.2 gpl-2.0 gpl-3.0 lgpl-2.0 lgpl-2.1 lgpl-3.0 mpl-1.1 mpl-2.0 ms-rl osl-3.0
"""
# Names that were used before SPDX.
_FREE_TEXT = """
    apache, apache 2, apache 2.0, apache license 2.0, apache license version 2.0, apache2,
    apache v2, asl 2.0, apache-2, bsd 2-clause, bsd 3-clause, bsd-2, bsd-3, cc0, gpl, gplv2, gplv3,
    gpl-2, gpl-3, agplv3, lgpl, lgplv2.1, lgplv3, mit license, mit x11, mpl, mpl 2.0, mplv2.0,
    new bsd, public domain, simplified bsd, the unlicense, wtf, wtfpl 2.0, wtfpl-2.0
"""
_OPEN = frozenset(_PERMISSIVE.split()) | frozenset(_COPYLEFT.split())
_OPEN_TEXTS = frozenset(" ".join(text.split()) for text in _FREE_TEXT.split(","))
_SUFFIXES = ("-only", "-or-later", "+")
_WORD = re.compile(r"[()]|[^\s()]+")
_LONGEST = 500  # characters
_DEEPEST = 20  # parentheses: expressions are parsed by recursion
_SEPARATORS = re.compile(r"[/,;|]")


def is_public(manifest: dict[str, Any]) -> bool:
    """Return True if a package.json declares a licence that discloses the source to everyone.

    With ``"private": true`` it does not, whatever the licence.
    """
    if manifest.get("private") is True:
        return False
    declared = manifest.get("licenses") or manifest.get("license")
    # In the old notation, several licences are alternatives.
    items = declared if isinstance(declared, list) else [declared]
    return any(is_open_licence(_text(item)) for item in items)


def _text(item: object) -> str:
    if isinstance(item, dict):
        item = item.get("type") or item.get("name")
    return item if isinstance(item, str) else ""


def is_open_licence(text: str) -> bool:
    """Return True if a licence discloses the source to everyone; False for an unknown licence.

    Of ``A OR B`` one must, of ``A AND B`` both. An exception (``WITH``) only adds rights.
    """
    text = " ".join(text.lower().replace("licence", "license").split())
    if _is_open_name(text):
        return True
    if len(text) > _LONGEST or text.count("(") > _DEEPEST:
        return False
    parts = _SEPARATORS.split(text)
    if len(parts) > 1:
        return any(_is_open_name(part.strip(" ()")) for part in parts)
    return _Expression(text).evaluate()


def _is_open_name(name: str) -> bool:
    if name in _OPEN_TEXTS or name.replace(",", "") in _OPEN_TEXTS:
        return True
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name in _OPEN


class _Expression:
    """An SPDX expression: ``AND`` binds more tightly than ``OR``, ``WITH`` most tightly."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = _WORD.findall(text)
        self._at = 0

    def evaluate(self) -> bool:
        """Return its value; False if it is not a valid expression."""
        try:
            return self._any() and self._at == len(self._words)
        except IndexError:
            return False

    def _any(self) -> bool:
        value = self._all()
        while self._next_is("or"):
            value = self._all() or value
        return value

    def _all(self) -> bool:
        value = self._one()
        while self._next_is("and"):
            value = self._one() and value
        return value

    def _one(self) -> bool:
        word = self._take()
        if word == "(":
            value = self._any()
            if self._take() != ")":
                raise IndexError
            return value
        if self._next_is("with"):
            self._take()
        return _is_open_name(word)

    def _take(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _next_is(self, word: str) -> bool:
        if self._words[self._at : self._at + 1] != [word]:
            return False
        self._at += 1
        return True
