"""Compact files start: from the cache, unpacked by others, and where nothing can be written."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from rigs import fronts
from rigs.capability import lacking
from rigs.machine import bare_environment, complete
from sealift.compact import write_compact
from sealift.model import SilentObserver
from support.command_line import Sealift
from support.equipment import FindMachine

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a host that runs the executable"
)

MAIN = r"""
const cluster = require('node:cluster');
const fs = require('node:fs');
const { fork, spawnSync } = require('node:child_process');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const about = () => ({
  execPath: process.execPath,
  argv0: process.argv0,
  exe: fs.readlinkSync('/proc/self/exe'),
  comm: fs.readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim(),
  descriptors: fs.readdirSync('/proc/self/fd').length,
});
if (!isMainThread) {
  parentPort.postMessage(about());
} else if (cluster.isWorker) {
  process.send(about(), () => process.exit());
} else if (process.argv[2] === 'child') {
  process.send(about(), () => process.exit());
} else if (process.argv[2] === 'family') {
  const answer = (emitter) => new Promise((resolve) => emitter.once('message', resolve));
  Promise.all([
    answer(fork(__filename, ['child'])),
    answer(cluster.fork()),
    answer(new Worker(__filename)),
  ]).then(([child, inCluster, worker]) => {
    const variables = Object.keys(process.env).filter((name) => /sealift|compact/i.test(name));
    console.log(JSON.stringify({ own: about(), child, inCluster, worker, variables }));
  });
} else if (process.argv[2] === 'replace') {
  fs.renameSync(`${process.execPath}.new`, process.execPath);
  const env = { ...process.env, PKG_EXECPATH: '' };
  console.log(spawnSync(process.execPath, ['x'], { encoding: 'utf8', env }).stdout.trim());
} else {
  console.log(JSON.stringify({ ...about(), args: process.argv.slice(2) }));
}
"""

NOWHERE = "/dev/null/none"  # no process can make a directory there
Make = Callable[[str], Path]
Run = Callable[..., rigs.Completed]


@pytest.fixture(scope="module")
def made(sealift: Sealift, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Callable: a target, of Node 24 by default, to the compact file of `MAIN` (quality 1)."""
    folder = tmp_path_factory.mktemp("compact")
    (folder / "main.js").write_text(MAIN)

    def make(target: str) -> Path:
        plain = folder / target
        compact = plain.with_suffix(".compact")
        if compact.exists():
            return compact
        full = target if target.startswith("node") else f"node24-{target}"
        built = sealift(folder / "main.js", "--sea", "-t", full, "-o", plain)
        assert built.code == 0, built.stderr
        try:
            front = fronts.front(target.rpartition("-")[2])
        except rigs.RigError as error:
            lacking(str(error))
        sha256 = hashlib.sha256(plain.read_bytes()).hexdigest()
        with compact.open("wb") as out:
            write_compact(out, plain, sha256, front, SilentObserver(), quality=1)
        compact.chmod(0o755)
        return compact

    return make


@pytest.fixture(scope="module")
def app(made: Make) -> Path:
    return made("linux-x64")


def run(app: Path, home: Path | str, *args: str, **env: str) -> rigs.Completed:
    variables = bare_environment({"HOME": str(home), "TMPDIR": NOWHERE, **env})
    return complete([app, *args], cwd=None, env=variables, timeout=60)


def unpacked(home: Path) -> list[Path]:
    return sorted((home / ".cache" / "sealift" / "compact").iterdir())


