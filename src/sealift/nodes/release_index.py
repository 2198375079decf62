"""Which releases the providers had when they were last asked; an answer is used for a day.

One file for each question, ``index/<provider>-<question>.json``. A file that cannot be read counts
as missing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from sealift.cache import Store, places, read_record
from sealift.model import Release
from sealift.nodes.provider import Provider
from sealift.target import Arch, NodeVersion, Platform

FRESH_SECONDS = 24 * 3600
_OLDEST_MAJOR = 20  # older ones have no single executables, and there are hundreds of them


class _StoredRelease(msgspec.Struct, frozen=True, array_like=True):
    version: str
    platform: Platform
    arch: Arch
    locator: str
    origin: str


class _StoredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal[1] = 1
    asked: float
    releases: list[_StoredRelease]


class Answer(Struct, frozen=True):
    """A provider's answer to one question.

    Attributes:
        releases: that exist.
        asked: when, in seconds since 1970.
    """

    releases: tuple[Release, ...]
    asked: float

    @property
    def fresh(self) -> bool:
        """Whether the provider need not be asked again (a clock set back makes it old)."""
        return 0 <= time.time() - self.asked < FRESH_SECONDS


class Index:
    """The answers in one cache."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recall(self, provider: Provider, question: str) -> Answer | None:
        """Return the last answer, however old; None if there is none."""
        stored = read_record(self._file(provider, question), _StoredAnswer)
        if stored is None:
            return None
        try:
            releases = tuple(
                Release(
                    NodeVersion.parse(one.version),
                    one.platform,
                    one.arch,
                    provider.name,
                    one.locator,
                    one.origin,
                )
                for one in stored.releases
            )
        except ValueError:
            return None
        return Answer(releases, stored.asked)

    def remember(self, provider: Provider, question: str, releases: Sequence[Release]) -> Answer:
        """Keep an answer, if the cache can be written; very old releases are left out."""
        useful = tuple(one for one in releases if one.version.major >= _OLDEST_MAJOR)
        answer = Answer(useful, time.time())
        stored = [
            _StoredRelease(str(one.version), one.platform, one.arch, one.locator, one.origin)
            for one in useful
        ]
        record = _StoredAnswer(asked=answer.asked, releases=stored)
        self._store.remember(self._file(provider, question), record)
        return answer

    def _file(self, provider: Provider, question: str) -> Path:
        name = re.sub(r"[^\w.-]", "_", f"{provider.place}-{question}")
        return self._store.path(places.RELEASE_INDEX, f"{name}.json")
