"""Where packaged addons are extracted, and what happens if a directory is unsuitable."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rigs.capability import lacking
from rigs.machine import Completed, complete
from support.releases import RELEASE, RELEASES

PACKAGES = {"bufferutil": "4.1.0", "sharp": "0.35.5"}
NOBODY = 65534
NOBODY_KNOWN = 54321  # a user without an entry in /etc/passwd
MONTHS = 40 * 24 * 3600

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a Linux machine, whose file systems these tests use"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A user with a home and a directory for temporary files."""

    executable: Path
    home: Path
    temporary: Path
    user: int

    @property
    def cache(self) -> Path:
        return self.home / ".cache" / "sealift"

    def run(self, *args: str, env: Mapping[str, str | None] | None = None) -> Completed:
        given = {"HOME": str(self.home), "TMPDIR": str(self.temporary)} | dict(env or {})
        environment = {key: value for key, value in given.items() if value is not None}
        return complete(self.command(*args), cwd=Path("/"), env=environment, timeout=60)

    def command(self, *args: str) -> list[str | Path]:
        command: list[str | Path] = [self.executable, *args]
        if self.user != os.geteuid():
            user = str(self.user)
            as_user = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
            command = [*as_user, *command]
        return command

    def answer(self, *args: str, env: Mapping[str, str | None] | None = None) -> dict[str, Any]:
        done = self.run(*args, env=env)
        assert (done.code, done.stderr) == (0, ""), done
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["bytes"] == [0, 3, 2]
        return found

    def loaded_from(self, *args: str, env: Mapping[str, str | None] | None = None) -> Path:
        (file,) = self.answer(*args, env=env)["addon"]
        return Path(file)


@pytest.fixture(scope="module")
def executable(packaged: Callable[..., Path]) -> Path:
    return packaged("addon", "index.js", PACKAGES)


@pytest.fixture
def directory(open_directory: Path) -> Path:
    found = Path(tempfile.mkdtemp(dir=open_directory))
    found.chmod(0o755)
    return found


@pytest.fixture
def here(executable: Path, directory: Path) -> Place:
    return make_place(executable, directory, os.geteuid())


@pytest.fixture
def nobody(executable: Path, directory: Path) -> Place:
    """A user who, unlike root, cannot write everywhere."""
    if os.geteuid() == 0 and shutil.which("setpriv"):
        return make_place(executable, directory, NOBODY)
    if os.geteuid() == 0:
        lacking("setpriv, to run as another user than root")
    return make_place(executable, directory, os.geteuid())


def make_place(executable: Path, directory: Path, user: int) -> Place:
    place = Place(executable, directory / "home", directory / "temporary", user)
    place.home.mkdir()
    place.temporary.mkdir()
    place.temporary.chmod(0o1777)
    if user != os.geteuid():
        os.chown(place.home, user, user)
    return place


def tree(directory: Path) -> Iterator[Path]:
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            yield Path(parent, name)


