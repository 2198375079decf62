"""Files of which an earlier run has fetched a part."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sealift.tools.continued_file import DigestError, fetch_known, fetch_named
from sealift.tools.http import Body, Client, HttpError
from support.answering_server import CONTENT, BreakingFile, Server, answer

DIGEST = hashlib.sha256(CONTENT).hexdigest()
HAD = 30_000
REST = answer(206, CONTENT[HAD:], Content_Range=f"bytes {HAD}-{len(CONTENT) - 1}/{len(CONTENT)}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def fetch(server: Server, path: Path, digest: str = DIGEST, **more: object) -> None:
    with Client() as client:
        fetch_known(client, f"{server.url}/file", path, digest, largest=1 << 20, **more)  # type: ignore[arg-type]


def test_nothing_is_there(server: Server, path: Path) -> None:
    server.answers = [answer()]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [""]


def test_the_rest_is_fetched(server: Server, path: Path) -> None:
    path.write_bytes(CONTENT[:HAD])
    server.answers = [REST]
    begun: list[tuple[int, int | None]] = []
    arrived: list[int] = []

    def begin(body: Body) -> None:
        begun.append((body.begin, body.length))
        body.progress = arrived.append

    fetch(server, path, begin=begin)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={HAD}-"]
    assert begun == [(HAD, len(CONTENT))]
    assert sum(arrived) == len(CONTENT) - HAD


def test_all_of_it_is_there(server: Server, path: Path) -> None:
    path.write_bytes(CONTENT)
    fetch(server, path)
    assert server.requests == []


def test_a_server_that_sends_whole_files_only(server: Server, path: Path) -> None:
    path.write_bytes(CONTENT[:HAD])
    server.answers = [answer()]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={HAD}-"]


@pytest.mark.parametrize("had", [b"old" * 10_000, b"\0" * HAD, CONTENT[: HAD - 1] + b"?"])
def test_another_file_or_a_damaged_one_was_there(had: bytes, server: Server, path: Path) -> None:
    path.write_bytes(had)
    server.answers = [REST, answer()]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={HAD}-", ""]


@pytest.mark.parametrize(
    "refusal",
    [
        answer(416, b""),
        answer(206, CONTENT[:5000], Content_Range=f"bytes 0-4999/{len(CONTENT)}"),
        answer(206, CONTENT[HAD:]),
        answer(206, CONTENT[HAD:], Content_Range=f"bytes {'9' * 5000}-/*"),
    ],
)
def test_a_server_without_that_rest(refusal: object, server: Server, path: Path) -> None:
    path.write_bytes(CONTENT[:HAD])
    server.answers = [refusal, answer()]  # type: ignore[list-item]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={HAD}-", ""]


def test_more_than_the_file_was_there(server: Server, path: Path) -> None:
    path.write_bytes(CONTENT + b"more")
    server.answers = [answer(416, b""), answer()]
    fetch(server, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("had", [b"", CONTENT[:HAD]])
def test_a_server_with_another_file(had: bytes, server: Server, path: Path) -> None:
    path.write_bytes(had)
    other = CONTENT[:-1] + b"?"
    server.answers = [answer(content=other)]
    with pytest.raises(DigestError) as raised:
        fetch(server, path)
    assert raised.value.actual == hashlib.sha256(other).hexdigest()
    assert not path.exists()
    assert len(server.requests) == (2 if had else 1)


def test_a_server_that_breaks_every_connection(server: Server, path: Path) -> None:
    """What has arrived stays, over attempts and runs, though the server names no version."""
    broken = answer(content=CONTENT[:20_000], length=len(CONTENT))
    server.answers = [broken, answer(503, b"")]
    with pytest.raises(HttpError, match="HTTP 503"):
        fetch(server, path)
    assert path.read_bytes() == CONTENT[:20_000]
    assert server.ranges == ["", "bytes=20000-", "bytes=20000-"]


def test_a_file_that_is_gone(server: Server, path: Path) -> None:
    path.write_bytes(CONTENT[:HAD])
    server.answers = [answer(404, b"")]
    with pytest.raises(HttpError, match="HTTP 404"):
        fetch(server, path)
    assert path.read_bytes() == CONTENT[:HAD]


def test_the_largest_size_is_that_of_the_whole_file(server: Server, path: Path) -> None:
    path.write_bytes(CONTENT[:HAD])
    server.answers = [answer(206, CONTENT[HAD:], length=None, Content_Range=f"bytes {HAD}-99999/*")]
    with Client() as client, pytest.raises(HttpError, match="larger than 69999 bytes"):
        fetch_known(client, f"{server.url}/file", path, DIGEST, largest=len(CONTENT) - 1)


def fetch_by_version(server: Server, path: Path) -> None:
    with Client() as client:
        fetch_named(client, f"{server.url}/file", path, largest=1 << 20)


def interrupt(server: Server, path: Path, file: BreakingFile) -> None:
    """Have the network fail after the first piece."""
    server.answers = [file, answer(404, b"")]
    with pytest.raises(HttpError):
        fetch_by_version(server, path)
    assert path.read_bytes() == file.content[: file.piece]
    file.piece = len(file.content)
    file.asked.clear()
    server.answers = [file]


def test_the_rest_of_the_same_version_is_fetched(server: Server, path: Path) -> None:
    file = BreakingFile()
    interrupt(server, path, file)
    fetch_by_version(server, path)
    assert path.read_bytes() == CONTENT
    assert file.asked == [("bytes=30000-", '"1"')]


@pytest.mark.parametrize("version", ['"2"', ""])
def test_another_version_is_fetched_from_its_beginning(
    version: str, server: Server, path: Path
) -> None:
    interrupt(server, path, BreakingFile(b"old" * 20_000))
    new = BreakingFile(piece=len(CONTENT))
    new.version = version
    server.answers = [new]
    fetch_by_version(server, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("version", ["", 'W/"1"', f'"{"1" * 5000}"'])
def test_a_file_without_an_exact_version_is_fetched_again(
    version: str, server: Server, path: Path
) -> None:
    file = BreakingFile()
    file.version = version
    server.answers = [file, answer(404, b"")]
    with pytest.raises(HttpError):
        fetch_by_version(server, path)
    file.piece = len(CONTENT)
    file.asked.clear()
    server.answers = [file]
    fetch_by_version(server, path)
    assert path.read_bytes() == CONTENT
    assert file.asked == [("", "")]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe"])
def test_a_version_that_cannot_be_read(damage: bytes, server: Server, path: Path) -> None:
    file = BreakingFile()
    interrupt(server, path, file)
    path.with_name("version").write_bytes(damage)
    fetch_by_version(server, path)
    assert path.read_bytes() == CONTENT
    assert file.asked == [("", "")]


def test_all_of_it_was_there_and_is_fetched_again(server: Server, path: Path) -> None:
    """Without a digest, nothing says that it is complete."""
    interrupt(server, path, BreakingFile())
    path.write_bytes(CONTENT)
    server.answers = [answer(416, b""), answer()]
    fetch_by_version(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges[-2:] == [f"bytes={len(CONTENT)}-", ""]
