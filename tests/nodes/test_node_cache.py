"""Entries of the cache are complete or missing, also when real processes are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sealift.cache import cache_root
from sealift.errors import NodeError
from sealift.model import NodeBinary
from sealift.nodes import obtain
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, Platform, Target
from support.local_mirror import LocalMirror
from support.observers import Recorder

WIN = Target(NodeRange((22,)), Platform.WIN, Arch.X64)
EXE = "/v22.20.0/win-x64/node.exe"

OBTAIN = """
import sys
from pathlib import Path
from sealift.nodes import obtain
from sealift.options import NodeOptions
from sealift.target import *
class Observer:
    def stage(self, name, total=None, *, unit=None): print("stage", name, flush=True)
    def advance(self, amount): pass
target = Target(NodeRange((22,)), Platform.WIN, Arch.X64)
binary = obtain(target, NodeOptions(mirror=sys.argv[1], cache=Path(sys.argv[2])), Observer())
print("got", binary.sha256, flush=True)
"""


def online(mirror: LocalMirror, folder: Path) -> NodeOptions:
    return NodeOptions(mirror=mirror.url, cache=folder / "cache")


def offline(mirror: LocalMirror, folder: Path) -> NodeOptions:
    return NodeOptions(mirror=mirror.url, cache=folder / "cache", offline=True)


def start(mirror: LocalMirror, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OBTAIN, mirror.url, str(folder / "cache")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(condition: object, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for a cache with Node 22.20.0 for win-x64; the first test fills it."""
    return tmp_path_factory.mktemp("filled")


@pytest.fixture
def cached(
    real_mirror: LocalMirror, filled: Path, tmp_path: Path, observer: Recorder
) -> NodeBinary:
    """A binary in the test's own cache; the server has received one request for it."""
    obtain(WIN, online(real_mirror, filled), observer)
    shutil.copytree(filled / "cache", tmp_path / "cache")
    real_mirror.requests[:] = [EXE]
    return obtain(WIN, online(real_mirror, tmp_path), observer)


def record_of(binary: NodeBinary) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((binary.path.parent / "entry.json").read_text())
    return loaded


def test_a_changed_binary_is_fetched_again(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    with cached.path.open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"changed")
    again = obtain(WIN, online(real_mirror, tmp_path), observer)
    assert (again.sha256, again.path) == (cached.sha256, cached.path)
    assert [finding.code for finding in again.findings] == ["digest-mismatch"]
    assert real_mirror.requests.count(EXE) == 2
    with cached.path.open("rb") as file:
        file.seek(5_000_000)
        assert file.read(7) != b"changed"


