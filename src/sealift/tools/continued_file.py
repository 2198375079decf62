"""Fetch a file, and continue where an earlier run of sealift ended.

What arrives is written to a file at once, so that it is there for the next run however this one
ends. What was there is the beginning of the same file if the digest of the whole file says so
(`fetch_known`), or if the server still has the version that it named then (`fetch_named`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from sealift.tools.http import Body, Client, OtherFileError
from sealift.tools.http_ranges import Received

_CHUNK = 1 << 20
_VERSION = "version"


class DigestError(Exception):
    """A server sent another file.

    Attributes:
        actual: the digest of what it sent, in hex.
    """

    def __init__(self, actual: str) -> None:
        super().__init__(actual)
        self.actual = actual


def fetch_known(
    client: Client,
    url: str,
    path: Path,
    digest: str,
    *,
    algorithm: str = "sha256",
    largest: int,
    begin: Callable[[Body], None] = lambda _: None,
) -> None:
    """Complete a file whose digest is known.

    Args:
        client: connections to the server.
        url: of the file.
        path: where it is written, after what is there.
        digest: of the whole file, in hex.
        algorithm: of the digest.
        largest: number of bytes above which the file is refused.
        begin: called with each body before it is read, to follow its progress.

    Raises:
        DigestError: the server sent another file; nothing is at ``path`` then.
        HttpError: there is no such file, or the server cannot be reached; what has arrived stays.
        OSError: it cannot be written.
    """
    if _size(path) and _digest_of(path, algorithm) == digest:
        return
    while True:
        was_begun = _size(path) > 0
        try:
            client.get(
                url,
                lambda body: _write(body, path, begin),
                largest=largest,
                received=lambda: Received(_size(path)),
            )
            actual = _digest_of(path, algorithm)
            if actual == digest:
                return
            path.unlink()
            if not was_begun:
                raise DigestError(actual)
        except OtherFileError:
            path.unlink(missing_ok=True)
            if not was_begun:
                raise
        # What was there is not the beginning of the file.


def fetch_named(
    client: Client,
    url: str,
    path: Path,
    *,
    largest: int,
    begin: Callable[[Body], None] = lambda _: None,
) -> None:
    """Complete a file whose version the server has named, in the file ``version`` beside it.

    Args:
        client, url, path, largest, begin: as for `fetch_known`.

    Raises:
        HttpError, OSError: as `fetch_known`.
    """
    named = path.with_name(_VERSION)

    def received() -> Received:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            version = named.read_text("utf-8")
            return Received(_size(path), version) if version else Received()
        return Received()

    def take(body: Body) -> None:
        if not body.begin:
            # Empty first: what is there must never get the name of another version.
            path.write_bytes(b"")
            named.write_text(body.version, "utf-8")
        _write(body, path, begin)

    was_begun = received().size > 0
    try:
        client.get(url, take, largest=largest, received=received)
    except OtherFileError:
        if not was_begun:
            raise
        path.unlink(missing_ok=True)
        client.get(url, take, largest=largest, received=received)


def _write(body: Body, path: Path, begin: Callable[[Body], None]) -> None:
    begin(body)
    # Unbuffered, so that nothing is lost if the process is killed.
    with path.open("r+b" if body.begin else "wb", buffering=0) as file:
        file.seek(body.begin)
        file.truncate()
        while piece := body.read(_CHUNK):
            file.write(piece)


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _digest_of(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
