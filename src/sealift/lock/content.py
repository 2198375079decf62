"""What ``sealift.lock`` may contain; what is wrong is said with its place and in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sealift.target import NodeVersion
from sealift.target_build import LockedTarget

_LONGEST = 100
"""How many characters a version of sealift and a target have at most: messages show them."""
_LONGEST_SHOWN = 60

_RELEASE = r"\d{1,4}\.\d{1,4}\.\d{1,4}", "a Node release, such as 24.19.0"
_PROVIDER = r"[a-z]+", "the name of a provider, such as npm"
_SHA256 = r"[0-9a-f]{64}", "a SHA-256 digest of 64 hexadecimal digits in lower case"
_SHA256_OR_EMPTY = r"([0-9a-f]{64})?", _SHA256[1]
_INTEGRITY = (
    r"sha(1|256|384|512)-[A-Za-z0-9+/]+=*",
    "an integrity as npm writes it, which begins with sha512-, sha384-, sha256- or sha1-",
)
_WRITER = rf"[\s\S]{{0,{_LONGEST}}}", f"a version of sealift of up to {_LONGEST} characters"


class ContentError(Exception):
    """A lock has what no lock has; the text says where, and what is expected there."""


class Content(Struct, frozen=True):
    """What a lock has.

    Attributes:
        sealift: the version that wrote it.
        targets: by their texts.
    """

    sealift: str
    targets: Mapping[str, LockedTarget]


def read_content(value: object, form: int) -> Content:
    """Return what a lock has.

    Args:
        value: the JSON value.
        form: the only number that ``format`` may be.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    lock = _object(value, "", ("format", "sealift", "targets"))
    if type(lock["format"]) is not int or lock["format"] != form:
        raise _wrong("format", str(form), lock["format"])
    writer = _text(lock["sealift"], "sealift", _WRITER)
    targets = {}
    for name, one in _entries(lock["targets"], "targets").items():
        if len(name) > _LONGEST:
            problem = f"targets has a name of more than {_LONGEST} characters: {_shown(name)}"
            raise ContentError(problem)
        targets[name] = _target(one, f"targets[{_shown(name)}]")
    return Content(writer, targets)


def _target(value: object, place: str) -> LockedTarget:
    required, optional = ("node", "provider", "sha256"), ("musl", "libraries", "addons")
    one = _object(value, place, required, optional)
    return LockedTarget(
        version=NodeVersion.parse(_text(one["node"], f"{place}.node", _RELEASE)),
        provider=_text(one["provider"], f"{place}.provider", _PROVIDER),
        sha256=_text(one["sha256"], f"{place}.sha256", _SHA256),
        musl=_text(one.get("musl", ""), f"{place}.musl", _SHA256_OR_EMPTY),
        libraries=_texts(one.get("libraries", {}), f"{place}.libraries", _SHA256),
        addons=_texts(one.get("addons", {}), f"{place}.addons", _INTEGRITY),
    )


def _object(
    value: object, place: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return an object that has all required keys, and no others than these and the optional."""
    entries = _entries(value, place)
    where = place or "it"
    for key in required:
        if key not in entries:
            raise ContentError(f"{where} has no {key}")
    for key in entries:
        if key not in (*required, *optional):
            known = ", ".join((*required, *optional))
            raise ContentError(f"{where} has {_shown(key)}, which is none of {known}")
    return entries


def _entries(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place or "it", "an object", value)
    return value


def _texts(value: object, place: str, expected: tuple[str, str]) -> dict[str, str]:
    return {
        key: _text(one, f"{place}[{_shown(key)}]", expected)
        for key, one in _entries(value, place).items()
    }


def _text(value: object, place: str, expected: tuple[str, str]) -> str:
    pattern, words = expected
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise _wrong(place, words, value)
    return value


def _wrong(place: str, words: str, value: object) -> ContentError:
    return ContentError(f"{place} must be {words}, not {_shown(value)}")


def _shown(value: object) -> str:
    """Return a value as JSON, shortened."""
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
