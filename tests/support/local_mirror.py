"""A server in the layout of nodejs.org's dist, on the loopback interface, that can misbehave."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import io
import json
import tarfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class LocalMirror:
    """Serves files by path; ``requests`` holds the paths that were asked for."""

    files: dict[str, bytes | Path] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    "Path to how many more requests for it are answered with 503."
    cut: dict[str, int] = field(default_factory=dict)
    "Path to after how many bytes the connection is closed."
    pause: float = 0.0
    "Seconds to wait after each 256 KiB."
    requests: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    "What of its file each request asked for;  for all of it."
    user: tuple[str, str] | None = None
    "Name and password to ask for."
    url: str = ""

    def add_release(self, version: str, named: dict[str, bytes | Path], kinds: list[str]) -> None:
        """Add a release with its list of digests; ``kinds`` is what index.json says it has."""
        lines = []
        for name, content in named.items():
            self.files[f"/v{version}/{name}"] = content
            lines.append(f"{_digest(content)}  {name}\n")
        self.files[f"/v{version}/SHASUMS256.txt"] = "".join(lines).encode()
        index = json.loads(self.files.get("/index.json", b"[]"))
        index.append({"version": f"v{version}", "files": kinds})
        self.files["/index.json"] = json.dumps(index).encode()

    def forget(self) -> None:
        """Serve nothing, without faults."""
        for held in (
            self.files,
            self.redirects,
            self.failures,
            self.cut,
            self.requests,
            self.ranges,
        ):
            held.clear()
        self.pause = 0.0
        self.user = None

    def start(self) -> ThreadingHTTPServer:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                mirror.requests.append(self.path)
                wanted_part = self.headers.get("Range", "")
                mirror.ranges.append(wanted_part)
                if mirror.user is not None:
                    wanted = base64.b64encode(":".join(mirror.user).encode()).decode()
                    if self.headers.get("Authorization") != f"Basic {wanted}":
                        self.send_error(401)
                        return
                if self.path in mirror.redirects:
                    self.send_response(302)
                    self.send_header("Location", mirror.redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if mirror.failures.get(self.path, 0) > 0:
                    mirror.failures[self.path] -= 1
                    self.send_error(503)
                    return
                content = mirror.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                stream = content.open("rb") if isinstance(content, Path) else io.BytesIO(content)
                with stream:
                    size = stream.seek(0, io.SEEK_END)
                    begin = int(wanted_part.removeprefix("bytes=").rstrip("-") or 0)
                    if begin >= size:
                        self.send_error(416)
                        return
                    stream.seek(begin)
                    self.send_response(206 if begin else 200)
                    if begin:
                        self.send_header("Content-Range", f"bytes {begin}-{size - 1}/{size}")
                    self.send_header("Content-Length", str(size - begin))
                    if self.path.endswith("/"):
                        self.send_header("Content-Type", "text/html")
                    self.end_headers()
                    left = mirror.cut.get(self.path, size - begin)
                    while left > 0 and (piece := stream.read(min(left, 1 << 18))):
                        self.wfile.write(piece)
                        left -= len(piece)
                        time.sleep(mirror.pause)
                if self.path in mirror.cut:
                    self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        server = _Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        return server


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: some tests kill a client in the middle of a download."""


def tarball(*members: tarfile.TarInfo | tuple[str, bytes | Path]) -> bytes:
    """Return a .tar.gz of files (name, and content or its path) and bare headers."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=0, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as tar,
    ):
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            if isinstance(member[1], Path):
                info.size = member[1].stat().st_size
                with member[1].open("rb") as file:
                    tar.addfile(info, file)
            else:
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


@functools.cache
def _digest(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
