"""With `--harden` the environment changes nothing about what Node runs, and how.

CI tries each way to change it with Node 24 and with one other release.
"""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs.machine import Completed, bare_environment, complete
from sealift.verify_executable import verify_executable
from support.command_line import Sealift
from support.releases import RELEASE, RELEASES
from support.samples import pairs

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a host that runs the executable"
)

MAIN = """
const { fork } = require('node:child_process');
const { Worker } = require('node:worker_threads');
if (process.argv[2] === 'wait') {
  console.log(process.pid);
  setTimeout(() => {}, 20000);
} else {
  const answers = { args: process.argv.slice(2), env: process.env.NODE_TLS_REJECT_UNAUTHORIZED };
  try {
    require('evil'); // which NODE_PATH would find
  } catch {}
  const execArgv = [...process.execArgv, '--max-http-header-size=9000'];
  fork(__dirname + '/child.js', ['x'], { execArgv })
    .on('message', (child) => {
      new Worker(__dirname + '/worker.js').on('message', (worker) => {
        console.log(JSON.stringify({ ...answers, child, worker }));
      });
    });
}
"""
CHILD = "process.send(process.argv.slice(2)); process.disconnect();"
WORKER = "require('node:worker_threads').parentPort.postMessage('worker');"
EVIL = "require('node:fs').writeFileSync(process.env.MARKER, 'ran');"
NORMAL = {"args": ["a", "--inspect"], "child": ["x"], "worker": "worker"}

HARDENABLE = [release for release in RELEASES if not release.startswith("20.")]


@pytest.fixture(scope="module")
def build_hardened(
    tmp_path_factory: pytest.TempPathFactory,
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
) -> Callable[[str], Path]:
    """Callable: a release to the executable, which is built once."""

    @functools.cache
    def build(release: str) -> Path:
        folder = tmp_path_factory.mktemp("hardened")
        for name, text in {"main.js": MAIN, "child.js": CHILD, "worker.js": WORKER}.items():
            (folder / name).write_text(text)
        (folder / "evil.js").write_text(EVIL)
        target = f"node{release}-linux-x64"
        (folder / "package.json").write_text(json.dumps({"name": "hardened", "bin": "main.js"}))
        options = ["-t", target, "-o", folder / "app", "--harden", "--quiet"]
        done = sealift(folder, *options, *binary_options(target))
        assert done.code == 0, done.stderr
        for name in ("main.js", "child.js", "worker.js"):
            (folder / name).unlink()
        return folder / "app"

    return build


@pytest.fixture(params=HARDENABLE)
def hardened(request: pytest.FixtureRequest, build_hardened: Callable[[str], Path]) -> Path:
    return build_hardened(request.param)


def start(executable: Path, *args: str, env: Mapping[str, str]) -> Completed:
    marker = executable.with_name("marker")
    own = bare_environment({"MARKER": str(marker), **env})
    done = complete([executable, *args], cwd=None, env=own, timeout=60)
    assert not marker.exists(), "other code ran"
    return done


def ways(*tried: object) -> list[object]:
    """Return the parameters of a test of ways in with executables of each release."""
    return pairs(tried, HARDENABLE, [RELEASE])


@pytest.mark.parametrize(
    ("variables", "hardened"),
    ways(
        {"NODE_OPTIONS": "--require {evil}"},
        {"NODE_OPTIONS": "--import {evil}"},
        {"NODE_OPTIONS": "--inspect=127.0.0.1:0"},
        {"NODE_OPTIONS": "--no-such-option"},
        {"NODE_OPTIONS": "--conditions=evil --max-old-space-size=1"},
        {"NODE_TLS_REJECT_UNAUTHORIZED": "0"},
        {"NODE_PATH": "{folder}"},
        {"PKG_EXECPATH": "PKG_INVOKE_NODEJS"},
        {"PKG_EXECPATH": "other"},
        {"SEALIFT_NODE_OPTIONS": "--require {evil}"},
    ),
    indirect=["hardened"],
    ids=str,
)
def test_the_environment_does_not_act(hardened: Path, variables: Mapping[str, str]) -> None:
    places = {"evil": hardened.with_name("evil.js"), "folder": hardened.parent}
    env = {name: value.format(**places) for name, value in variables.items()}
    done = start(hardened, "a", "--inspect", env=env)
    assert (done.code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == NORMAL


@pytest.mark.parametrize(
    ("args", "hardened"),
    ways(
        ["-e", "{code}"],
        ["-p", "{code}"],
        ["-r", "{evil}", "/snapshot/hardened/child.js"],
        ["--import={evil}", "/snapshot/hardened/child.js"],
        ["{evil}"],
        ["/snapshot/../{evil}"],
        ["-"],
        ["-i"],
        [],
    ),
    indirect=["hardened"],
    ids=str,
)
def test_only_packaged_scripts_run_as_node(hardened: Path, args: list[str]) -> None:
    places = {"evil": str(hardened.with_name("evil.js")), "code": EVIL}
    given = [arg.format(**places) for arg in args]
    done = start(hardened, *given, env={"PKG_EXECPATH": str(hardened)})
    assert (done.code, done.stdout) == (9, "")
    assert "is hardened" in done.stderr


def test_sigusr1_starts_no_inspector(hardened: Path) -> None:
    process = subprocess.Popen(
        [hardened, "wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    number = int(process.stdout.readline())
    process.send_signal(signal.SIGUSR1)
    time.sleep(0.5)
    process.kill()
    assert number == process.pid
    assert "Debugger listening" not in process.communicate(timeout=30)[1]


def test_it_can_be_verified(hardened: Path) -> None:
    verify_executable(hardened)


@pytest.mark.parametrize("release", ["20.20.2", "24.0.0"])
def test_a_release_that_always_obeys_node_options_is_refused(
    release: str, tmp_path: Path, sealift: Sealift, binary_options: Callable[..., list[str]]
) -> None:
    (tmp_path / "a.js").touch()
    target = f"node{release}-linux-x64"
    options = ["-t", target, "-o", tmp_path / "app", "--harden", *binary_options(target)]
    done = sealift(tmp_path / "a.js", *options)
    assert done.code == 4
    assert "cannot be hardened" in done.stderr


def test_other_executables_obey(
    tmp_path: Path, sealift: Sealift, binary_options: Callable[..., list[str]]
) -> None:
    (tmp_path / "a.js").write_text("console.log('ran')")
    (tmp_path / "evil.js").write_text(EVIL)
    target = f"node{RELEASE}-linux-x64"
    options = ["-t", target, "-o", tmp_path / "app", "--quiet", *binary_options(target)]
    assert sealift(tmp_path / "a.js", *options).code == 0
    env = {"NODE_OPTIONS": f"--require {tmp_path / 'evil.js'}", "MARKER": str(tmp_path / "ran")}
    done = complete([tmp_path / "app"], cwd=None, env=bare_environment(env), timeout=60)
    assert (done.code, done.stdout) == (0, "ran\n")
    assert (tmp_path / "ran").exists()
