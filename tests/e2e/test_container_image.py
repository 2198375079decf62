"""A container image runs its program, as the image's own user and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rigs.capability import lacking
from support.command_line import Sealift

PROGRAM = """
const fs = require('node:fs'), os = require('node:os'), cp = require('node:child_process')
fs.writeFileSync(os.homedir() + '/written', 'x')
fs.writeFileSync(os.tmpdir() + '/written', 'x')
const child = cp.execFileSync(process.execPath, [__filename, 'child'], { encoding: 'utf8' })
const pem = fs.readFileSync(process.env.SSL_CERT_FILE, 'utf8')
if (process.argv[2] === 'child') process.stdout.write('a child')
else console.log(JSON.stringify({ uid: process.getuid(), user: os.userInfo().username,
  home: os.homedir(), path: process.execPath, argv: process.argv.slice(2), child,
  certificates: pem.includes('BEGIN CERTIFICATE') }))
""".replace(
    "const child = cp.execFileSync(",
    "const child = process.argv[2] === 'child' ? '' : cp.execFileSync(",
)
ENTER = """
import os, sys
root, directory, user, *command = sys.argv[1:]
os.chroot(root); os.chdir(directory)
os.setgroups([]); os.setgid(int(user)); os.setuid(int(user))
os.execv(command[0], command)
"""

# crun accepts the kernel's second version of control groups alone, and podman by default asks for
# limits that this machine's root may be refused. Everything that podman writes is in one directory.
PODMAN = """
umount --recursive /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup || exit
store="$1"; shift
exec podman --root "$store/root" --runroot "$store/run" --storage-driver vfs \\
    --cgroup-manager cgroupfs --events-backend file "$@"
"""
RUN = (
    *("run", "--rm", "--pull", "never", "--network", "none", "--cgroups", "disabled"),
    *("--ulimit", "nofile=512:512", "--ulimit", "nproc=1000:1000"),
)
EXPECTED = {
    "uid": 65532,
    "user": "nonroot",
    "home": "/home/nonroot",
    "path": "/usr/bin/served",
    "argv": ["one"],
    "child": "a child",
    "certificates": True,
}
pytestmark = [
    pytest.mark.rigs,
    pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can enter a root"),
]


def output_of(*command: str | Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(sealift: Sealift, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image of a program that tells what it finds."""
    place = tmp_path_factory.mktemp("image")
    (place / "app").mkdir()
    (place / "app" / "main.js").write_text(PROGRAM)
    manifest = {
        "name": "served",
        "version": "1.0.0+5",
        "bin": "main.js",
        "pkg": {"package": {"kinds": ["oci"], "caCertificates": True}},
    }
    (place / "app" / "package.json").write_text(json.dumps(manifest))
    done = sealift(
        *(place / "app", "-t", "node24-linuxstatic-x64", "--sea"), *("--out-path", place / "out")
    )
    assert done.code == 0, done.stderr
    (made,) = (place / "out").glob("*.oci.tar")
    return made


def need(*programs: str) -> None:
    for program in programs:
        if not shutil.which(program):
            lacking(program)


def test_the_unpacked_root_runs(package: Path, tmp_path: Path) -> None:
    need("skopeo", "umoci")
    layout, bundle = tmp_path / "layout", tmp_path / "bundle"
    source = f"oci-archive:{package}"
    output_of("skopeo", "--insecure-policy", "copy", "--quiet", source, f"oci:{layout}:one")
    output_of("umoci", "unpack", "--image", f"{layout}:one", bundle)
    process = json.loads((bundle / "config.json").read_text())["process"]
    assert process["user"]["uid"] == process["user"]["gid"] == 65532
    (bundle / "rootfs" / "proc").mkdir(exist_ok=True)
    told = output_of(
        *(sys.executable, "-c", ENTER, bundle / "rootfs", process["cwd"], "65532"),
        *(*process["args"], "one"),
        env=dict(pair.split("=", 1) for pair in process["env"]),
    )
    assert json.loads(told) == EXPECTED


def test_podman_loads_and_runs_it(package: Path) -> None:
    """As documented: `podman load`, and then the name that `docker load` gives it too."""
    need("podman", "crun", "unshare")
    with tempfile.TemporaryDirectory() as store:  # podman refuses one with a long path
        load_and_run(package, store)


def load_and_run(package: Path, store: str) -> None:

    def podman(*arguments: str | Path) -> str:
        own_mounts = ("unshare", "--mount", "--propagation", "private")
        return output_of(*own_mounts, "sh", "-c", PODMAN, "sh", store, *arguments)

    podman("load", "--quiet", "--input", package)
    (image,) = json.loads(podman("images", "--format", "json"))
    assert [name.rpartition("/")[2] for name in image["Names"]] == ["served:1.0.0_5"]
    assert json.loads(podman(*RUN, "served:1.0.0_5", "one")) == EXPECTED
