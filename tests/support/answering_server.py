"""A server on the loopback interface that answers as a test says."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable

CONTENT = b"content" * 10_000


class Server:
    """Answers every request with the next of ``answers``; the last one is repeated."""

    def __init__(self) -> None:
        self.answers: list[Callable[[http.server.BaseHTTPRequestHandler], None]] = []
        self.requests: list[str] = []
        self.ranges: list[str] = []
        "What of the file each request asked for;  for all of it."
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                server.ranges.append(self.headers.get("Range", ""))
                answer = server.answers[0]
                if len(server.answers) > 1:
                    server.answers.pop(0)
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def answer(
    status: int = 200, content: bytes = CONTENT, *, length: int | None = -1, **headers: str
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Make an answer; ``length`` is what it says of its length: -1 the truth, None nothing."""

    def send(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if length is not None:
            handler.send_header("Content-Length", str(len(content) if length < 0 else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return send


class BreakingFile:
    """A file whose connection breaks after some bytes; it can be continued (RFC 9110, 14)."""

    def __init__(self, content: bytes = CONTENT, piece: int = 30_000) -> None:
        self.content, self.piece = content, piece
        self.version = '"1"'
        self.asked: list[tuple[str, str]] = []

    def __call__(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range", "")
        self.asked.append((wanted, handler.headers.get("If-Range", "")))
        begin = 0
        if wanted and handler.headers["If-Range"] == self.version:
            begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
        whole = len(self.content)
        handler.send_response(206 if begin else 200)
        if begin:
            handler.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
        handler.send_header("Content-Length", str(whole - begin))
        handler.send_header("ETag", self.version)
        handler.end_headers()
        handler.wfile.write(self.content[begin : begin + self.piece])
        handler.close_connection = True
