"""Which releases the sources had when they were last asked, kept for a day.

One file for each question, ``index/<place>-<question>.json``: ``{"format": 1, "asked": seconds
since 1970, "releases": [[version, platform, arch, locator, origin], ...]}``. A file that cannot
be read counts as missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sealift.nodes.node_cache import make_private
from sealift.nodes.provider import Release, Source
from sealift.target import Arch, NodeVersion, Platform

FRESH_SECONDS = 24 * 3600
_FORMAT = 1
_OLDEST_MAJOR = 20  # older ones have no single executables, and there are hundreds of them


@dataclass(frozen=True, slots=True)
class Answer:
    """The releases that one question to a source was answered with.

    Attributes:
        asked: when, in seconds since 1970.
    """

    releases: tuple[Release, ...]
    asked: float

    @property
    def fresh(self) -> bool:
        """Whether the source need not be asked again (a clock set back makes it old)."""
        return 0 <= time.time() - self.asked < FRESH_SECONDS


class Index:
    """The answers in one cache."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, source: Source, question: str) -> Answer | None:
        """Give the last answer, however old."""
        try:
            stored = json.loads(self._file(source, question).read_bytes())
            if stored["format"] != _FORMAT:
                return None
            return Answer(
                tuple(
                    Release(
                        NodeVersion.parse(version),
                        Platform(platform),
                        Arch(arch),
                        source.name,
                        locator,
                        origin,
                    )
                    for version, platform, arch, locator, origin in stored["releases"]
                ),
                float(stored["asked"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def remember(self, source: Source, question: str, releases: Sequence[Release]) -> Answer:
        """Keep an answer, if the cache can be written; ancient releases are left out."""
        useful = tuple(one for one in releases if one.version.major >= _OLDEST_MAJOR)
        answer = Answer(useful, time.time())
        stored = {
            "format": _FORMAT,
            "asked": answer.asked,
            "releases": [
                [str(one.version), one.platform, one.arch, one.locator, one.origin]
                for one in useful
            ],
        }
        file = self._file(source, question)
        temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            make_private(file.parent)
            temporary.write_text(json.dumps(stored), encoding="utf-8")
            temporary.replace(file)
        return answer

    def _file(self, source: Source, question: str) -> Path:
        name = re.sub(r"[^\w.-]", "_", f"{source.place}-{question}")
        return self._folder / f"{name}.json"