def test_a_changed_binary_is_refused_offline(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    with cached.path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(NodeError) as caught:
        obtain(WIN, offline(real_mirror, tmp_path), observer)
    assert caught.value.code == "digest-mismatch"


def test_a_binary_with_a_new_time_is_checked_once(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    before = record_of(cached)
    os.utime(cached.path, (1, 1))
    assert obtain(WIN, offline(real_mirror, tmp_path), observer) == cached
    after = record_of(cached)
    for name in ("checked_as", "seal"):
        assert after.pop(name) != before.pop(name)
    assert after == before
    file = cached.path.parent / "entry.json"
    written = file.stat().st_mtime_ns
    assert obtain(WIN, offline(real_mirror, tmp_path), observer) == cached
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 99}'])
def test_a_damaged_record_is_a_missing_entry(
    cached: NodeBinary,
    real_mirror: LocalMirror,
    tmp_path: Path,
    observer: Recorder,
    content: str,
) -> None:
    (cached.path.parent / "entry.json").write_text(content)
    again = obtain(WIN, online(real_mirror, tmp_path), observer)
    assert again.sha256 == cached.sha256
    assert real_mirror.requests.count(EXE) == 2


def test_offline_takes_the_newest_that_is_cached(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    shutil.rmtree(tmp_path / "cache" / "index")
    assert obtain(WIN, offline(real_mirror, tmp_path), observer) == cached


def test_offline_says_what_is_missing(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    other = Target(NodeRange((24,)), Platform.WIN, Arch.X64)
    with pytest.raises(NodeError, match="node24-win-x64") as caught:
        obtain(other, offline(real_mirror, tmp_path), observer)
    assert caught.value.code == "not-cached"


def test_two_processes_share_one_download(real_mirror: LocalMirror, tmp_path: Path) -> None:
    real_mirror.pause = 0.005
    one, two = start(real_mirror, tmp_path), start(real_mirror, tmp_path)
    said = [process.communicate(timeout=50)[0] for process in (one, two)]
    assert [text.splitlines()[-1][:4] for text in said] == ["got "] * 2, said
    assert said[0].splitlines()[-1] == said[1].splitlines()[-1]
    assert real_mirror.requests.count(EXE) == 1
    assert sum("stage waiting for another build" in text for text in said) == 1


def test_killed_in_the_middle_of_a_download(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    """The next run continues."""
    real_mirror.pause = 0.2
    process = start(real_mirror, tmp_path)
    folder, work = tmp_path / "cache" / "downloads", tmp_path / "cache" / "tmp"
    wait_for(lambda: any(path.stat().st_size for path in folder.glob("*/file")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (arrived,) = folder.glob("*/file")
    size = arrived.stat().st_size
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "cache" / "nodes").exists() or not any(
        (tmp_path / "cache" / "nodes").iterdir()
    )
    real_mirror.pause = 0
    binary = obtain(WIN, online(real_mirror, tmp_path), observer)
    assert real_mirror.ranges[-1] == f"bytes={size}-"
    assert list(work.iterdir()) == []
    assert list(folder.iterdir()) == []
    assert list((tmp_path / "cache" / "nodes").iterdir()) == [binary.path.parent]


def test_what_another_process_fetches_is_not_removed(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    shutil.rmtree(cached.path.parent)
    real_mirror.pause = 0.005
    process = start(real_mirror, tmp_path)
    work, downloads = tmp_path / "cache" / "tmp", tmp_path / "cache" / "downloads"
    wait_for(lambda: any(downloads.glob("*/file")))
    os.utime(next(downloads.iterdir()), (0, 0))
    missing = Target(NodeRange((22, 0)), Platform.WIN, Arch.X64)
    with pytest.raises(NodeError):
        obtain(missing, offline(real_mirror, tmp_path), observer)
    assert any(downloads.glob("*/file"))
    assert list(work.iterdir())
    assert process.communicate(timeout=30)[0].splitlines()[-1] == f"got {cached.sha256}"


def test_cache_that_cannot_be_made(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(NodeError, match="is not usable") as caught:
        obtain(WIN, online(real_mirror, tmp_path), observer)
    assert caught.value.code == "cache-unusable"
    assert "--cache" in caught.value.remedy


def test_full_disk(real_mirror: LocalMirror, tmp_path: Path) -> None:
    """A limit on the size of files replaces a full disk: writing fails in the middle."""
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000_000,) * 2)\n"
    done = subprocess.run(
        [sys.executable, "-c", limited + OBTAIN, real_mirror.url, str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "NodeError: The cache directory" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "cache" / "nodes").iterdir()) == []
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []
    assert list((tmp_path / "cache" / "downloads").iterdir()) == []


def test_a_read_only_cache_can_be_used(
    cached: NodeBinary, real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(tmp_path / "cache", copied)  # other times and inode numbers
    folders = [copied, *(path for path in copied.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        given = NodeOptions(mirror=real_mirror.url, cache=copied, offline=True)
        assert obtain(WIN, given, observer).sha256 == cached.sha256
    finally:
        for folder in folders:
            folder.chmod(0o700)


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root(None).name == "sealift"
    monkeypatch.setenv("PKG_CACHE_PATH", str(tmp_path / "pkg"))
    assert cache_root(None) == tmp_path / "pkg" / "sealift"
    monkeypatch.setenv("SEALIFT_CACHE", str(tmp_path / "own"))
    assert cache_root(None) == tmp_path / "own"
    assert cache_root(tmp_path / "chosen") == tmp_path / "chosen"
