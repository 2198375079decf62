"""The cache of fetched packages: nothing outside it, nothing half made, no change unnoticed."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.addons.integrity import integrity_of, matches_integrity
from sealift.addons.package_cache import ArchiveError, PackageCache, entry_name, unpack
from sealift.cache import Store
from sealift.model import SilentObserver


def tarball(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(data), kind
            info.mode = 0o755 if name.endswith(".sh") else 0o644
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "package/../../outside",
        "/absolute/../outside",
        "package/..",
        "package/a\\..\\..\\outside",
        "package/C:outside",
        "package/nul.js",
        "package/a. ",
        "package/a\x01b",
    ],
)
def test_paths_that_no_package_has(name: str, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    with pytest.raises(ArchiveError):
        unpack(io.BytesIO(tarball({name: b"x"})), content, strip=True)
    assert list(tmp_path.rglob("*outside*")) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_are_not_made(kind: bytes, tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo("package/link")
        link.type, link.linkname = kind, "../../outside"
        archive.addfile(link)
        info = tarfile.TarInfo("package/link/file")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    assert unpack(io.BytesIO(out.getvalue()), tmp_path, strip=True) == ["link/file"]
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    "members",
    [
        {"package/a": b"1", "package/A": b"2"},
        {"package/a": b"1", "package/a/b": b"2"},
        {"package/a/b": b"1", "package/a": b"2"},
        {},
    ],
)
def test_archives_that_are_no_packages(members: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        unpack(io.BytesIO(tarball(members)), tmp_path, strip=True)


@given(st.binary(max_size=2000), st.booleans())
def test_arbitrary_bytes(data: bytes, compressed: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        try:
            unpack(io.BytesIO(gzip.compress(data) if compressed else data), Path(name), strip=True)
        except ArchiveError:
            return
    raise AssertionError("arbitrary bytes are no tarball")


def test_cut_off_anywhere(tmp_path: Path) -> None:
    whole = tarball({"package/a": os.urandom(5000), "package/b": b"2"})
    for end in (*range(0, len(whole), 97), len(whole) - 1):
        directory = tmp_path / str(end)
        directory.mkdir()
        with pytest.raises(ArchiveError):
            unpack(io.BytesIO(whole[:end]), directory, strip=True)


@pytest.fixture
def store(tmp_path: Path) -> PackageCache:
    return PackageCache(Store(tmp_path / "cache"), SilentObserver())


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "packed.tgz"
    path.write_bytes(tarball({"package/package.json": b"{}", "package/run.sh": b"#!/bin/sh\n"}))
    return path


def test_kept_and_found_again(store: PackageCache, packed: Path) -> None:
    name = entry_name("@a/b", "1.0.0", integrity_of(packed))
    assert store.find(name) is None
    store.add(name, packed, "@a/b@1.0.0", strip=True)
    found = store.find(name)
    assert found is not None
    assert found.integrity == integrity_of(packed)
    assert os.access(found.directory / "run.sh", os.X_OK)
    assert not os.access(found.directory / "package.json", os.X_OK)


@pytest.mark.parametrize("change", ["content", "same times", "gone"])
def test_a_changed_file_is_noticed(change: str, store: PackageCache, packed: Path) -> None:
    store.add("a", packed, "a", strip=True)
    found = store.find("a")
    assert found is not None
    file = found.directory / "run.sh"
    times = file.stat()
    if change == "gone":
        file.unlink()
    else:
        replaced = file.with_name("other")
        replaced.write_bytes(b"#!/bin/ls\n")
        replaced.replace(file)
        if change == "same times":
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert store.find("a") is None
    store.add("a", packed, "a", strip=True)
    assert store.find("a") is not None
    assert file.read_bytes() == b"#!/bin/sh\n"


def test_touched_is_not_changed(store: PackageCache, packed: Path) -> None:
    store.add("a", packed, "a", strip=True)
    found = store.find("a")
    assert found is not None
    os.utime(found.directory / "run.sh", ns=(1, 1))
    assert store.find("a") == found


def test_a_broken_tarball_leaves_nothing(store: PackageCache, packed: Path, tmp_path: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(ArchiveError):
        store.add("a", packed, "a", strip=True)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.name.startswith("a")] in (
        [tmp_path / "cache" / "addons"],
    ) or not list((tmp_path / "cache" / "addons").iterdir())
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def test_a_killed_process_leaves_nothing_that_counts(tmp_path: Path, store: PackageCache) -> None:
    large = tmp_path / "large.tgz"
    large.write_bytes(tarball({f"package/{n}": os.urandom(20_000) for n in range(400)}))
    program = (
        "import sys; from pathlib import Path\n"
        "from sealift.addons.package_cache import PackageCache\n"
        "from sealift.model import SilentObserver\n"
        "from sealift.cache import Store\n"
        "store = PackageCache(Store(Path(sys.argv[1])), SilentObserver())\n"
        "store.add('large', Path(sys.argv[2]), 'large', strip=True)\n"
    )
    command = [sys.executable, "-c", program, tmp_path / "cache", large]
    with subprocess.Popen(command) as process:
        while process.poll() is None and not list((tmp_path / "cache").glob("tmp/*/*/*/*")):
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert store.find("large") is None
    several = [subprocess.Popen(command) for _ in range(2)]
    assert [each.wait() for each in several] == [0, 0]
    found = store.find("large")
    assert found is not None
    assert len(list(found.directory.iterdir())) == 400
    assert [path.name for path in (tmp_path / "cache" / "addons").iterdir()] == ["large"]


def test_integrities(packed: Path) -> None:
    own = integrity_of(packed)
    other = "sha512-" + "A" * 86 + "=="
    assert matches_integrity(packed, own)
    assert matches_integrity(packed, f"{other} {own}")
    assert not matches_integrity(packed, other)
    # The strongest algorithm counts, and no digest is no permission.
    assert not matches_integrity(packed, f"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {other}")
    assert not matches_integrity(packed, "")
    assert not matches_integrity(packed, "md5-1B2M2Y8AsgTpgAmY7PhCfg==")
    assert not matches_integrity(packed, "sha512-!!")
