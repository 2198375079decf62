"""Files over HTTP from a server of our own, which answers as a test says."""

from __future__ import annotations

import gzip
import http.server
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.tools.http import Body, Client, HttpError
from support.answering_server import CONTENT, BreakingFile, Server, answer


def download(server: Server, path: Path, largest: int = 1 << 20) -> bytes:
    with Client() as client:
        client.download(f"{server.url}/file", path, largest=largest)
    return path.read_bytes()


def test_a_file(server: Server, tmp_path: Path) -> None:
    server.answers = [answer()]
    assert download(server, tmp_path / "file") == CONTENT
    assert server.requests == ["/file"]


@pytest.mark.parametrize("length", [len(CONTENT), None])
def test_what_the_body_says_of_itself(length: int | None, server: Server) -> None:
    server.answers = [answer(length=length)]
    arrived: list[int] = []

    def take(body: Body) -> bytes:
        assert body.length == length
        body.progress = arrived.append
        assert body.read(7) == b"content"
        return body.readall()

    with Client() as client:
        rest = client.get(f"{server.url}/file", take, largest=1 << 20)
    assert b"content" + rest == CONTENT
    assert sum(arrived) == len(CONTENT)


def test_a_download_can_be_followed(server: Server, tmp_path: Path) -> None:
    server.answers = [answer()]
    begun: list[int | None] = []
    arrived: list[int] = []

    def begin(body: Body) -> None:
        begun.append(body.length)
        body.progress = arrived.append

    with Client() as client:
        client.download(f"{server.url}/file", tmp_path / "file", largest=1 << 20, begin=begin)
    assert (begun, sum(arrived)) == ([len(CONTENT)], len(CONTENT))


def test_a_reason_has_no_number_of_the_operating_system() -> None:
    with Client() as client, pytest.raises(HttpError) as raised:
        client.read("http://127.0.0.1:1/file", largest=1)
    assert "refused" in raised.value.reason
    assert "Errno" not in raised.value.reason


@pytest.mark.parametrize("status", [408, 429, 500, 503, 504])
def test_a_server_that_is_busy_is_asked_again(status: int, server: Server, tmp_path: Path) -> None:
    server.answers = [answer(status), answer(status), answer()]
    assert download(server, tmp_path / "file") == CONTENT
    server.answers = [answer(status)]
    with pytest.raises(HttpError, match=f"^HTTP {status}$") as raised:
        download(server, tmp_path / "file")
    assert raised.value.status == status
    assert len(server.requests) == 6


@pytest.mark.parametrize("status", [401, 403, 404, 204, 501])
def test_a_refusal_is_final(status: int, server: Server, tmp_path: Path) -> None:
    server.answers = [answer(status, b"")]
    with pytest.raises(HttpError, match=f"^HTTP {status}$"):
        download(server, tmp_path / "file")
    assert len(server.requests) == 1


def test_a_connection_that_breaks(server: Server, tmp_path: Path) -> None:
    """What the first attempt has written is replaced."""
    server.answers = [answer(content=CONTENT[:5000], length=len(CONTENT)), answer()]
    assert download(server, tmp_path / "file") == CONTENT
    server.answers = [answer(content=CONTENT[:5000], length=len(CONTENT))]
    with pytest.raises(HttpError):
        download(server, tmp_path / "file")


def test_a_download_continues_where_it_broke(server: Server, tmp_path: Path) -> None:
    file = BreakingFile()
    server.answers = [file]
    begun: list[Body] = []
    arrived: list[int] = []

    def begin(body: Body) -> None:
        begun.append(body)
        body.progress = arrived.append

    with Client() as client:
        client.download(f"{server.url}/file", tmp_path / "file", largest=1 << 20, begin=begin)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert file.asked == [("", ""), ("bytes=30000-", '"1"'), ("bytes=60000-", '"1"')]
    assert len(begun) == 1
    assert sum(arrived) == len(CONTENT)


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    server: Server, tmp_path: Path
) -> None:
    old, new = BreakingFile(b"old" * 20_000), BreakingFile(piece=1 << 20)
    new.version = '"2"'
    server.answers = [old, new]
    assert download(server, tmp_path / "file") == CONTENT
    assert new.asked == [("bytes=30000-", '"1"'), ("", "")]


