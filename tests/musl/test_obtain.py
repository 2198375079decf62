"""Where musl comes from, and which errors explain that it is not available."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import rigs.musl
from sealift.cache import Store
from sealift.errors import NodeError, SealiftError, UsageError
from sealift.model import MuslLibrary
from sealift.musl import musl_source as source
from sealift.musl import obtain
from sealift.musl.obtain import obtain_musl, package_musl
from sealift.target import Arch
from sealift.zig import compiler as toolchain
from support.observers import Recorder

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
from sealift.musl.obtain import obtain_musl
from sealift.target import Arch

class Told:
    def stage(self, name, total=None, *, unit=None):
        print(name, flush=True)
    def advance(self, amount):
        print(".", flush=True)

musl = obtain_musl(Arch.X64, cache=Path(sys.argv[1]), offline=True, observer=Told())
print(musl.sha256, flush=True)
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(source.NAMED_BY, raising=False)
    monkeypatch.setattr(toolchain, "_installed", lambda what: None)


@pytest.fixture
def furnished(musl: Callable[[str], MuslLibrary], tmp_path: Path) -> Path:
    """A cache that has musl's source and the compiler, but no compiled musl."""
    musl("x64")
    cache = tmp_path / "cache"
    cache.mkdir()
    for entry in rigs.musl.cache().iterdir():
        if entry.name.startswith(("musl-", "ziglang-")):
            shutil.copytree(entry, cache / entry.name, symlinks=True)
    return cache


def entries(cache: Path) -> list[str]:
    """Return what is in a cache besides its locks, its tag and empty directories."""
    found = (path.relative_to(cache).as_posix() for path in cache.rglob("*"))
    own = ("downloads", "locks", "tmp", "CACHEDIR.TAG")
    return sorted(path for path in found if path not in own and "locks/" not in path)


def refusal(cache: Path, observer: Recorder, *, offline: bool = False) -> SealiftError:
    with pytest.raises(SealiftError) as raised:
        obtain_musl(Arch.X64, cache=cache, offline=offline, observer=observer)
    return raised.value


def copied(musl: MuslLibrary, cache: Path) -> Path:
    folder = musl.path.parent
    return shutil.copytree(folder, cache / "loaders" / folder.name) / "libc.so"


def test_cached_musl_is_used_silently(
    musl: Callable[[str], MuslLibrary], tmp_path: Path, observer: Recorder
) -> None:
    path = copied(musl("x64"), tmp_path)
    found = obtain_musl(Arch.X64, cache=tmp_path, offline=True, observer=observer)
    assert (found.path, found.sha256) == (path, musl("x64").sha256)
    assert observer.stages == []


