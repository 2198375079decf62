"""The cache of fetched packages: complete entries only, and changed files are noticed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sealift.addons.integrity import integrity_of
from sealift.addons.package_cache import PackageCache, entry_name
from sealift.addons.unpack_tarball import ArchiveError
from sealift.cache import Store
from sealift.model import SilentObserver
from support.tarballs import tarball


@pytest.fixture
def store(tmp_path: Path) -> PackageCache:
    return PackageCache(Store(tmp_path / "cache"), SilentObserver())


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "packed.tgz"
    path.write_bytes(tarball({"package/package.json": b"{}", "package/run.sh": b"#!/bin/sh\n"}))
    return path


def test_an_entry_is_found_again(store: PackageCache, packed: Path) -> None:
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


def test_a_touched_file_is_not_changed(store: PackageCache, packed: Path) -> None:
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


def test_a_killed_process_leaves_no_entry(tmp_path: Path, store: PackageCache) -> None:
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