@pytest.mark.parametrize(
    "rest",
    [
        answer(206, CONTENT[:5000], Content_Range=f"bytes 0-4999/{len(CONTENT)}"),
        answer(206, CONTENT[30_000:], Content_Range=f"bytes 30000-69998/{len(CONTENT) - 1}"),
        answer(206, CONTENT[30_000:]),
        answer(416, b""),
        answer(503, b""),
    ],
)
def test_another_part_than_the_missing_one_is_not_taken(
    rest: Callable[[http.server.BaseHTTPRequestHandler], None], server: Server, tmp_path: Path
) -> None:
    server.answers = [BreakingFile(), rest, answer()]
    assert download(server, tmp_path / "file") == CONTENT
    assert len(server.requests) == 3


@pytest.mark.parametrize("version", ["", 'W/"1"'])
def test_a_file_without_an_exact_version_is_not_continued(
    version: str, server: Server, tmp_path: Path
) -> None:
    file = BreakingFile()
    file.version = version
    server.answers = [file, answer()]
    assert download(server, tmp_path / "file") == CONTENT
    assert file.asked == [("", "")]


def test_a_server_that_breaks_every_connection_is_left(server: Server, tmp_path: Path) -> None:
    file = BreakingFile(piece=100)
    server.answers = [file]
    with pytest.raises(HttpError):
        download(server, tmp_path / "file")
    assert len(file.asked) == 3 * (1 + 20)  # three attempts, each continued 20 times


@pytest.mark.parametrize("length", [-1, None])
def test_a_file_that_is_too_large(length: int | None, server: Server, tmp_path: Path) -> None:
    server.answers = [answer(length=length)]
    assert len(download(server, tmp_path / "file", len(CONTENT))) == len(CONTENT)
    with pytest.raises(HttpError, match="larger than 69999 bytes"):
        download(server, tmp_path / "file", len(CONTENT) - 1)
    assert len(server.requests) == 2


def test_a_small_file_that_grows_when_it_is_decompressed(server: Server) -> None:
    server.answers = [answer(content=gzip.compress(bytes(10_000_000)), Content_Encoding="gzip")]
    with Client() as client, pytest.raises(HttpError, match="larger than 1000000 bytes"):
        client.read(f"{server.url}/file", largest=1_000_000)


def test_compression_on_the_way(server: Server, tmp_path: Path) -> None:
    """Of a text it is undone; a file may be compressed itself."""
    packed = gzip.compress(CONTENT)
    server.answers = [answer(content=packed, Content_Encoding="gzip")]
    with Client() as client:
        assert client.read(f"{server.url}/file", largest=1 << 20) == CONTENT
    assert download(server, tmp_path / "file") == packed


def test_redirects(server: Server, tmp_path: Path) -> None:
    server.answers = [answer(302, b"", Location=f"{server.url}/there"), answer()]
    assert download(server, tmp_path / "file") == CONTENT
    assert server.requests == ["/file", "/there"]
    server.answers = [answer(302, b"", Location=f"{server.url}/again")]
    with pytest.raises(HttpError, match="redirect"):
        download(server, tmp_path / "file")


def test_nobody_answers(server: Server) -> None:
    with Client() as client, pytest.raises(HttpError) as raised:
        client.read("http://me:hunter2@127.0.0.1:9/file", largest=1)
    assert raised.value.status is None
    assert "hunter2" not in raised.value.reason


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://", "http://[", "x\x00"])
def test_texts_that_are_not_addresses(url: str, server: Server) -> None:
    with Client() as client, pytest.raises(HttpError):
        client.read(url, largest=1)


def test_an_environment_that_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "nonsense://me:hunter2@proxy")
    with pytest.raises(HttpError, match="no connection can be set up") as raised:
        Client()
    assert "hunter2" not in raised.value.reason
