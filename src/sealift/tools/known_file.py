"""Fetch a file whose digest is known, and continue where an earlier run of sealift ended.

What has arrived is written to a file at once, so that it is there for the next run however this one
ends. The digest of the whole file decides: nothing else is known about what was there before.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from sealift.tools.http import Body, Client, OtherFileError

_CHUNK = 1 << 20


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
    largest: int,
    begin: Callable[[Body], None] = lambda _: None,
    algorithm: str = "sha256",
) -> None:
    """Complete a file, which may contain its beginning already.

    Args:
        client: connections to the server.
        url: of the file.
        path: where it is written; its directory is private.
        digest: of the whole file, in hex.
        largest: number of bytes above which the file is refused.
        begin: called with each body before it is read, to follow its progress.
        algorithm: of the digest.

    Raises:
        DigestError: the server sent another file; nothing is at ``path`` then.
        HttpError: there is no such file, or the server cannot be reached; what has arrived stays.
        OSError: it cannot be written.
    """

    def received() -> int:
        with contextlib.suppress(FileNotFoundError):
            return path.stat().st_size
        return 0

    def take(body: Body) -> None:
        begin(body)
        # Unbuffered, so that nothing is lost if the process is killed.
        with path.open("r+b" if body.begin else "wb", buffering=0) as file:
            file.seek(body.begin)
            file.truncate()
            while piece := body.read(_CHUNK):
                file.write(piece)

    if received() and _digest_of(path, algorithm) == digest:
        return
    while True:
        was_begun = received() > 0
        try:
            client.get(url, take, largest=largest, received=received)
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


def _digest_of(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
