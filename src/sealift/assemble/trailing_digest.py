"""The digest of a file, computed by a thread while another one writes the file."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

_STEP = 256 << 10  # bytes; they stay in the processor's cache


class TrailingDigest:
    """Reads back what was written and hashes it; a context manager.

    ::

        with TrailingDigest(path) as digest:
            ...                     # writes the file
            digest.reach(position)  # the bytes before it do not change any more
            digest.finish()         # the digest of the bytes up to the last position
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._positions: SimpleQueue[int | None] = SimpleQueue()
        self._pool = ThreadPoolExecutor(1, "digest")
        self._digest = self._pool.submit(self._follow)

    def __enter__(self) -> TrailingDigest:
        return self

    def __exit__(self, *_: object) -> None:
        self._positions.put(None)
        self._pool.shutdown()

    def reach(self, position: int) -> None:
        """Let the bytes before ``position`` be hashed."""
        self._positions.put(position)

    def finish(self) -> str:
        """Return the SHA-256 digest in hex.

        Raises:
            OSError: the file cannot be read, or is shorter than what was reached.
        """
        self._positions.put(None)
        return self._digest.result()

    def _follow(self) -> str:
        digest, done, buffer = hashlib.sha256(), 0, memoryview(bytearray(_STEP))
        with self._path.open("rb", buffering=0) as file:
            while (position := self._positions.get()) is not None:
                while done < position:
                    size = file.readinto(buffer[: min(_STEP, position - done)])
                    if not size:
                        raise OSError(f"{self._path} is shorter than {position} bytes")
                    digest.update(buffer[:size])
                    done += size
        return digest.hexdigest()
