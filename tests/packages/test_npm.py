"""The npm packages: found by npm, they find sealift and pass everything on to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import rigs
from rigs.cache import RigError
from rigs.capability import lacking
from rigs.machine import complete
from rigs.npm import run_npm
from sealift.version import VERSION
from support.command_line import build_environment
from support.equipment import FindNode, InstallPackages
from support.releases import RELEASES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "packages" / "npm"
MANIFEST = json.loads((PACKAGE / "package.json").read_text())

PRINT_ARGUMENTS = (
    '#!/bin/sh\n[ "$1" = --version ] && {{ echo {version}; exit; }}\necho {name} "$@"\n'
)


def test_one_version_everywhere() -> None:
    assert MANIFEST["version"] == VERSION
    assert set(MANIFEST["optionalDependencies"].values()) == {VERSION}


@pytest.fixture(scope="module")
def tarball(equipment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as `npm pack` makes it."""
    directory = tmp_path_factory.mktemp("tarball")
    try:
        run_npm(["pack", "--pack-destination", str(directory)], PACKAGE)
    except RigError as error:
        lacking(str(error))
    (path,) = directory.glob("*.tgz")
    return path


@pytest.fixture(scope="module")
def project(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project into which the package was installed, without a platform package."""
    directory = tmp_path_factory.mktemp("installed")
    (directory / "package.json").write_text('{"name": "empty", "private": true}')
    try:
        run_npm(["install", "--omit=optional", "--no-audit", str(tarball)], directory)
    except RigError as error:
        lacking(str(error))
    return directory


TYPED = """
import { exec, type PkgBaseOptions, type PkgCompressType, type PkgExecOptions } from 'sealift';
const compress: PkgCompressType = 'Zstd';
const base: PkgBaseOptions = { compress, bytecode: false, preBuild: async () => {} };
const options: PkgExecOptions = {
  ...base, input: '.', targets: ['host'], bakeOptions: ['expose-gc'],
  transform: (file, contents) => (file ? contents.toString() : undefined),
  postBuild: (output) => { output.trim(); },
};
exec(options).then(() => exec(['.']));
// @ts-expect-error: the entry is missing
exec({ targets: ['host'] });
// @ts-expect-error: pkg has no such option
exec({ input: '.', entry: '.' });
// @ts-expect-error: pkg has no such compression
exec({ input: '.', compress: 'lz4' });
"""


def test_exec_has_the_types_of_pkg(
    project: Path, npm_project: InstallPackages, node_binary: FindNode
) -> None:
    """Source of the names: lib-es5/index.d.ts and types.d.ts of @yao-pkg/pkg 6.21.0."""
    modules = npm_project("javascript") / "node_modules"
    (project / "typed.ts").write_text(TYPED)
    types = ("--typeRoots", modules / "@types", "--types", "node", "--module", "nodenext")
    compiler = modules / "typescript" / "bin" / "tsc"
    done = complete(
        [node_binary("24", "linux", "x64"), compiler, "--noEmit", "--strict", *types, "typed.ts"],
        cwd=project, env={}, timeout=120,
    )  # fmt: skip
    assert (done.code, done.stdout) == (0, "")


class Installed:
    """Runs what the package has installed, with one release of Node and little else on PATH."""

    def __init__(self, node: Path, project: Path, directory: Path) -> None:
        self.node = node
        self.directory = directory
        self.bin = project / "node_modules" / ".bin"
        self._project = project

    def program(self, name: str, version: str = VERSION) -> Path:
        """Make a program that prints its arguments, in the only directory on PATH."""
        path = self.directory / "path" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(PRINT_ARGUMENTS.format(name=name, version=version))
        path.chmod(0o755)
        return path

    def run(
        self, command: str, *args: str | Path, env: Mapping[str, str] | None = None
    ) -> rigs.Completed:
        script = self.bin / command
        environment = build_environment(
            {"PATH": f"relative:{self.directory / 'path'}:/usr/bin:/bin", **(env or {})}
        )
        return complete(
            [self.node, script, *args], cwd=self.directory, env=environment, timeout=300
        )

    def call(self, code: str, env: Mapping[str, str]) -> rigs.Completed:
        """Run a script that requires the package."""
        script = self._project / "call.js"
        script.write_text(code)
        return complete(
            [self.node, script], cwd=self.directory, env=build_environment(env), timeout=300
        )


@pytest.fixture(params=["20", RELEASES[-1]])
def installed(
    request: pytest.FixtureRequest, node_binary: FindNode, project: Path, tmp_path: Path
) -> Installed:
    return Installed(node_binary(request.param, "linux", "x64"), project, tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A program that starts the sealift that is tested."""
    path = tmp_path / "own-sealift"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sealift "$@"\n')
    path.chmod(0o755)
    return path


def test_the_order_in_which_sealift_is_searched(installed: Installed) -> None:
    nothing = installed.run("sealift", ".")
    assert (nothing.code, nothing.stdout) == (2, "")
    assert f"pip install sealift=={VERSION}" in nothing.stderr
    installed.program("pipx")
    expected = f"pipx run --spec sealift=={VERSION} sealift . -q\n"
    assert installed.run("sealift", ".", "-q").stdout == expected
    installed.program("uvx")
    assert installed.run("sealift", ".", "-q").stdout == f"uvx sealift=={VERSION} . -q\n"
    installed.program("sealift", "0.0.1")  # another version
    assert installed.run("sealift", ".", "-q").stdout == f"uvx sealift=={VERSION} . -q\n"
    installed.program("sealift")
    assert installed.run("sealift", ".", "-q").stdout == "sealift . -q\n"
    assert installed.run("pkg", "a b", "--x=").stdout == "sealift pkg a b --x=\n"
    named = installed.program("named", "0.0.1")
    assert installed.run("sealift", ".", env={"SEALIFT": str(named)}).stdout == "named .\n"
    missing = installed.run("sealift", env={"SEALIFT": str(named) + "x"})
    assert (missing.code, "SEALIFT names" in missing.stderr) == (2, True)


def test_the_package_does_not_start_itself(installed: Installed) -> None:
    path = f"{installed.bin}:{installed.node.parent}"
    found = installed.run("sealift", env={"PATH": path})
    assert (found.code, "was not found" in found.stderr) == (2, True)


def test_exit_codes_and_signals_are_those_of_sealift(installed: Installed) -> None:
    program = installed.program("sealift")
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo {VERSION}; exit; }}\nexit $1\n')
    assert installed.run("sealift", "7").code == 7
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && {{ echo {VERSION}; exit; }}\nkill -TERM $$\n'
    )
    assert installed.run("sealift", "x").code in (-15, 143)


