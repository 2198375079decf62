"""Addons are loaded from files that nobody else has touched, whatever is in their places."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hostile.extraction_victim import (
    EVIL,
    GOOD,
    OTHER,
    USER,
    Victim,
    as_user,
    compile_addon,
    swapping,
)
from rigs.capability import lacking
from support.executables import package_folder
from support.releases import RELEASE, RELEASES

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a Linux machine, whose file systems these tests use"
)

PROGRAM = "require('./addon.node'); console.log('loaded');"
OLD = 40 * 24 * 3600


@pytest.fixture(scope="module")
def root_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def executable(
    root_directory: Path, node_binary: Callable[[str, str, str], Path]
) -> Callable[[str], Path]:
    """Callable ``(release)``: the program for a release."""
    made: dict[str, Path] = {}

    def make(release: str) -> Path:
        if release not in made:
            folder = root_directory / release / "app"
            folder.mkdir(parents=True)
            (folder / "index.js").write_text(PROGRAM)
            compile_addon(GOOD, folder / "addon.node")
            node = node_binary(release, "linux", "x64")
            output = package_folder(folder, "index.js", node, folder.parent / "program")
            output.chmod(0o755)
            made[release] = output
        return made[release]

    return make


@pytest.fixture
def victim(root_directory: Path, executable: Callable[[str], Path]) -> Victim:
    root = Path(tempfile.mkdtemp(dir=root_directory))
    root.chmod(0o755)
    made = Victim(executable(RELEASE), root, USER if os.geteuid() == 0 else os.geteuid())
    made.home.mkdir()
    made.temporary.mkdir()
    made.temporary.chmod(0o1777)
    os.chown(made.home, made.user, -1)
    return made


def loads(victim: Victim, script: str = 'exec "$@"') -> None:
    done = victim.start(script=script)
    assert (done.code, done.stdout, done.stderr) == (0, "loaded\n", "")


def only(victim: Victim) -> Path:
    """Return the one file that is extracted."""
    (file,) = victim.files()
    return file


# Another user's directories in the places of the user's own


def plant(victim: Victim, directory: Path, marker: Path) -> None:
    """Make the other user's copy of what the victim extracts, with an addon that says it ran."""
    pattern = Victim(victim.executable, victim.root / "pattern", os.geteuid())
    pattern.home.mkdir(parents=True)
    pattern.temporary.mkdir(mode=0o700)
    loads(pattern)
    shutil.copytree(pattern.cache, directory)
    (addon,) = directory.rglob("*.node")
    compile_addon(EVIL % marker, victim.root / "evil.node")
    shutil.copyfile(victim.root / "evil.node", addon)
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755)
        os.chown(path, OTHER, OTHER)