def answered(done: rigs.Completed) -> dict[str, object]:
    assert (done.code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def as_compact(found: dict[str, object], app: Path) -> dict[str, object]:
    """Return what a normal executable has answered, with the path of the compact file."""
    plain = str(app.with_suffix(""))
    return {key: str(app) if value == plain else value for key, value in found.items()}


def test_the_process_is_that_of_the_compact_file(app: Path, tmp_path: Path) -> None:
    plain = answered(run(app.with_suffix(""), tmp_path, "a", "b c"))
    first = answered(run(app, tmp_path, "a", "b c"))
    again = answered(run(app, tmp_path, "a", "b c"))
    assert first == again == as_compact(plain, app)
    (file,) = unpacked(tmp_path)
    assert file.name == hashlib.sha256(app.with_suffix("").read_bytes()).hexdigest()
    assert file.read_bytes() == app.with_suffix("").read_bytes()
    assert file.stat().st_mode & 0o777 == 0o500


def test_children_and_threads_are_too(app: Path, tmp_path: Path) -> None:
    found = answered(run(app, tmp_path, "family"))
    for name in ("own", "child", "inCluster", "worker"):
        process = found[name]
        assert isinstance(process, dict)
        assert (process["execPath"], process["exe"]) == (str(app), str(app)), name
    assert found["variables"] == []


def test_a_program_can_replace_its_own_file(app: Path, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "own.new"
    own.write_bytes(app.read_bytes())
    other.write_bytes(app.read_bytes())
    own.chmod(0o755)
    other.chmod(0o755)
    done = run(own, tmp_path, "replace")
    assert done.code == 0 and json.loads(done.stdout)["execPath"] == str(own), done


@pytest.mark.parametrize("home", [NOWHERE, "/proc", ""])
def test_where_nothing_can_be_written_it_runs_in_memory(home: str, app: Path) -> None:
    assert answered(run(app, home, "x"))["execPath"] == str(app)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="missing: root")
@pytest.mark.parametrize("options", ["noexec,size=300m", "size=40m", "ro,size=300m"])
def test_file_systems_that_cannot_hold_it(options: str, app: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", home], check=False)
    if mounted.returncode:
        lacking("the right to mount")
    try:
        assert answered(run(app, home, "x"))["execPath"] == str(app)
        assert [path for path in home.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run(["umount", home], check=True)


def test_a_directory_that_others_can_read_is_not_used(app: Path, tmp_path: Path) -> None:
    directory = tmp_path / ".cache" / "sealift" / "compact"
    directory.mkdir(parents=True)
    directory.chmod(0o750)
    assert answered(run(app, tmp_path))["execPath"] == str(app)
    assert unpacked(tmp_path) == []
    directory.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    directory.symlink_to(tmp_path / "elsewhere")
    assert answered(run(app, tmp_path))["execPath"] == str(app)
    assert unpacked(tmp_path) == []


def test_the_temporary_directory_is_second(app: Path, tmp_path: Path) -> None:
    assert answered(run(app, NOWHERE, TMPDIR=str(tmp_path)))["execPath"] == str(app)
    (directory,) = tmp_path.glob("sealift-compact-*")
    assert len(list(directory.iterdir())) == 1


def test_several_first_starts_at_once(app: Path, tmp_path: Path) -> None:
    env = bare_environment({"HOME": str(tmp_path), "TMPDIR": NOWHERE})
    running = [
        subprocess.Popen([app, str(number)], env=env, stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    for number, process in enumerate(running):
        out, _ = process.communicate(timeout=120)
        assert (process.returncode, json.loads(out)["args"]) == (0, [str(number)])
    assert len(unpacked(tmp_path)) == 1


def test_what_a_killed_start_leaves_is_removed(app: Path, tmp_path: Path) -> None:
    directory = tmp_path / ".cache" / "sealift" / "compact"
    env = bare_environment({"HOME": str(tmp_path), "TMPDIR": NOWHERE})
    process = subprocess.Popen([app], env=env, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not directory.exists() or not list(directory.iterdir()):
        assert time.monotonic() < deadline and process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (left,) = unpacked(tmp_path)
    if left.suffix != ".tmp":
        left.rename(left.with_name(f"{left.name}.{'0' * 16}.tmp"))  # it was too quick
    assert answered(run(app, tmp_path))["execPath"] == str(app)
    (file,) = unpacked(tmp_path)
    assert file.suffix == ""


def test_a_changed_file_is_unpacked_again(app: Path, tmp_path: Path) -> None:
    answered(run(app, tmp_path))
    (file,) = unpacked(tmp_path)
    whole = file.read_bytes()
    for damage in (lambda out: out.truncate(1000), lambda out: out.write(b"x")):
        file.chmod(0o700)
        with file.open("r+b") as out:
            damage(out)
        answered(run(app, tmp_path))
        assert file.read_bytes() == whole


def test_old_executables_are_removed(app: Path, tmp_path: Path) -> None:
    directory = tmp_path / ".cache" / "sealift" / "compact"
    directory.mkdir(parents=True, mode=0o700)
    now, day = time.time(), 24 * 3600
    for number in range(12):
        file = directory / f"{number:064x}"
        file.write_bytes(b"")
        os.utime(file, (now - (40 * day if number < 2 else number * 3600), now))
    (directory / "notes").write_text("mine")
    answered(run(app, tmp_path))
    left = {file.name for file in unpacked(tmp_path)} - {"notes"}
    own = hashlib.sha256(app.with_suffix("").read_bytes()).hexdigest()
    assert left == {own, *(f"{number:064x}" for number in range(2, 9))}
    assert (directory / "notes").exists()


@pytest.mark.parametrize("what", ["trailer", "cut by 1", "half", "frame"])
def test_damage_is_one_sentence(what: str, app: Path, tmp_path: Path) -> None:
    content = bytearray(app.read_bytes())
    if what == "trailer":
        content[-200] ^= 1
    elif what == "frame":
        content[len(content) // 2] ^= 1
    else:
        del content[-1 if what == "cut by 1" else len(content) // 2 :]
    damaged = tmp_path / "damaged"
    damaged.write_bytes(content)
    damaged.chmod(0o755)
    done = run(damaged, tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr == f"sealift: {damaged} is damaged. Copy or download it again.\n"


def test_sealift_reads_it(app: Path, sealift: Sealift, tmp_path: Path) -> None:
    plain = json.loads(sealift("inspect", "--json", app.with_suffix("")).stdout)
    found = json.loads(sealift("inspect", "--json", app).stdout)
    assert found == plain | {"compact_size": app.stat().st_size}
    assert sealift("verify", app).code == 0
    damaged = tmp_path / "damaged"
    damaged.write_bytes(app.read_bytes()[:-1])
    refused = sealift("verify", damaged)
    assert refused.code == 6 and "without its end" in refused.stderr


def test_static_executables_too(made: Make, tmp_path: Path) -> None:
    app = made("linuxstatic-x64")
    assert answered(run(app, tmp_path))["execPath"] == str(app)
    assert answered(run(app, tmp_path))["execPath"] == str(app)
    assert answered(run(app, NOWHERE))["execPath"] == str(app)


@pytest.mark.parametrize("major", ["22", "26"])
def test_other_majors(major: str, made: Make, tmp_path: Path) -> None:
    app = made(f"node{major}-linux-x64")
    plain = answered(run(app.with_suffix(""), tmp_path))
    for home in (tmp_path, tmp_path, Path(NOWHERE)):
        assert answered(run(app, home)) == as_compact(plain, app)
    assert len(unpacked(tmp_path)) == 1


@pytest.mark.rigs
@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_arm64(major: str, made: Make, machine: FindMachine, tmp_path: Path) -> None:
    arm64 = machine("linux-arm64")
    app = made(f"node{major}-linux-arm64")
    for home in (tmp_path, tmp_path, Path(NOWHERE)):
        env = {"HOME": str(home), "TMPDIR": NOWHERE}
        assert answered(arm64.run(app, "x", env=env))["args"] == ["x"]
    assert len(unpacked(tmp_path)) == 1