def test_changed_musl_is_not_used(
    musl: Callable[[str], MuslLibrary], tmp_path: Path, observer: Recorder
) -> None:
    path = copied(musl("x64"), tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert refusal(tmp_path, observer, offline=True).code == "musl-missing"


def test_musl_in_the_wheel_has_priority(
    musl: Callable[[str], MuslLibrary],
    tmp_path: Path,
    observer: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(obtain, "_PACKAGED", tmp_path / "built")
    shutil.copytree(musl("arm64").path.parent, tmp_path / "built" / "arm64")
    found = obtain_musl(Arch.ARM64, cache=tmp_path / "c", offline=True, observer=observer)
    assert found.path == tmp_path / "built" / "arm64" / "libc.so"


def test_offline_without_the_source(tmp_path: Path, observer: Recorder) -> None:
    error = refusal(tmp_path, observer, offline=True)
    assert error.code == "musl-missing" and "--offline" in error.remedy
    assert entries(tmp_path) == []


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Directory of a server that replaces musl's site."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PATH", "")  # no apt
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        port = running.server_address[1]
        monkeypatch.setattr(source, "_URL", f"http://127.0.0.1:{port}/musl-1.2.5.tar.gz")
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield folder
        running.shutdown()


def test_the_source_is_fetched_once(
    server: Path, musl_tarball: Path, tmp_path: Path, observer: Recorder
) -> None:
    served = Path(shutil.copy(musl_tarball, server / "musl-1.2.5.tar.gz"))
    cache = Store(tmp_path / "cache")
    path = source.obtain_source(cache, False, observer)
    served.unlink()
    assert source.obtain_source(cache, True, observer) == path
    assert path.read_bytes() == musl_tarball.read_bytes()
    assert observer.names == ["fetching the source of musl 1.2.5"]


def test_a_fetched_source_with_another_digest_is_refused(
    server: Path, musl_tarball: Path, tmp_path: Path, observer: Recorder
) -> None:
    (server / "musl-1.2.5.tar.gz").write_bytes(musl_tarball.read_bytes()[:-1])
    error = refusal(tmp_path / "cache", observer)
    assert error.code == "digest-mismatch" and source.SHA256 in error.message
    assert entries(tmp_path / "cache") == []


def test_a_server_without_the_source(server: Path, tmp_path: Path, observer: Recorder) -> None:
    error = refusal(tmp_path / "cache", observer)
    assert error.code == "musl-missing" and "HTTP 404" in error.message
    assert entries(tmp_path / "cache") == []


def test_offline_without_a_compiler(
    musl_tarball: Path, tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(source.NAMED_BY, str(musl_tarball.parent))
    error = refusal(tmp_path, observer, offline=True)
    assert error.code == "compiler-missing" and "ziglang" in error.message


def test_no_network_for_the_source(
    tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no apt either
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    error = refusal(tmp_path, observer)
    assert isinstance(error, NodeError) and error.code == "musl-missing"
    assert "could not be fetched" in error.message and source.NAMED_BY in error.remedy
    assert entries(tmp_path) == []


def test_no_network_for_the_compiler(
    musl_tarball: Path, tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(source.NAMED_BY, str(musl_tarball))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    cache = tmp_path / "cache"
    error = refusal(cache, observer)
    assert error.code == "compiler-missing" and "No matching distribution" in error.message
    assert entries(cache) == []


def test_a_named_source_that_does_not_exist(
    tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(source.NAMED_BY, str(tmp_path))
    error = refusal(tmp_path, observer)
    assert isinstance(error, UsageError) and source.NAMED_BY in error.message


def test_a_named_source_with_another_digest_is_refused(
    musl_tarball: Path, tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "musl_1.2.5.orig.tar.gz"
    changed.write_bytes(musl_tarball.read_bytes()[:-1])
    monkeypatch.setenv(source.NAMED_BY, str(tmp_path))
    error = refusal(tmp_path, observer)
    assert error.code == "digest-mismatch" and str(changed) in error.message


def test_a_compiler_without_a_record_is_not_run(
    furnished: Path, observer: Recorder, musl_tarball: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(furnished / f"ziglang-{toolchain.VERSION}")
    broken = furnished / f"ziglang-{toolchain.VERSION}" / "ziglang" / "zig"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    (broken.parent / "lib" / "compiler_rt").mkdir(parents=True)
    error = refusal(furnished, observer, offline=True)
    assert "is not cached" in error.message


def test_a_killed_build_leaves_nothing_incomplete(furnished: Path) -> None:
    build = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, furnished], stdout=subprocess.PIPE, text=True
    )
    assert build.stdout is not None
    said = [build.stdout.readline() for _ in range(8)]
    build.kill()
    build.wait()
    build.stdout.close()
    assert said == ["compiling musl for x64\n", *[".\n"] * 7]
    assert list((furnished / "loaders").iterdir()) == []
    assert len(list((furnished / "tmp").iterdir())) == 1
    deadline = time.monotonic() + 20  # compilers that it had started may still be writing
    while list((furnished / "tmp").iterdir()) and time.monotonic() < deadline:
        Store(furnished).sweep()
        time.sleep(0.2)
    assert list((furnished / "tmp").iterdir()) == []


def test_the_wheel_includes_musl(
    musl: Callable[[str], MuslLibrary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns("built", "__pycache__")
    shutil.copytree(ROOT / "src", project / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, project / name)
    shutil.copytree(ROOT / "docs" / "man", project / "docs" / "man")
    monkeypatch.setattr(obtain, "_PACKAGED", project / "src" / "sealift" / "musl" / "built")
    package_musl(cache=rigs.musl.cache(), observer=Recorder())
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", tmp_path], cwd=project, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "installed", "zip")
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "cache"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == f"{musl('x64').sha256}\n"
    assert not (tmp_path / "cache").exists()


@pytest.mark.corpus
def test_two_builds_at_once_compile_once_and_get_the_same_bytes(
    furnished: Path, musl: Callable[[str], MuslLibrary]
) -> None:
    command = [sys.executable, "-c", PROGRAM, furnished]
    builds = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [build.communicate(timeout=1200)[0].splitlines() for build in builds]
    assert [lines[-1] for lines in said] == [musl("x64").sha256] * 2
    first = sorted(lines[0].split()[0] for lines in said)
    assert first == ["compiling", "waiting"]
