"""Programs behave on an emulated Windows machine as on Linux, apart from paths."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASES

PROGRAMS = Path(__file__).parent / "programs"
RELEASE = RELEASES[2]

KILLS = """
const { spawn, spawnSync } = require('child_process');
const { ROLE } = process.env;
const start = async () => {
  const env = { ...process.env, ROLE: 'child', PKG_EXECPATH: '' };
  const child = spawn(process.execPath, process.pkg ? [] : [__filename], { env });
  child.ended = new Promise((resolve) => child.on('exit', (...how) => resolve(how)));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
};
if (ROLE) {
  console.log('started');
  setInterval(() => {}, 1000);
} else (async () => {
  const [how] = process.argv.slice(2);
  const child = await start();
  if (how === 'kill') child.kill();
  else {
    const args = ['/F', ...(how === 'tree' ? ['/T'] : []), '/PID', String(child.pid)];
    console.log(spawnSync('taskkill', args).status);
  }
  console.log(await child.ended);
  process.exit(0);
})();
"""

DRIVES = """
const { spawnSync } = require('child_process');
const fs = require('fs');
const shown = [__filename, fs.readFileSync(__filename).length > 9];
if (process.argv.length === 2) console.log('again', ...shown);
else {
  const options = { shell: true, encoding: 'utf8' };
  console.log('first', ...shown);
  fs.mkdirSync('C:\\\\other', { recursive: true });
  fs.copyFileSync(process.execPath, 'C:\\\\other\\\\copy.exe');
  fs.writeFileSync('start.bat', '@echo off\\r\\n"%PROGRAM%"\\r\\n');
  for (const PROGRAM of [process.execPath, 'C:\\\\other\\\\copy.exe']) {
    process.env.PROGRAM = PROGRAM;
    console.log(spawnSync('cmd.exe', ['/C', 'start.bat'], options).stdout.trim());
  }
}
"""


@pytest.mark.rigs
@pytest.mark.parametrize("how", ["kill", "process", "tree"])
def test_a_child_is_killed_as_by_plain_node(
    how: str, windows_program: Callable[[str], tuple[Path, Path]], machine: FindMachine
) -> None:
    executable, node = windows_program(KILLS)
    here, cwd = machine("win-x64"), executable.parent / "cwd"
    cwd.mkdir()
    (cwd / "index.js").write_text(KILLS)
    expected = here.run(node, "index.js", how, cwd=cwd)
    found = here.run(executable, how, cwd=cwd)
    assert (found.code, found.stdout) == (expected.code, expected.stdout), found.stderr
    assert ("[ null, 'SIGTERM' ]" if how == "kill" else "[ 1, null ]") in found.stdout


@pytest.mark.rigs
def test_cmd_starts_the_program_again_also_from_another_drive(
    windows_program: Callable[[str], tuple[Path, Path]], machine: FindMachine
) -> None:
    executable, _ = windows_program(DRIVES)
    cwd = executable.parent / "cwd"
    cwd.mkdir()
    done = machine("win-x64").run(executable, "start", cwd=cwd)
    assert done.code == 0, done.stderr
    name = r"C:\snapshot\drives\index.js true"
    assert done.stdout.splitlines() == [f"first {name}", f"again {name}", f"again {name}"]


@pytest.fixture
def windows_program(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> Callable[[str], tuple[Path, Path]]:
    """Callable: a script to an executable for win-x64, and the Node that it contains."""

    def make(script: str) -> tuple[Path, Path]:
        directory = tmp_path / "drives"
        directory.mkdir()
        (directory / "index.js").write_text(script)
        binary = node_binary(RELEASE, "win", "x64")
        node = node_at(binary)
        built = build(project_of(directory, "index.js"), {"it": node}, tmp_path / "out")["it"]
        return built.rename(built.with_name("program.exe")), binary

    return make


@pytest.mark.rigs
@pytest.mark.parametrize("name", ["cjs", "workers"])
def test_program(
    name: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    printed = []
    project = project_of(shutil.copytree(PROGRAMS / name, tmp_path / name), "index.js")
    for platform, suffix in (("linux", ""), ("win", ".exe")):
        here = machine(f"{platform}-x64")
        node = node_at(node_binary(RELEASE, platform, "x64"))
        built = build(project, {"it": node}, tmp_path / f"out-{platform}")["it"]
        executable = built.rename(built.with_name(f"program{suffix}"))
        cwd = tmp_path / f"cwd-{platform}"
        cwd.mkdir()
        (cwd / "plugin.js").write_text("module.exports = 'from the disk: ' + __filename;")
        completed = here.run(executable, "--version", "-x", "two words", cwd=cwd)
        assert completed.code == 0, completed.stderr
        printed.append(_with_slashes(completed.stdout))
    linux, windows = printed
    assert windows == linux


def _with_slashes(text: str) -> list[str]:
    text = re.sub(r"\\\\(?=[\w@.\"])", "/", text.replace("\r\n", "\n"))
    return text.replace("/C:/snapshot", "/snapshot").replace("C:/snapshot", "/snapshot").split("\n")
