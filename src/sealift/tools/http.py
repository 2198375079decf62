"""Exchange files over HTTP: with retries, time limits and bounded sizes.

Proxies and certificates are those of the environment (``HTTPS_PROXY``, ``SSL_CERT_FILE``, ...). A
request that begins encrypted is never redirected to a server without encryption. Messages contain
no credentials.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sealift.tools.http_ranges import Received, is_rest, rest_of, version_of, whole_length
from sealift.tools.subprocesses import redact

if TYPE_CHECKING:
    import httpx
    from _typeshed import WriteableBuffer

_ATTEMPTS = 3
_FIRST_PAUSE_SECONDS = 0.5
_TIMEOUT_SECONDS = 30.0  # to connect, and between two pieces of an answer
_TRANSIENT_STATUS = (408, 425, 429, 500, 502, 503, 504)
_ACCEPTED = (200, 201)
_PARTIAL_CONTENT = 206
_OF_PARTS = (_PARTIAL_CONTENT, 416)  # 416: there is no such part
_MOST_CONTINUED = 20  # times that one download is continued; a server can end each connection early
_CHUNK = 1 << 20
_LARGEST_REFUSAL = 64 << 10
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")
Result = TypeVar("Result")


class HttpError(Exception):
    """A file cannot be fetched.

    Attributes:
        reason: in a few words, without credentials: ``HTTP 404``.
        status: the server's answer, or None if there was none.
        answer: the beginning of what a server wrote that refused `Client.send`.
    """

    def __init__(self, reason: str, status: int | None = None, answer: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.answer = answer


class _TransientError(HttpError):
    """A failure that another attempt may not have."""


class OtherFileError(HttpError):
    """A server does not have the rest of a file, which has changed, or ended already."""


class Client:
    """Connections to servers; a context manager that closes them.

    Args:
        seconds: to connect, and between two pieces of an answer.
        longest: seconds after which an answer that still arrives is refused; None for no limit.
        authorities: file with trusted certificates (PEM); "" for those of the environment.

    Raises:
        HttpError: a proxy of the environment or the certificates are not usable.
    """

    def __init__(
        self, seconds: float = _TIMEOUT_SECONDS, longest: float | None = None, authorities: str = ""
    ) -> None:
        self._longest = longest
        # Imported here: it takes longer than all else that a build with a full cache does.
        import ssl

        import httpx

        try:
            self._client = httpx.Client(
                verify=ssl.create_default_context(cafile=authorities) if authorities else True,
                follow_redirects=True,
                timeout=seconds,
                headers={"Accept-Encoding": "identity", "User-Agent": "sealift"},
            )
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            raise HttpError(f"no connection can be set up: {_reason(error)}") from error

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        take: Callable[[Body], Result],
        *,
        largest: int,
        decode: bool = False,
        received: Callable[[], Received] = Received,
    ) -> Result:
        """Return what ``take`` makes of a file.

        Args:
            url: of the file.
            take: reads the body. When a connection breaks, the body continues where it ended if the
                server can send the rest of the same file; else ``take`` is called again, with a new
                body.
            largest: number of bytes above which the file is refused.
            decode: undo a compression that the server adds on the way.
            received: returns what the caller has of the file, for each attempt. The body is
                without it if the server can do that (`Body.begin`).

        Raises:
            OtherFileError: the server has no bytes after those.
            HttpError: there is no such file, or the server cannot be reached; or as ``take``.
        """
        had = Received()

        def ask() -> AbstractContextManager[httpx.Response]:
            nonlocal had
            had = received()
            return self._response("GET", url, headers=rest_of(had))

        def read(response: httpx.Response) -> Result:
            skipped = _checked_begin(response, had.size)
            if decode:
                return take(Body(response, largest, response.iter_bytes(_CHUNK)))
            return take(Body(response, largest, self._continued(url, response, skipped), skipped))

        return self._attempts(ask, read)

    def post(self, url: str, content: bytes, kind: str, *, largest: int) -> bytes:
        """Return the answer to ``content``, whose media type is ``kind``.

        Raises:
            HttpError: as `get`.
        """
        return self._attempts(
            lambda: self._response("POST", url, content, {"Content-Type": kind}),
            lambda response: Body(response, largest, self._in_time(response)).read(),
        )

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: Callable[[], bytes | Iterator[bytes]] = bytes,
        *,
        largest: int,
    ) -> bytes:
        """Return the answer to a request whose headers may be secrets: redirects are errors.

        Args:
            content: returns what is sent, for each attempt; if in pieces, ``headers`` has its
                length.

        Raises:
            HttpError: as `get`; with what the server wrote.
        """
        return self._attempts(
            lambda: self._response(method, url, content(), headers, is_secret=True),
            lambda response: Body(response, largest, self._in_time(response)).read(),
        )

    def _in_time(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the pieces of an answer. Raise HttpError if all of them take too long."""
        if self._longest is None:
            yield from response.iter_bytes(_CHUNK)
            return
        end = time.monotonic() + self._longest
        for piece in response.iter_bytes():  # as they arrive
            if time.monotonic() > end:
                raise HttpError("its answer takes too long")
            yield piece

    def _attempts(
        self,
        ask: Callable[[], AbstractContextManager[httpx.Response]],
        take: Callable[[httpx.Response], Result],
    ) -> Result:
        """Ask again, after a pause, if a failure may not last."""
        pause = _FIRST_PAUSE_SECONDS
        for remaining in reversed(range(_ATTEMPTS)):
            try:
                with ask() as response:
                    return take(response)
            except _TransientError as error:
                if not remaining:
                    raise HttpError(error.reason, error.status, error.answer) from error
                time.sleep(pause)
                pause *= 2
        raise AssertionError("unreachable")

    def read(self, url: str, *, largest: int) -> bytes:
        """Return the content of a small file.

        Raises:
            HttpError: as `get`.
        """
        return self.get(url, lambda body: body.read(), largest=largest, decode=True)

    def download(
        self,
        url: str,
        path: Path,
        *,
        largest: int,
        begin: Callable[[Body], None] = lambda _: None,
    ) -> None:
        """Write a file to ``path``, which is replaced.

        Args:
            url: of the file.
            path: where to write it.
            largest: number of bytes above which the file is refused.
            begin: called with each body before it is read, to follow its progress.

        Raises:
            HttpError: as `get`.
            OSError: it cannot be written.
        """

        def take(body: Body) -> None:
            begin(body)
            with path.open("wb") as file:
                while piece := body.read(_CHUNK):
                    file.write(piece)

        self.get(url, take, largest=largest)

    def _continued(self, url: str, response: httpx.Response, received: int) -> Iterator[bytes]:
        """Yield the body of a file as it arrives, over several connections if they break.

        The body begins after the first ``received`` bytes of the file.

        The server must name the version of the file (a strong ``ETag``), and then sends only what
        is missing of that version (RFC 9110, sections 13.1.5 and 14). Each connection must bring
        something: a server that is away is not asked again and again.
        """
        import httpx

        version = version_of(response.headers)
        whole = whole_length(response.headers, received)
        with ExitStack() as later:
            for continued in range(_MOST_CONTINUED + 1):
                begun = received
                try:
                    # As they arrive: pieces of a fixed size are lost if one of them breaks off.
                    for piece in response.iter_raw():
                        received += len(piece)
                        yield piece
                    return
                except httpx.TransportError as error:
                    if not version or received == begun or continued == _MOST_CONTINUED:
                        raise
                    later.close()
                    time.sleep(_FIRST_PAUSE_SECONDS)
                    headers = rest_of(Received(received, version))
                    rest = self._response("GET", url, headers=headers, is_rest=True)
                    response = later.enter_context(rest)
                    if not is_rest(response.headers, received, whole):
                        raise _TransientError(_reason(error)) from error

    @contextmanager
    def _response(
        self,
        method: str,
        url: str,
        content: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        is_secret: bool = False,
        is_rest: bool = False,
    ) -> Iterator[httpx.Response]:
        """Yield the answer to a request.

        Args:
            is_secret: it is sent to no other server.
            is_rest: it asks for a part of a file. Another answer than a part is an error that an
                attempt from the beginning may not have.
        """
        import httpx

        try:
            with self._client.stream(
                method, url, content=content, headers=headers, follow_redirects=not is_secret
            ) as response:
                way = (*response.history, response)
                if url.startswith("https:") and any(one.url.scheme != "https" for one in way):
                    raise HttpError("it redirects to a server without encryption")
                status = response.status_code
                if is_rest and status != _PARTIAL_CONTENT:
                    raise _TransientError(f"HTTP {status}", status)
                of_parts = _OF_PARTS if headers is not None and "Range" in headers else ()
                if status not in (*_ACCEPTED, *of_parts):
                    kind = _TransientError if status in _TRANSIENT_STATUS else HttpError
                    answer = _beginning(response) if is_secret else b""
                    raise kind(f"HTTP {status}", status, answer)
                yield response
        except httpx.TransportError as error:
            raise _TransientError(_reason(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HttpError(_reason(error)) from error


def _beginning(response: httpx.Response) -> bytes:
    """Return at most so much of an answer as the reason of a refusal needs."""
    found = b""
    for piece in response.iter_bytes(_CHUNK):
        found += piece
        if len(found) > _LARGEST_REFUSAL:
            break
    return found[:_LARGEST_REFUSAL]


class Body(io.RawIOBase):
    """The content of a file that is being fetched, as a stream.

    Attributes:
        begin: number of bytes of the file before this content; 0 if it is the whole file.
        length: number of bytes of the whole file, or None if the server does not say.
        version: the server's name for the file's version; "" if it has none that is exact.
        progress: called with the number of bytes of each piece that arrives.
    """

    def __init__(
        self, response: httpx.Response, largest: int, pieces: Iterator[bytes], begin: int = 0
    ) -> None:
        super().__init__()
        self.begin = begin
        self.length = whole_length(response.headers, begin)
        self.version = version_of(response.headers)
        self.progress: Callable[[int], None] = lambda _: None
        if self.length is not None and self.length > largest:
            raise _too_large(largest)
        self._pieces = pieces
        self._left = b""
        self._room = largest - begin
        self._largest = largest

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer with what has arrived; return 0 at the end."""
        view = memoryview(buffer)
        if not self._left:
            self._left = self._next()
        taken, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(taken)] = taken
        return len(taken)

    def _next(self) -> bytes:
        piece = next(self._pieces, b"")
        self._room -= len(piece)
        if self._room < 0:
            raise _too_large(self._largest)
        self.progress(len(piece))
        return piece


def _checked_begin(response: httpx.Response, received: int) -> int:
    """Return how many bytes of a file an answer leaves out: ``received`` or 0.

    Raises:
        OtherFileError: it is another part of the file, or there is no such part.
    """
    if response.status_code not in _OF_PARTS:
        return 0
    if response.status_code != _PARTIAL_CONTENT or not is_rest(response.headers, received):
        raise OtherFileError("the server does not send the rest of it", response.status_code)
    return received


def _too_large(largest: int) -> HttpError:
    return HttpError(f"it is larger than {largest} bytes")


def _reason(error: Exception) -> str:
    return redact(_ERRNO.sub("", str(error))) or type(error).__name__
