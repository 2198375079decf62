r"""The versions of the libraries in a Node binary: ``process.versions``, read without running it.

Official binaries carry a startup snapshot, in which V8 has serialised the object
``process.versions``. Its names and its values are two runs of strings in the order of its
properties, which is alphabetical, except that ``node`` is first. Each string is stored as::

    offset  size
         0     4  hash of a name; 3 for a value, whose hash is not computed
         4     4  number of characters, little-endian
         8        the characters, in one byte each

A few bytes of the serialiser lie between the strings. The values of the properties that are inside
the object follow those outside: the run of values begins with a later property. A name that the
snapshot contained already is not in the run of names, and an empty or one-character value is not in
the run of values. So an assignment of values to names counts only if the numbers agree, each value
has the form that its name requires, and OpenSSL, zlib and V8 have the versions that other texts in
the binary say.

Source: ``src/node_metadata.cc`` of Node 20 to 26; ``src/snapshot/serializer.cc`` of V8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path

from sealift.formats.node_facts import NodeFacts, scan

_ACORN = b"\x05\0\0\0acorn"  # the first name after node
_V8 = b"-node."
_OPENSSL = b"OpenSSL "
_DEFLATE = b" deflate "  # zlib's copyright text
_NEEDLES = (_ACORN, _V8, _OPENSSL, _DEFLATE)
_REACH = 2048  # bytes; either run has fewer than 900
_VALUE = re.compile(rb"\x03\0\0\0(.)\0\0\0(\d[ -~]{1,59})", re.DOTALL)
_NAME = re.compile(rb"(.)\0\0\0([a-z][a-z0-9_]{1,30})", re.DOTALL)
_BETWEEN = 32  # bytes at most between the beginnings of two strings of a run, besides the string
_VERSION = re.compile(r"\d+(\.\d+)+[\w.+-]*|\d+|\d{4}[a-z]")
_AFTER = "versions"  # of ``process``, which may follow the run
_ALWAYS = frozenset(
    (
        *("acorn", "ada", "ares", "brotli", "cldr", "icu", "llhttp", "modules", "nghttp2"),
        *("openssl", "simdutf", "tz", "undici", "unicode", "uv", "uvwasi", "v8", "zlib"),
    )
)
"""Names that each release since Node 20 has."""
_MAY_BE_SHARED = ("base64", "nbytes", "ncrypto", "simdjson", "sqlite", "zstd")
"""Names of some releases that the snapshot may contain before."""
_MAY_BE_SHORT = (("napi",), ("nghttp3", "ngtcp2"))
"""Names whose values are empty, or one digit, in some releases; those of one group go together."""
_FORMS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(form)
    for name, form in {
        "cldr": r"\d+\.\d+",
        "icu": r"\d+\.\d+",
        "modules": r"\d{3}",
        "napi": r"\d+",
        "tz": r"\d{4}[a-z]",
        "unicode": r"\d+\.\d+",
        "v8": r"\d+\.\d+\.\d+\.\d+-node\.\d+",
    }.items()
}
_THREE_NUMBERS = re.compile(r"\d+\.\d+\.\d+.*")
_OPENSSL_TEXT = re.compile(rb"(\d+\.\d+\.\d+[a-z]?(?:\+quic)?) \d{1,2} [A-Z][a-z]{2} ")
_DEFLATE_TEXT = re.compile(rb"(\d+\.\d+[\w.-]*) Copyright")


def read_node_parts(path: Path, facts: NodeFacts) -> dict[str, str]:
    """Return ``process.versions`` of a Node binary, without ``node``, read from its bytes.

    A binary without a snapshot (some that were cross-compiled) names OpenSSL and zlib in texts of
    their own, and V8 is a fact; then the rest is missing. The file is read once.

    Args:
        path: of the binary.
        facts: of the same binary.

    Raises:
        OSError: the file cannot be read.
    """
    names: list[int] = []
    versions: list[int] = []
    found = {"v8": facts.v8_version} if facts.v8_version else {}
    with path.open("rb") as file:
        for needle, offset, _, after in scan(file, _NEEDLES):
            if needle == _ACORN:
                names.append(offset)
            elif needle == _V8:
                versions.append(offset)
            elif needle == _OPENSSL and (match := _OPENSSL_TEXT.match(after)):
                found.setdefault("openssl", match[1].decode())
            elif needle == _DEFLATE and (match := _DEFLATE_TEXT.match(after)):
                found.setdefault("zlib", match[1].decode())
        name_runs = []
        for offset in names:
            file.seek(offset)
            run = _name_run(file.read(_REACH))
            if len(run) > 1:
                name_runs.append(run)
        for offset in versions:
            begin = max(offset - _REACH, 0)
            file.seek(begin)
            values = _value_run(file.read(2 * _REACH), offset - begin, facts.version)
            for run in name_runs:
                if parts := assign(run, values, found):
                    return parts
    return found


def assign(names: Sequence[str], values: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each name, or {} unless exactly one assignment is possible.

    Args:
        names: of the properties, as far as the run has them, without ``node``.
        values: of the properties after ``node``, in their order.
        known: how some values begin.
    """
    possible: list[dict[str, str]] = []
    wanted = _ALWAYS | set(names)
    short = [group for group in _MAY_BE_SHORT if wanted.issuperset(group)]
    for extra in _subsets([(name,) for name in _MAY_BE_SHARED if name not in wanted]):
        for absent in _subsets(short):
            keys = sorted((wanted | extra) - absent)
            if len(keys) == len(values):
                pairs = dict(zip(keys, values, strict=True))
                if all(_fits(*pair) for pair in pairs.items()) and all(
                    pairs[name].startswith(value) for name, value in known.items()
                ):
                    possible.append(pairs)
    return possible[0] if len(possible) == 1 else {}


def _subsets(groups: Sequence[tuple[str, ...]]) -> Iterator[set[str]]:
    for size in range(len(groups) + 1):
        for chosen in combinations(groups, size):
            yield {name for group in chosen for name in group}


def _fits(name: str, value: str) -> bool:
    return _FORMS.get(name, _THREE_NUMBERS).fullmatch(value) is not None


def _name_run(data: bytes) -> list[str]:
    """Return the names from ``acorn`` on, as long as they follow each other in order."""
    found = ["acorn"]
    end = len(_ACORN)
    for match in _NAME.finditer(data, end):
        name = match[2][: match[1][0]].decode()
        if len(name) < match[1][0] or match.start() - end > _BETWEEN or name <= found[-1]:
            break
        if name == _AFTER:
            break
        found.append(name)
        end = match.start() + 4 + len(name)
    return found


def _value_run(data: bytes, v8: int, node: str) -> list[str]:
    """Return the values after that of ``node``, in the order of the properties.

    Args:
        data: bytes around the run.
        v8: offset of a place inside the value of ``v8``.
        node: the release.
    """
    strings = [
        (match.start(), match[2][: match[1][0]].decode())
        for match in _VALUE.finditer(data)
        if len(match[2]) >= match[1][0] and _VERSION.fullmatch(match[2][: match[1][0]].decode())
    ]
    runs: list[list[tuple[int, str]]] = [[]]
    for before, here in pairwise([(-_REACH, ""), *strings]):
        if here[0] - before[0] - len(before[1]) > _BETWEEN:
            runs.append([])
        runs[-1].append(here)
    for run in runs:
        values = [value for _, value in run]
        around = any(at < v8 < at + 8 + len(value) for at, value in run)
        if around and values.count(node) == 1:
            first = values.index(node)
            return [*values[first + 1 :], *values[:first]]
    return []
