"""What only packaged programs have: ``process.pkg``, PKG_EXECPATH, stored resolutions, mounts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from rigs import Machine
from rigs.machine import Completed
from sealift.model import Resolution, ResolutionKind
from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASES

APP = Path(__file__).parent / "contract" / "app"
LINKS = {
    "index.js": (
        Resolution(ResolutionKind.REQUIRE, "magic", "app/lib/answer.js"),
        Resolution(ResolutionKind.REQUIRE, "gone", None),
        Resolution(ResolutionKind.IMPORT, "magic", "app/lib/answer.mjs"),
        Resolution(ResolutionKind.IMPORT, "gone", None),
    )
}
HINT = "The executable does not contain this module."


@dataclass(frozen=True, slots=True)
class Program:
    """An executable and its working directory."""

    executable: Path
    version: str
    cwd: Path
    here: Machine

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> Completed:
        return self.here.run(self.executable, *args, cwd=self.cwd, env=env)

    def answer(self, *args: str, env: Mapping[str, str] | None = None) -> object:
        completed = self.run(*args, env=env)
        assert (completed.code, completed.stderr) == (0, "")
        return json.loads(completed.stdout)


@pytest.fixture(scope="module", params=RELEASES)
def program(
    request: pytest.FixtureRequest,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Program:
    folder = tmp_path_factory.mktemp("contract")
    shutil.copytree(APP, folder / "app")
    binary = node_binary(request.param, "linux", "x64")
    project = project_of(folder / "app", "index.js", LINKS)
    nodes = {"it": node_at(binary)}
    executable = build(project, nodes, folder / "out")["it"]
    (folder / "app").rename(folder / "moved")
    cwd = folder / "cwd"
    cwd.mkdir()
    return Program(executable, request.param, cwd, machine("linux-x64"))


def test_every_argument_belongs_to_the_program(program: Program) -> None:
    given = ["args", "--version", "-h", "-e", "1", "--", "--inspect", ""]
    assert program.answer(*given) == [["/snapshot/app/index.js", *given], [], None]


def test_process_pkg(program: Program) -> None:
    entry = "/snapshot/app/index.js"
    assert program.answer("pkg") == [
        {"entrypoint": entry, "defaultEntrypoint": entry, "path": {}},
        "/snapshot/x/y",
        "0.1.0",
        True,
    ]


def test_the_executable_as_node(program: Program) -> None:
    env = {"PKG_EXECPATH": "PKG_INVOKE_NODEJS"}
    assert program.run("--version", env=env).stdout == f"v{program.version}\n"
    assert program.run("-p", "process.argv.length", "x", env=env).stdout == "2\n"
    (program.cwd / "script.js").write_text(
        "console.log(process.argv.slice(2), process.env.PKG_EXECPATH)"
    )
    assert program.run("script.js", "-x", env=env).stdout == "[ '-x' ] undefined\n"


def test_pkg_execpath_is_the_executable(program: Program) -> None:
    env = {"PKG_EXECPATH": str(program.executable)}
    assert program.run("/snapshot/app/lib/answer.js", env=env).code == 0
    assert "MODULE_NOT_FOUND" in program.run("nothing.js", env=env).stderr


def test_pkg_execpath_is_another_program(program: Program) -> None:
    assert program.answer("x", env={"PKG_EXECPATH": "/usr/bin/other"}) == ["entry", "x"]


def test_a_program_starts_itself(program: Program) -> None:
    inner = json.dumps(
        [["/snapshot/app/index.js", "args", "x.js"], [], None], separators=(",", ":")
    )
    assert program.answer("fresh") == inner


def test_stored_resolutions(program: Program) -> None:
    found = program.answer("stored")
    assert isinstance(found, list)
    required, gone, present, resolved, computed, imported, not_imported = found
    assert required == computed == "stored answer"
    assert resolved == "/snapshot/app/lib/answer.js"
    assert imported == "stored answer for import"
    assert present == "found by searching"
    assert gone[0] == "MODULE_NOT_FOUND"
    assert gone[1].startswith(
        "Cannot find module 'gone'\nRequire stack:\n- /snapshot/app/index.js\n" + HINT
    )
    assert gone[2] == ["/snapshot/app/index.js"]
    assert not_imported[0] == "ERR_MODULE_NOT_FOUND"
    assert not_imported[1].startswith(
        "Cannot find package 'gone' imported from /snapshot/app/index.js\n" + HINT
    )


def test_not_packaged(program: Program) -> None:
    completed = program.run("missing")
    assert completed.code == 1
    assert "Error: Cannot find module './not-packaged'" in completed.stderr
    assert HINT in completed.stderr
    lines = (APP / "index.js").read_text().split("\n")
    line = next(number for number, text in enumerate(lines, 1) if "not-packaged" in text)
    assert f"at Object.<anonymous> (/snapshot/app/index.js:{line}:" in completed.stderr


def test_mount(program: Program, tmp_path: Path) -> None:
    plugins = shutil.copytree(APP.parent / "plugins", tmp_path / "plugins")
    plugin = {"name": "/snapshot/app/plugins/plugin.js", "dep": "dep", "near": "near"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.js").write_text("module.exports = [__filename, require('./y')];")
    (other / "y.js").write_text("module.exports = __dirname;")
    pattern = ["/snapshot/by-pattern/x.js", "/snapshot/by-pattern"]
    found = program.answer("mount", str(plugins), str(other))
    assert found == [plugin, pattern, "near", "data"]


def test_relative_script_of_the_project(program: Program) -> None:
    child = "/snapshot/app/child.js"
    pkg = {"entrypoint": child, "defaultEntrypoint": "/snapshot/app/index.js", "path": {}}
    assert program.answer("fork") == [child, pkg]
    assert program.answer("worker") == [child, child]
