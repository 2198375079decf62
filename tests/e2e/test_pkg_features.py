"""What executables have in common with pkg's, on each machine that can be tested here.

Compression, mounts, `process.pkg` also in workers, the names of the program, what hooks have made,
debug builds, deployed files, the inspector, damaged bytecode. One executable for each machine. CI
runs on linux-arm64, whose container is that of linux-x64, only the program and damaged bytecode.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import rigs
from sealift.verify import verify_alone
from sealift.version import VERSION
from support.command_line import Sealift
from support.equipment import FindMachine
from support.project_trees import plant

TARGETS = [
    "node24-linux-x64",
    pytest.param("node24-linux-arm64", marks=pytest.mark.rigs),
    pytest.param("node24-win-x64", marks=pytest.mark.rigs),
]
each_container = pytest.mark.parametrize(
    "packaged",
    [
        "node24-linux-x64",
        pytest.param("node24-linux-arm64", marks=[pytest.mark.rigs, pytest.mark.corpus]),
        pytest.param("node24-win-x64", marks=pytest.mark.rigs),
    ],
    indirect=True,
    scope="module",
)
TEXT = "A line of a compressed file.\n" * 400
TREE = """
== index.js
const fs = require('fs');
const path = require('path');
const { Worker } = require('worker_threads');
const here = (...names) => path.join(__dirname, ...names);
const disk = path.resolve('plugins');
process.pkg.mount(here('plugins'), disk);
process.pkg.mount(/^(.*)[\\\\/]odd-(\\w+)$/, (all, before, name) => path.join(disk, name));
const parts = (name) => name.split(/[\\\\/]/).slice(1).join();
const written = here('plugins', 'new', 'a.txt');
fs.mkdirSync(path.dirname(written));
fs.writeFileSync(written, 'written');
const onDisk = fs.readFileSync(path.join(disk, 'new', 'a.txt'), 'utf8');
fs.rmSync(path.dirname(written), { recursive: true });
const found = {
  names: [__filename, require.main.filename, process.argv[1], process.pkg.entrypoint].map(parts),
  pkg: [
    parts(process.pkg.path.resolve('x', 'y')),
    typeof process.pkg.mount,
    process.versions.pkg,
    process.pkg.defaultEntrypoint === __filename,
  ],
  program: [process.argv[0] === process.execPath, path.basename(process.argv0)],
  arguments: process.argv.slice(2),
  root: fs.readdirSync(path.parse(__dirname).root).includes('snapshot'),
  snapshot: fs.readdirSync(path.dirname(__dirname)),
  made: fs.readFileSync(here('data', 'made.txt'), 'utf8'),
  changed: require('./changed.js'),
  inspector: require('inspector').url() === undefined,
  text: fs.readFileSync(here('data', 'text.txt'), 'utf8').length,
  mounted: require('./plugins/p.js'),
  onDisk,
  matched: fs.readFileSync(here('odd-note'), 'utf8'),
  listed: fs.readdirSync(here('plugins')).sort(),
  deployed: fs.readFileSync(path.resolve('tool.txt'), 'utf8'),
};
new Worker(here('worker.js')).on('message', (inWorker) => {
  console.log(JSON.stringify({ ...found, inWorker }));
});
== worker.js
const { parentPort } = require('worker_threads');
const { pkg } = process;
const names = [__filename, pkg.entrypoint, pkg.defaultEntrypoint];
parentPort.postMessage(names.map((name) => name.split(/[\\\\/]/).slice(1).join()));
== changed.js
module.exports = 'written';
== tool.txt
deployed
== pkg.config.js
const fs = require('fs');
const path = require('path');
module.exports = {
  assets: ['data/*'],
  deployFiles: [['tool.txt', 'tool.txt']],
  preBuild: () => fs.writeFileSync(path.join(__dirname, 'data', 'made.txt'), 'made'),
  transform: (file, text) =>
    path.basename(file) === 'changed.js' ? String(text).replace('written', 'changed') : undefined,
  postBuild: async (output) => fs.promises.writeFile(`${output}.built`, path.basename(output)),
};
"""
CONTAINERS = {"linux": "elf", "win": "pe"}


@dataclass(frozen=True, slots=True)
class Packaged:
    """One executable, the machine that runs it, and the directory to run it in."""

    executable: Path
    target: str
    machine: rigs.Machine
    directory: Path

    def run(self, *args: str, executable: Path | None = None, **env: str) -> rigs.Completed:
        program = executable or self.executable
        return self.machine.run(program, *args, cwd=self.directory, env=env)


@pytest.fixture(scope="module", params=TARGETS)
def packaged(
    request: pytest.FixtureRequest,
    machine: FindMachine,
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Packaged:
    target: str = request.param
    runner = machine(target.partition("-")[2])
    folder = tmp_path_factory.mktemp("features")
    project, output = folder / "proj", folder / "out" / "app.exe"
    project.mkdir()
    plant(TREE, project)
    (project / "data").mkdir()
    (project / "data" / "text.txt").write_text(TEXT)
    (project / "package.json").write_text(json.dumps({"name": "proj", "bin": "index.js"}))
    options = ("--compress", "Brotli", "--debug", "--deploy", "--no-inspect")
    options = (*options, *binary_options(target))
    done = sealift(project, "-t", target, "-o", output, *options)
    assert done.code == 0, done.stderr
    shutil.rmtree(project)
    directory = folder / "cwd"
    (directory / "plugins").mkdir(parents=True)
    (directory / "plugins" / "p.js").write_text("module.exports = 'mounted';")
    (directory / "plugins" / "note").write_text("matched")
    shutil.copyfile(output.with_name("tool.txt"), directory / "tool.txt")
    return Packaged(output, target, runner, directory)


def test_the_program_finds_everything(packaged: Packaged) -> None:
    given = ["--version", "-h", "--inspect", "x y"]
    done = packaged.run(*given)
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout) == {
        "names": ["snapshot,proj,index.js"] * 4,
        "pkg": ["snapshot,proj,x,y", "function", VERSION, True],
        "program": [True, packaged.executable.name],
        "arguments": given,
        "root": True,
        "snapshot": ["proj"],
        "made": "made",
        "changed": "changed",
        "inspector": True,
        "text": len(TEXT),
        "mounted": "mounted",
        "onDisk": "written",
        "matched": "matched",
        "listed": ["note", "p.js"],
        "deployed": "deployed",
        "inWorker": [
            "snapshot,proj,worker.js",
            "snapshot,proj,worker.js",
            "snapshot,proj,index.js",
        ],
    }


@each_container
def test_the_hook_after_the_build_gets_the_output(packaged: Packaged) -> None:
    name = packaged.executable.name
    assert packaged.executable.with_name(f"{name}.built").read_text() == name


@each_container
def test_node_options_start_no_inspector(packaged: Packaged) -> None:
    done = packaged.run(NODE_OPTIONS="--inspect=127.0.0.1:0 --no-deprecation")
    assert done.code == 0, done.stderr
    assert "Debugger listening" not in done.stderr
    assert json.loads(done.stdout)["inspector"] is True


@each_container
def test_debug_lists_the_packaged_files(packaged: Packaged) -> None:
    done = packaged.run(DEBUG_PKG="1")
    assert done.code == 0, done.stderr
    for name in ("index.js", "worker.js", "text.txt"):
        assert name in done.stdout


def test_damaged_bytecode_is_one_sentence(packaged: Packaged, tmp_path: Path) -> None:
    damaged = tmp_path / packaged.executable.name
    shutil.copy(packaged.executable, damaged)
    _, platform, arch = packaged.target.split("-")
    with damaged.open("r+b") as file:
        start, size = verify_alone(file, CONTAINERS[platform], arch, "it").assets[
            "sealift/bytecode"
        ]
        for at in range(start, start + size, 64):
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1]))
    done = packaged.run(executable=damaged)
    assert (done.code, done.stdout) == (1, "")
    assert "damaged" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@each_container
def test_bytes_after_the_end_change_nothing(packaged: Packaged, tmp_path: Path) -> None:
    longer = tmp_path / packaged.executable.name
    shutil.copy(packaged.executable, longer)
    with longer.open("ab") as file:
        file.write(bytes(range(256)))
    done = packaged.run(executable=longer)
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == "changed"