def test_pkg_builds_an_executable(installed: Installed, own: Path) -> None:
    (installed.directory / "app.js").write_text("console.log('built', process.argv[2]);")
    done = installed.run(
        "pkg", "app.js", "-t", "node24-linux-x64", "-o", "app", env={"SEALIFT": str(own)}
    )
    assert done.code == 0, done.stdout + done.stderr
    executable = installed.directory / "app"
    assert subprocess.check_output([executable, "x"], text=True) == "built x\n"


def test_exec_takes_arguments_and_options(installed: Installed) -> None:
    program = installed.program("sealift")
    done = installed.call(
        """
        const { exec } = require('sealift');
        (async () => {
          await exec(['app.js', '-t', 'host']);
          await exec({ input: '-app.js', targets: ['a', 'b'], config: 'c.json', output: 'o',
            outputPath: 'p', bakeOptions: ['expose-gc', 'x=1'], build: true, compress: 'Zstd',
            sea: false, debug: true, bytecode: false, nativeBuild: true, fallbackToSource: true,
            public: true, publicPackages: ['*'], noDictionary: ['q'], signature: false });
          for (const wrong of [null, {}, { input: 1 }, { input: 'a', target: 'b' },
            { input: 'a', sea: 1 }, { input: 'a', output: [] }, { input: 'a', targets: [1] }]) {
            await exec(wrong).then(
              () => console.log('taken'),
              (error) => console.log(error.message),
            );
          }
        })();
        """,
        {"SEALIFT": str(program)},
    )
    assert done.stdout.splitlines() == [
        "sealift pkg app.js -t host",
        "sealift pkg --targets=a,b --config=c.json --output=o --out-path=p"
        " --options=expose-gc,x=1 --build --compress=Zstd --no-sea --debug --no-bytecode"
        " --native-build --fallback-to-source --public --public-packages=* --no-dict=q"
        " --no-signature -- -app.js",
        "exec() options must be an object",
        "exec() options.input is required and must be a string",
        "exec() options.input is required and must be a string",
        'exec() has no option "target"',
        'exec() option "sea" must be a boolean',
        'exec() option "output" must be a string',
        'exec() option "targets" must be a string or string[]',
    ]


HOOKS = """
const { exec } = require('sealift');
const seen = [];
exec({
  input: 'app.js',
  targets: ['node24-linux-x64'],
  output: 'app',
  preBuild: () => { seen.push('pre'); },
  transform: async (file, contents) => {
    seen.push(require('path').basename(file));
    return String(contents).replace('unchanged', 'changed');
  },
  postBuild: async (output) => { seen.push(require('path').basename(output)); },
  ...(process.env.FAIL ? { transform: () => { throw new Error('my fault'); } } : {}),
}).then(() => console.log(seen.join()), (error) => console.log(error.message));
"""