def race(victim: Victim, parent: Path, count: int, script: str) -> None:
    """Start the program while another user exchanges directories in a parent that he can change."""
    marker = victim.root / "marker" / "ran"
    marker.parent.mkdir()
    marker.parent.chmod(0o777)
    for directory in (parent, parent / "deep"):
        directory.mkdir()
        directory.chmod(0o777)
    swapped = victim.start({"PKG_NATIVE_CACHE_PATH": str(parent / "deep")}, script)
    assert swapped.code == 0, swapped.stderr
    evil = parent / "deep" / "evil"
    plant(victim, evil, marker)
    own = parent / "deep" / "sealift"
    if not own.exists():  # the program has found a better place
        shutil.copytree(evil, own)
    stop = victim.root / "stop"
    attacker = swapping(own, evil, stop, count)
    outcomes = []
    end = time.monotonic() + 600
    starts = max(10, count // 50)
    while len(outcomes) < starts and time.monotonic() < end:
        done = victim.start({"PKG_NATIVE_CACHE_PATH": str(parent / "deep")}, script)
        outcomes.append(done.code)
        assert not marker.exists(), "the other user's addon ran"
        assert (done.stdout, done.code, done.stderr) == ("loaded\n", 0, "")
    stop.touch()
    assert int(attacker.communicate(timeout=30)[0]) >= count
    assert len(outcomes) == starts
    left = {path.name for path in parent.joinpath("deep").iterdir()}
    assert left == {"sealift", "evil"}


NOTHING_ELSE = (
    "mount -t tmpfs -o noexec,mode=1777 none /dev/shm;"
    " mount -t tmpfs -o noexec,mode=1777 none '{temporary}';"
    " mount -t tmpfs -o noexec,mode=1777 none '{home}';"
)


def restrict(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the victim load files only from where PKG_NATIVE_CACHE_PATH says."""
    mounts = NOTHING_ELSE.format(temporary=victim.temporary, home=victim.home)
    as_victim = " ".join(as_user(victim.user, []))
    script = f'{mounts} exec {as_victim} "$@"'
    command = ["unshare", "--mount", "sh", "-ec", script, "sh", str(victim.executable)]
    monkeypatch.setattr(
        Victim,
        "command",
        lambda self, _: command if self is victim else as_user(self.user, [str(self.executable)]),
    )


def test_what_others_put_in_the_way_does_not_prevent_a_start(
    victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid():
        lacking("root, to run as two other users")
    shared = victim.root / "shared"
    (shared / "sealift").mkdir(parents=True)
    shared.chmod(0o777)
    os.chown(shared / "sealift", OTHER, OTHER)
    ended = subprocess.Popen(["true"])
    ended.wait()
    killed = shared / f"sealift-{namespace()}-{base36(ended.pid)}-a"
    planted = shared / f"sealift-{namespace()}-{base36(ended.pid)}-b"
    for path, user in ((killed, victim.user), (planted, OTHER)):
        (path / "digest").mkdir(parents=True)
        (path / "digest" / "addon.node").touch()
        for part in (path, path / "digest", path / "digest" / "addon.node"):
            os.chown(part, user, -1)
        path.chmod(0o700)
    restrict(victim, monkeypatch)
    done = victim.start({"PKG_NATIVE_CACHE_PATH": str(shared)})
    assert (done.stdout, done.code, done.stderr) == ("loaded\n", 0, "")
    assert {path.name for path in shared.iterdir()} == {"sealift", planted.name}


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.corpus)])
@pytest.mark.parametrize("elsewhere", [True, False], ids=["elsewhere", "only-there"])
def test_swaps_of_directories_lose_every_race(
    elsewhere: bool, count: int, victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid():
        lacking("root, to run as two other users")
    if not elsewhere:
        restrict(victim, monkeypatch)
    race(victim, victim.root / "shared", count, 'exec "$@"')


@pytest.mark.parametrize("name", ["home", "home/.cache", "home/.cache/sealift"])
def test_another_users_directory_is_not_used(name: str, victim: Victim) -> None:
    if os.geteuid():
        lacking("root, to plant another user's directory")
    marker = victim.root / "marker" / "ran"
    marker.parent.mkdir()
    marker.parent.chmod(0o777)
    victim.cache.parent.mkdir(exist_ok=True)
    plant(victim, victim.cache, marker)
    for path in (victim.home, victim.home / ".cache", victim.cache):
        os.chown(path, OTHER if path == victim.root / name else USER, -1)
    loads(victim)
    assert not marker.exists()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_parent_that_others_can_change_is_not_used(mode: int, victim: Victim) -> None:
    victim.home.chmod(mode)
    loads(victim)
    assert only(victim).is_relative_to(victim.temporary / f"sealift-{victim.user}")


def test_a_link_of_the_user_is_followed(victim: Victim) -> None:
    target = victim.home / "large disk"
    target.mkdir()
    os.chown(target, victim.user, -1)
    (victim.home / ".cache").symlink_to("../home/./large disk")
    os.chown(victim.home / ".cache", victim.user, -1, follow_symlinks=False)
    loads(victim)
    assert (target / "sealift").is_dir()


def test_a_link_of_another_user_is_not_followed(victim: Victim) -> None:
    if os.geteuid():
        lacking("root, to make another user's link")
    target = victim.root / "elsewhere"
    target.mkdir()
    os.chown(target, victim.user, -1)
    (victim.home / ".cache").symlink_to(target)
    os.chown(victim.home / ".cache", OTHER, -1, follow_symlinks=False)
    loads(victim)
    assert not list(target.iterdir())


# Other kinds of files, umasks


def fifo(path: Path) -> None:
    os.mkfifo(path, 0o700)


def listening_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        directory = os.open(path.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{directory}/{path.name}")  # a socket's path has 107 bytes
        os.close(directory)


def directory(path: Path) -> None:
    (path / "x").mkdir(parents=True)


def device(path: Path) -> None:
    if os.geteuid():
        lacking("root, to make a device")
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # endless zeros
    except PermissionError:
        lacking("the right to make a device")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("kind", [fifo, listening_socket, directory, device, loop])
@pytest.mark.parametrize("level", range(4), ids=["cache", "sealift", "digest", "addon"])
def test_other_kinds_of_files(kind: Callable[[Path], None], level: int, victim: Victim) -> None:
    loads(victim)
    addon = only(victim)
    path = (*reversed(addon.parents), addon)[len(victim.home.parts) + level]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    kind(path)
    os.chown(path, victim.user, -1, follow_symlinks=False)
    loads(victim)


@pytest.mark.parametrize("umask", ["0777", "0000", "0277", "0022"])
def test_any_umask(umask: str, victim: Victim) -> None:
    for _ in range(2):
        loads(victim, f'umask {umask}; exec "$@"')
        assert only(victim).is_relative_to(victim.cache)
    for path in (victim.cache.parent, victim.cache, *victim.cache.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


def test_without_proc(victim: Victim) -> None:
    """Then files have only paths; the checks are the same."""
    if os.geteuid() or not shutil.which("unshare"):
        lacking("root and unshare, to hide /proc")
    start = 'exec "$@"'
    hidden = ["unshare", "--mount", "sh", "-ec", f"mount -t tmpfs none /proc; {start}", "sh"]
    for mode, place in ((0o755, victim.cache), (0o777, victim.temporary)):
        victim.home.chmod(mode)
        done = subprocess.run(
            [*hidden, *victim.command()],
            env=victim.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "loaded\n", "")
        assert any(file.is_relative_to(place) for file in victim.files())


# Sudden death


def kill_first_starts(victim: Victim, count: int) -> None:
    """Kill first starts at random moments; each time a start that is not killed follows."""
    chance = random.Random(200)
    started = time.monotonic()
    loads(victim)
    usual = time.monotonic() - started
    for _ in range(count):
        shutil.rmtree(victim.cache)
        process = subprocess.Popen(
            victim.command(), cwd="/", env=victim.environment(), stdout=subprocess.DEVNULL
        )
        time.sleep(chance.random() * usual * 1.2)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        loads(victim)
        assert only(victim).name == "addon.node"


@pytest.mark.parametrize("count", [10, pytest.param(200, marks=pytest.mark.corpus)])
def test_killed_first_starts_leave_nothing(count: int, victim: Victim) -> None:
    kill_first_starts(victim, count)


def namespace() -> str:
    return base36(int(str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")))


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (base36(number // 36) if number >= 36 else "") + digits[number % 36]


def test_what_killed_processes_left_is_removed(victim: Victim) -> None:
    loads(victim)
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = {
        "ended": f".tmp-{namespace()}-{base36(ended.pid)}-a",
        "running": f".tmp-{namespace()}-{base36(os.getpid())}-a",
        "elsewhere": f".tmp-x{namespace()}-{base36(ended.pid)}-a",
        "elsewhere and old": f".tmp-x{namespace()}-{base36(ended.pid)}-b",
    }
    for name in names.values():
        (victim.cache / name).touch()
        os.chown(victim.cache / name, victim.user, -1)
    long_ago = time.time() - OLD
    os.utime(victim.cache / names["elsewhere and old"], (long_ago, long_ago))
    strange = victim.cache / f".tmp-{namespace()}-{base36(ended.pid)}-c"
    if os.geteuid() == 0:
        strange.touch()
        os.chown(strange, OTHER, -1)
    loads(victim)
    left = {path.name for path in victim.files()} - {"addon.node", strange.name}
    assert left == {names["running"], names["elsewhere"]}
    assert strange.exists() == (os.geteuid() == 0)


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.corpus)])
def test_first_starts_at_once(count: int, victim: Victim) -> None:
    with ThreadPoolExecutor(count) as pool:
        ends = list(pool.map(lambda _: victim.start(), range(count)))
    assert [(end.code, end.stdout) for end in ends] == [(0, "loaded\n")] * count
    assert only(victim).name == "addon.node"


@pytest.mark.parametrize("release", [release for release in RELEASES if release != RELEASE])
def test_other_releases(release: str, executable: Callable[[str], Path], victim: Victim) -> None:
    other = Victim(executable(release), victim.root, victim.user)
    loads(other, 'umask 0777; exec "$@"')
    victim.home.chmod(0o777)
    loads(other)
