"""The root of a container image runs its program, as the image's own user and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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


def output_of(*command: str | Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.rigs
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can enter a root")
def test_the_unpacked_root_runs(sealift: Sealift, tmp_path: Path) -> None:
    for program in ("skopeo", "umoci"):
        if not shutil.which(program):
            lacking(program)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.js").write_text(PROGRAM)
    manifest = {
        "name": "served",
        "version": "1.0.0+5",
        "bin": "main.js",
        "pkg": {"package": {"kinds": ["oci"], "caCertificates": True}},
    }
    (tmp_path / "app" / "package.json").write_text(json.dumps(manifest))
    done = sealift(
        *(tmp_path / "app", "-t", "node24-linuxstatic-x64", "--sea"),
        *("--out-path", tmp_path / "out"),
    )
    assert done.code == 0, done.stderr
    (package,) = (tmp_path / "out").glob("*.oci.tar")
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
    assert json.loads(told) == {
        "uid": 65532,
        "user": "nonroot",
        "home": "/home/nonroot",
        "path": "/usr/bin/served",
        "argv": ["one"],
        "child": "a child",
        "certificates": True,
    }