def test_hooks_are_called_in_the_process_of_the_caller(installed: Installed, own: Path) -> None:
    (installed.directory / "app.js").write_text("console.log('unchanged');")
    done = installed.call(HOOKS, {"SEALIFT": str(own)})
    assert done.stdout.splitlines()[-1] == "pre,app.js,app", done.stdout + done.stderr
    assert subprocess.check_output([installed.directory / "app"], text=True) == "changed\n"


def test_a_hook_that_fails_ends_the_build(installed: Installed, own: Path) -> None:
    (installed.directory / "app.js").write_text("console.log('unchanged');")
    done = installed.call(HOOKS, {"SEALIFT": str(own), "FAIL": "1"})
    assert "my fault" in done.stdout
    assert done.stdout.splitlines()[-1] == "sealift pkg ended with exit code 2"
    assert not (installed.directory / "app").exists()


STRANGER = """
const { serve } = require(process.argv[1]);
const net = require('net');
serve({ transform: () => 'called' }).then(({ env, close }) => {
  const { port, token } = JSON.parse(env.SEALIFT_HOOK_CALLS);
  const ask = (greeting) => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let said = '';
    socket.on('data', (data) => { said += data; socket.end(); });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
    socket.write(greeting);
    socket.write('\\n' + JSON.stringify({ hook: 'transform', args: ['x'.repeat(1e6)] }) + '\\n');
  });
  const line = new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => resolve('closed'));
    const more = () => socket.destroyed || socket.write('x'.repeat(1 << 16), more);
    more();
  });
  Promise.all([ask(token), ask('wrong'), line]).then((said) => {
    console.log(said.join());
    close();
  });
});
"""


def test_strangers_call_no_hook_and_fill_no_memory(node_binary: FindNode) -> None:
    """Every user of the machine can connect to the process of the caller."""
    node = node_binary(RELEASES[-1], "linux", "x64")
    server = PACKAGE / "js" / "hook-server.js"
    done = complete([node, "-e", STRANGER, str(server)], cwd=None, env={}, timeout=30)
    assert done.stdout == '{"value":"called"}\n,,closed\n', done.stderr


def test_hooks_are_checked(installed: Installed) -> None:
    done = installed.call(
        """
        const { exec } = require('sealift');
        (async () => {
          for (const wrong of [{ transform: 'x' }, { preBuild: 1 }, { postBuild: ' ' }]) {
            await exec({ input: 'a', ...wrong }).catch((error) => console.log(error.message));
          }
        })();
        """,
        {},
    )
    assert done.stdout.splitlines() == [
        'exec() option "transform" must be a function',
        'exec() option "preBuild" must be a shell command (string) or a function',
        'exec() option "postBuild" must not be an empty string',
    ]


def test_a_failed_build_rejects(installed: Installed, own: Path) -> None:
    done = installed.call(
        """
        const { exec } = require('sealift');
        exec(['missing.js']).catch((error) => console.log(error.message, error.wasReported));
        """,
        {"SEALIFT": str(own)},
    )
    assert "> Error! Input file does not exist" in done.stdout
    assert done.stdout.endswith("sealift pkg ended with exit code 2 true\n")


def test_the_platform_package_needs_no_python(
    tarball: Path, node_binary: FindNode, tmp_path: Path
) -> None:
    """The self-contained sealift builds for two platforms, with pip inside it."""
    if os.name != "posix":
        lacking("a POSIX host")
    packages, project = tmp_path / "packages", tmp_path / "project"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    script = ROOT / "packages" / "standalone" / "build.py"
    subprocess.run([sys.executable, script, packages], env=env, check=True, capture_output=True)
    project.mkdir()
    (project / "package.json").write_text('{"name": "empty", "private": true}')
    (project / "app.js").write_text("console.log('built');")
    run_npm(["install", "--save-dev", "--no-audit", *map(str, packages.glob("*.tgz"))], project)
    node = node_binary("24", "linux", "x64")
    done = complete(
        [
            *(node, project / "node_modules" / ".bin" / "pkg", "app.js"),
            *("-t", "node24-linux-x64,node24-macos-arm64"),
        ],
        cwd=project,
        env=build_environment({"PATH": "/nowhere", "PYTHONPATH": ""}),
        timeout=300,
    )
    assert done.code == 0, done.stdout + done.stderr
    assert subprocess.check_output([project / "app-linux-x64"], text=True) == "built\n"
    assert (project / "app-macos-arm64").read_bytes()[:4] == b"\xcf\xfa\xed\xfe"
