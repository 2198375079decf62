"""With `--no-inspect` nothing outside the program starts Node's inspector."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import bare_environment, complete
from support.command_line import Sealift
from support.releases import RELEASES

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a host that runs the executable"
)

MAIN = """
const { url } = require('node:inspector');
if (process.argv[2] === 'wait') {
  setTimeout(() => {}, 20000);
  process.stdin.once('data', () => {
    console.log(url());
    process.exit();
  });
  console.log('ready');
} else if (process.argv[2] === 'fork') {
  require('node:child_process').fork(__filename, { execArgv: ['--inspect=127.0.0.1:0'] });
} else {
  console.log(url(), process.env.NODE_OPTIONS, process.argv.slice(2));
}
"""
LOCAL = "127.0.0.1:0"
WITH_OPTIONS = [release for release in RELEASES if not release.startswith("20.")]


@pytest.fixture(scope="module", params=WITH_OPTIONS)
def executable(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
) -> Path:
    folder = tmp_path_factory.mktemp("proj")
    (folder / "main.js").write_text(MAIN)
    target = f"node{request.param}-linux-x64"
    options = ["-t", target, "-o", folder / "app", "--no-inspect", "--quiet"]
    done = sealift(folder / "main.js", *options, *binary_options(target))
    assert done.code == 0, done.stderr
    return folder / "app"


@pytest.mark.parametrize("option", ["--inspect", "--inspect-brk", "--inspect-wait"])
def test_node_options_start_none_and_otherwise_act(executable: Path, option: str) -> None:
    text = f"{option}={LOCAL} --throw-deprecation"
    env = bare_environment({"NODE_OPTIONS": text})
    done = complete([executable], cwd=None, env=env, timeout=60)
    assert (done.code, done.stdout, done.stderr) == (0, f"undefined {text} []\n", "")
    env["NODE_OPTIONS"] = "--require /no/such/file"
    assert complete([executable], cwd=None, env=env, timeout=60).code == 1


def test_children_and_plain_node_start_none(executable: Path) -> None:
    env = bare_environment({})
    done = complete([executable, "fork"], cwd=None, env=env, timeout=60)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("undefined ")
    env["PKG_EXECPATH"] = "PKG_INVOKE_NODEJS"
    command = [executable, f"--inspect={LOCAL}", "-p", "require('inspector').url()"]
    done = complete(command, cwd=None, env=env, timeout=60)
    assert (done.code, done.stdout, done.stderr) == (0, "undefined\n", "")


def test_sigusr1_starts_none(executable: Path) -> None:
    process = subprocess.Popen(
        [executable, "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.communicate("now", timeout=60) == ("undefined\n", "")


def test_node_20_is_refused_with_the_option_in_the_sentence(
    tmp_path: Path, sealift: Sealift, binary_options: Callable[..., list[str]]
) -> None:
    (tmp_path / "a.js").touch()
    target = "node20.20.2-linux-x64"
    options = ["-t", target, "-o", tmp_path / "app", "--no-inspect", *binary_options(target)]
    done = sealift(tmp_path / "a.js", *options)
    assert done.code == 4
    assert "--no-inspect" in done.stderr
