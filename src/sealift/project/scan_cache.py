"""What the scanner found in a project's scripts, kept from build to build.

A result depends on the content of a script, on the question, and on the scanner; a file's path and
times do not count. So a build scans only the scripts that have changed since the last one.

Layout of the cache: ``scans/<digest of the entry point's path>.scan``, a sealed file with the
results of the last build of that entry point, as MessagePack: the scanner's digest, and a map from
the SHA-256 of a script, followed by the question, to the result as MessagePack. A file that is
damaged, of another scanner or unreadable counts as missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import msgspec

from sealift.cache import Store, evict, places, read_sealed, touch, write_sealed
from sealift.version import VERSION

Result = TypeVar("Result")

_KIND, _FORMAT = b"SLSC", 1
_OWN = ("references.py", "scanning.py")
"""Modules besides the package `scan` that a result depends on."""
_PARSERS = ("tree_sitter", "tree_sitter_javascript")

_LARGEST = 256 << 20
"""Bytes of the results that are kept."""


class ScanCache:
    """The results of one entry point.

    Args:
        root: of the cache.
        entry: absolute path of the entry point.

    Attributes:
        found, missed: how many results an earlier build had, and how many it had not.
    """

    def __init__(self, root: Path, entry: Path) -> None:
        place = Store(root).directory(places.SCANS)
        self._file = place / f"{hashlib.sha256(os.fsencode(entry)).hexdigest()[:32]}.scan"
        self._scanner = scanner_digest()
        self._known = _load(self._file, self._scanner)
        self._learned: dict[bytes, bytes] = {}
        self._used: dict[bytes, bytes] = {}
        self.found = self.missed = 0
        evict(place, places.SCANS.suffixes)

    def result(
        self, digest: bytes, question: str, kind: type[Result], scan: Callable[[], Result]
    ) -> Result:
        """Return what is known of a script, or else what ``scan`` finds.

        Args:
            digest: SHA-256 of the script.
            question: what is asked, with everything besides the script that it depends on.
            kind: of the result.
            scan: answers the question.
        """
        key = digest + question.encode()
        kept = self._known.get(key)
        if kept is None:
            self.missed += 1
            kept = self._used.get(key) or self._learned.get(key)
        else:
            self.found += 1
        if kept is not None:
            with contextlib.suppress(msgspec.MsgspecError, RecursionError):
                result = msgspec.msgpack.decode(kept, type=kind)
                self._used[key] = kept
                return result
        result = scan()
        with contextlib.suppress(UnicodeEncodeError):  # half a surrogate pair in a specifier
            self._used[key] = msgspec.msgpack.encode(result)
        return result

    def learn(self, digest: bytes, results: Mapping[str, bytes]) -> None:
        """Add results that another process has found.

        Args:
            digest: SHA-256 of the script.
            results: by question, as MessagePack.
        """
        for question, result in results.items():
            self._learned[digest + question.encode()] = result

    def keep(self) -> None:
        """Write the results of this build, if they are others than before."""
        size = sum(map(len, self._used.values()))
        if self._used.keys() == self._known.keys() or size > _LARGEST:
            return
        body = msgspec.msgpack.encode((self._scanner, self._used))
        with contextlib.suppress(OSError):  # the next build scans again
            write_sealed(self._file, _KIND, _FORMAT, body)


def scanner_digest() -> bytes:
    """Return a digest of the scanner's code, which changes with it."""
    digest = hashlib.sha256(VERSION.encode())
    folder = Path(__file__).parent
    for path in (*sorted((folder / "scan").glob("*.py")), *(folder / name for name in _OWN)):
        with contextlib.suppress(OSError):  # where Python's files are packed, the version decides
            digest.update(path.read_bytes())
    for status in _parsers():
        digest.update(f"{status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.digest()


def _parsers() -> Iterator[os.stat_result]:
    """Yield the state of the parsers' libraries, which are not imported for that."""
    for name in _PARSERS:
        spec = find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or ():
            with contextlib.suppress(OSError):
                for path in sorted(Path(folder).glob("_binding*")):
                    yield path.stat()


def _load(file: Path, scanner: bytes) -> dict[bytes, bytes]:
    try:
        body = read_sealed(file, file.parent, _KIND, _FORMAT)
        made_by, known = msgspec.msgpack.decode(body, type=tuple[bytes, dict[bytes, bytes]])
    except (OSError, ValueError, msgspec.MsgspecError):
        return {}
    if made_by != scanner:
        return {}
    touch(file)
    return known