def test_addons_are_extracted_into_the_users_cache(here: Place) -> None:
    file = here.loaded_from("sharp", "worker")
    assert file.is_relative_to(here.cache)
    assert file.stat().st_uid == os.geteuid()
    for path in (here.cache, *tree(here.cache)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    # An addon; then one with the library of another package, which it finds relative to itself.
    assert sorted(path.name for path in tree(here.cache) if path.is_file()) == [
        "bufferutil.node",
        "libvips-cpp.so.8.18.7",
        "sharp-linux-x64-0.35.5.node",
    ]


def test_a_library_of_another_package_is_extracted(here: Place) -> None:
    answer = here.answer("sharp")
    assert answer["pixels"] == [10, 20, 30]
    (library,) = answer["library"]
    assert Path(library).is_relative_to(here.cache)


@pytest.mark.parametrize("release", [release for release in RELEASES if release != RELEASE])
def test_other_releases(release: str, packaged: Callable[..., Path], directory: Path) -> None:
    executable = packaged("addon", "index.js", PACKAGES, release)
    here = make_place(executable, directory, os.geteuid())
    assert here.answer("sharp", "worker")["pixels"] == [10, 20, 30]


def test_executables_with_the_same_addon_share_it(here: Place) -> None:
    """The name of the program is not part of any path."""
    assert here.loaded_from().relative_to(here.cache).parts[1:] == ("bufferutil.node",)
    (library,) = here.answer("sharp")["library"]
    assert Path(library).relative_to(here.cache).parts[1:] == (
        "sharp-libvips-linux-x64",
        "lib",
        "libvips-cpp.so.8.18.7",
    )


def test_extracted_once(here: Place) -> None:
    file = here.loaded_from()
    before = file.stat()
    assert here.loaded_from() == file
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_environment_names_the_cache(here: Place) -> None:
    other = here.temporary / "other"
    assert here.loaded_from(env={"XDG_CACHE_HOME": str(other)}).is_relative_to(other / "sealift")
    named = here.temporary / "named"
    file = here.loaded_from(env={"PKG_NATIVE_CACHE_PATH": str(named), "XDG_CACHE_HOME": str(other)})
    assert file.is_relative_to(named / "sealift")


def test_processes_that_start_together(here: Place) -> None:
    processes = 8
    with ThreadPoolExecutor(processes) as pool:
        files = set(pool.map(lambda _: here.loaded_from("sharp"), range(processes)))
    assert len(files) == 1
    assert len([path for path in tree(here.cache) if path.is_file()]) == 3, "left over"


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def change(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"\1")


def link(file: Path) -> None:
    other = file.with_name("other")
    file.rename(other)
    file.symlink_to(other)


def open_up(file: Path) -> None:
    file.chmod(0o777)


@pytest.mark.parametrize("damage", [cut, change, link, open_up, Path.unlink])
def test_a_changed_file_is_replaced(damage: Callable[[Path], None], here: Place) -> None:
    file = here.loaded_from()
    content = file.read_bytes()
    damage(file)
    assert here.loaded_from() == file
    assert (file.read_bytes(), file.is_symlink()) == (content, False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o700


def test_a_read_only_home(nobody: Place) -> None:
    nobody.home.chmod(0o555)
    file = nobody.loaded_from("sharp")
    shared = nobody.temporary / f"sealift-{nobody.user}"
    assert file.is_relative_to(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o700
    assert nobody.loaded_from("sharp") == file


def test_a_home_that_cannot_be_written_to_but_has_it(nobody: Place) -> None:
    file = nobody.loaded_from()
    nobody.cache.chmod(0o500)
    assert nobody.loaded_from() == file


def test_no_home(nobody: Place) -> None:
    stranger = Place(nobody.executable, nobody.home, nobody.temporary, NOBODY_KNOWN)
    if os.geteuid():
        lacking("root, to run as a user who has no home")
    file = stranger.loaded_from(env={"HOME": None})
    assert file.is_relative_to(stranger.temporary / f"sealift-{NOBODY_KNOWN}")
    file = stranger.loaded_from(env={"HOME": ""})
    assert file.is_relative_to(stranger.temporary / f"sealift-{NOBODY_KNOWN}")


def test_the_home_of_another_user(nobody: Place) -> None:
    if os.geteuid():
        lacking("root, to run with the home of another user")
    root = Place(nobody.executable, nobody.home, nobody.temporary, 0)
    assert root.loaded_from().is_relative_to(root.temporary / "sealift-0")
    assert not nobody.cache.exists()


@pytest.mark.parametrize("planted", ["directory", "link", "file"])
def test_files_of_another_user_are_not_used(planted: str, nobody: Place) -> None:
    if os.geteuid():
        lacking("root, to plant another user's directory")
    nobody.home.chmod(0o555)
    name = nobody.temporary / f"sealift-{nobody.user}"
    if planted == "directory":
        name.mkdir()
        name.chmod(0o777)
    elif planted == "link":
        elsewhere = nobody.temporary / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        os.chown(elsewhere, nobody.user, nobody.user)
        name.symlink_to(elsewhere)
    else:
        name.touch()
    file = nobody.loaded_from("sharp")
    assert file.parent != name
    assert not file.is_relative_to(name)
    assert file.is_relative_to(nobody.temporary)
    left = {path.name for path in nobody.temporary.iterdir()}
    assert left <= {name.name, "elsewhere"}, "the private directory was left behind"
    assert not list(tree(name))


def test_a_single_addon_is_removed_after_loading(nobody: Place) -> None:
    nobody.home.chmod(0o555)
    (nobody.temporary / f"sealift-{nobody.user}").touch()
    answer = nobody.answer()
    assert answer["exists"] == [False]


def test_a_temporary_directory_that_others_can_change(nobody: Place) -> None:
    nobody.home.chmod(0o555)
    nobody.temporary.chmod(0o777)
    assert not nobody.loaded_from().is_relative_to(nobody.temporary)


def mounted(place: Place, script: str, *args: str) -> Completed:
    """Run with mounts that only this process sees."""
    if os.geteuid() or not shutil.which("unshare"):
        lacking("root and unshare, to mount something")
    command = ["unshare", "--mount", "sh", "-ec", f'{script}; exec "$@"', "sh"]
    environment = {
        "HOME": str(place.home),
        "TMPDIR": str(place.temporary),
        "PATH": os.environ["PATH"],
    }
    return complete([*command, *place.command(*args)], cwd=Path("/"), env=environment, timeout=60)


def no_execution(*directories: Path | str) -> str:
    return "; ".join(
        f"mount -t tmpfs -o noexec,mode=1777 none '{directory}'" for directory in directories
    )


def test_a_home_that_is_mounted_noexec(nobody: Place) -> None:
    owner = f"chown {nobody.user} '{nobody.home}'"
    done = mounted(nobody, f"{no_execution(nobody.home)}; {owner}")
    assert done.code == 0, done.stderr
    (file,) = json.loads(done.stdout)["addon"]
    assert Path(file).is_relative_to(nobody.temporary / f"sealift-{nobody.user}")


def test_in_memory(nobody: Place) -> None:
    nobody.home.chmod(0o555)
    done = mounted(nobody, no_execution(nobody.temporary), "sharp")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["addon"][0].startswith("/dev/shm/sealift-")
    assert not list(Path("/dev/shm").glob("sealift-*/*/sharp-*"))


def test_only_a_directory_that_others_can_change(nobody: Place) -> None:
    """Libraries find each other, although the path leads through a descriptor."""
    nobody.home.chmod(0o777)
    for _ in range(2):
        done = mounted(nobody, no_execution(nobody.temporary, "/dev/shm"), "sharp", "worker")
        assert done.code == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["pixels"] == [10, 20, 30]
        assert Path(answer["library"][0]).is_relative_to(nobody.cache)


def test_no_suitable_directory(nobody: Place) -> None:
    done = mounted(nobody, no_execution(nobody.home, nobody.temporary, "/dev/shm"))
    assert done.code == 1
    assert (
        "/snapshot/app/node_modules/bufferutil/prebuilds/linux-x64/bufferutil.node" in done.stderr
    )
    for place in (nobody.home, nobody.temporary, "/dev/shm", nobody.executable.parent):
        assert f"\n  {place}" in done.stderr
    assert "noexec" in done.stderr
    assert "PKG_NATIVE_CACHE_PATH" in done.stderr


def test_unused_directories_are_removed(here: Place) -> None:
    here.cache.mkdir(parents=True)
    old, fresh, strange = (here.cache / name for name in ("0" * 32, "1" * 32, "keep"))
    for directory in (old, fresh, strange):
        (directory / "app").mkdir(parents=True)
        (directory / "app" / "x.node").write_bytes(b"x")
    long_ago = time.time() - MONTHS
    for directory in (old, strange):
        os.utime(directory, (long_ago, long_ago))
    file = here.loaded_from()
    assert not old.exists()
    assert fresh.exists()
    assert strange.exists()
    used = here.cache / file.relative_to(here.cache).parts[0]
    os.utime(used, (long_ago, long_ago))
    assert here.loaded_from() == file
    assert used.stat().st_mtime > time.time() - 60, "it is in use, and has to look so"


def test_a_full_disk(nobody: Place) -> None:
    small = f"mount -t tmpfs -o size=64k,mode=777,uid={nobody.user} none '{nobody.home}'"
    done = mounted(nobody, small, "sharp")
    assert done.code == 0, done.stderr
    (library,) = json.loads(done.stdout)["library"]
    assert Path(library).is_relative_to(nobody.temporary)
