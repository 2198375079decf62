"""The executable as ``node``: options act, or are refused, as on the command line of Node."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rigs import Machine
from rigs.machine import Completed
from support.bytecode_executables import build_bytecode
from support.equipment import FindMachine
from support.releases import RELEASES

AS_NODE = {"PKG_EXECPATH": "PKG_INVOKE_NODEJS"}
FILES = {
    "app/index.js": "console.log('the program');",
    "script.js": "const { argv, env } = process; console.log(argv.slice(2), env.A, env.B);",
    "module.mjs": "import 'node:fs'; export default 1; console.log(import.meta.url.slice(-10));",
    "bad.js": "exports.a = 1;\nconst x = ;\n",
    "bad.mjs": "import 'nothing';\nconst x = ;\n",
    "types.ts": "enum E {}\nconst x: number = 1; console.log(x);",
    "preload.js": "globalThis.loaded = 'required';",
    "preload.mjs": "globalThis.loaded = 'imported';",
    "a.env": "A=1\nB='two words'\n",
    "b.env": "B=3\n",
    "options.env": "NODE_OPTIONS=--title=from-file\n",
    "package.json": json.dumps(
        {
            "scripts": {
                "args": "echo ran",
                "fail": "exit 7",
                "env": "echo $NODE_RUN_SCRIPT_NAME; pwd",
            },
            "imports": {"#x": {"custom": "./script.js", "default": "./missing.js"}},
        }
    ),
    "tests/ok.test.js": "require('node:test')('passes', () => {});",
    "tests/fails.test.js": "require('node:test')('fails', () => { throw new Error('no'); });",
}

# Options by class; the second element is standard input.
ALL: list[tuple[Sequence[str], str]] = [
    (["--version"], ""),
    (["-e", "console.log(1)", "x"], ""),
    (["-p", "[1, 2].length"], ""),
    (["-pe", "process.argv.length", "x"], ""),
    (["--eval=console.log(typeof fs.readFileSync)"], ""),
    (["--input-type=module", "-e", "console.log(typeof import.meta.url, typeof require)"], ""),
    (["--input-type=commonjs", "-e", "console.log(typeof require)"], ""),
    (["--input-type=nothing", "-e", "1"], ""),
    (["-"], "console.log('from stdin', process.argv.length)"),
    (["-", "x"], "console.log('from stdin', process.argv.slice(2))"),
    (["--input-type=module"], "console.log(typeof import.meta.url)"),
    (["--env-file=a.env", "--env-file", "b.env", "script.js"], ""),
    (["--env-file-if-exists=missing.env", "script.js", "x"], ""),
    (["--env-file=missing.env", "script.js"], ""),
    (["--env-file=options.env", "-p", "process.title"], ""),
    (["--check", "script.js"], ""),
    (["-c", "bad.js"], ""),
    (["--check", "module.mjs"], ""),
    (["--check", "bad.mjs"], ""),
    (["--check", "missing.js"], ""),
    (["--check", "-e", "1"], ""),
    (["--check"], "const x = ;"),
    (["--require", "./preload.js", "-p", "loaded"], ""),
    (["-r", "./preload.js", "script.js"], ""),
    (["-r", "./missing.js", "script.js"], ""),
    (["--import", "./preload.mjs", "-e", "console.log(loaded)"], ""),
    (["--import=./preload.mjs", "script.js"], ""),
    (["--conditions=custom", "-e", "require('#x')"], ""),
    (["-C", "custom", "script.js"], ""),
    (["--title=named", "--no-warnings", "-p", "process.title"], ""),
    (["--stack-trace-limit=3", "-p", "Error.stackTraceLimit"], ""),
    (["--stack-size=900", "--expose-gc", "-p", "typeof gc"], ""),
    (["--no-use-ic", "-p", "1"], ""),
    (["--throw-deprecation", "-e", "process.emitWarning('x', 'DeprecationWarning')"], ""),
    (["--unhandled-rejections=none", "-e", "Promise.reject(new Error('x'))"], ""),
    (["--unknown"], ""),
    (["--no-unknown", "script.js"], ""),
    (["-z"], ""),
    (["-ce", "1"], ""),
    (["-e"], ""),
    (["-pe"], ""),
    (["--require"], ""),
    (["--env-file"], ""),
    (["--title"], ""),
    (["--require=", "script.js"], ""),
    (["--", "script.js", "--x"], ""),
    (["script.js", "--unknown", "-e"], ""),
    (["--test", "tests/ok.test.js", "--test-reporter=tap"], ""),
    (["--test", "--test-reporter=tap", "tests/ok.test.js"], ""),
    (["--test", "--test-reporter", "dot", "tests/fails.test.js", "tests/ok.test.js"], ""),
]
SINCE_22: list[tuple[Sequence[str], str]] = [
    (["--run", "args", "--", "x"], ""),
    (["--run=fail"], ""),
    (["--run", "env"], ""),
    (["--run", "missing"], ""),
    (["--run"], ""),
]
ON_20: list[tuple[Sequence[str], str]] = [(["--run", "args"], "")]
CASES = {
    "20": [*ON_20, *ALL[::7]],
    "22": [*ALL, *SINCE_22],
    "24": [*ALL[::3], *SINCE_22],
    "26": ALL[::7],
}


@dataclass(frozen=True, slots=True)
class Both:
    """Node and an executable that contains it, in a directory with files."""

    node: Path
    executable: Path
    here: Machine
    cwd: Path

    def run(self, arguments: Sequence[str], stdin: str = "") -> tuple[Completed, Completed]:
        (self.cwd / "stdin").write_text(stdin)
        shell = ("-c", 'exec "$0" "$@" < stdin')
        expected, got = (
            self.here.run(Path("/bin/sh"), *shell, str(program), *arguments, cwd=self.cwd, env=env)
            for program, env in ((self.node, {}), (self.executable, AS_NODE))
        )
        return expected, got

    def outcome(self, completed: Completed) -> tuple[int, list[str], list[str]]:
        """Return the code, the lines, and the last line that names an error."""
        said = re.sub(r"^\S+: (?=\S)", "node: ", completed.stderr, count=1)
        said = re.sub(r"\(node:\d+\)", "(node)", said)
        errors = [line for line in said.splitlines() if re.match(r"node: |\w*Error|\S+:\d+$", line)]
        out = re.sub(r"(?<=duration_ms.) ?[\d.]+|[\d.]+(?=ms\))", "N", completed.stdout)
        return completed.code, out.splitlines(), errors[-1:]


@pytest.fixture(scope="module", params=RELEASES)
def both(
    request: pytest.FixtureRequest,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Both:
    folder = tmp_path_factory.mktemp("as-node")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    node = node_binary(request.param, "linux", "x64")
    executable = build_bytecode(folder / "app", "index.js", node, folder / "out")
    return Both(node, executable, machine("linux-x64"), folder)


def test_options(both: Both) -> None:
    major = both.here.run(both.node, "--version").stdout[1:3]
    different = {}
    for arguments, stdin in CASES[major]:
        expected, got = both.run(arguments, stdin)
        if both.outcome(got) != both.outcome(expected):
            different[" ".join(arguments)] = (both.outcome(expected), both.outcome(got), got.stderr)
    assert not different


def test_v8_options_are_those_of_v8(both: Both) -> None:
    expected, got = both.run(["--v8-options"])
    assert got.code == 0
    names = re.compile(r"^  --\S+", re.MULTILINE)
    assert names.findall(got.stdout) == names.findall(expected.stdout)


@pytest.mark.parametrize("option", ["--watch", "--build-snapshot", "--completion-bash"])
def test_options_of_nodes_main_program_are_refused(both: Both, option: str) -> None:
    got = both.here.run(both.executable, option, "script.js", cwd=both.cwd, env=AS_NODE)
    assert (got.code, got.stdout) == (9, "")
    assert f"{option} is not available in this executable." in got.stderr
