"""What executables have in common with pkg's, on each machine that can be tested here.

Compression, mounts, `process.pkg` in workers, debug builds, deployed files, damaged bytecode.
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
from support.command_line import Sealift
from support.equipment import FindMachine
from support.project_trees import plant

TARGETS = [
    "node24-linux-x64",
    pytest.param("node24-linux-arm64", marks=pytest.mark.rigs),
    pytest.param("node24-win-x64", marks=pytest.mark.rigs),
]
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
const found = {
  text: fs.readFileSync(here('data', 'text.txt'), 'utf8').length,
  mounted: require('./plugins/p.js'),
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
== tool.txt
deployed
"""
SETTINGS = {"assets": ["data/*"], "deployFiles": [["tool.txt", "tool.txt"]]}
CONTAINERS = {"linux": "elf", "win": "pe"}


@dataclass(frozen=True, slots=True)
class Packaged:
    """One executable, the machine that runs it, and the directory to run it in."""

    executable: Path
    target: str
    machine: rigs.Machine
    directory: Path

    def run(self, executable: Path | None = None, **env: str) -> rigs.Completed:
        return self.machine.run(executable or self.executable, cwd=self.directory, env=env)


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
    (project / "package.json").write_text(
        json.dumps({"name": "proj", "bin": "index.js", "pkg": SETTINGS})
    )
    options = ("--compress", "Brotli", "--debug", "--deploy", *binary_options(target))
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
    done = packaged.run()
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout) == {
        "text": len(TEXT),
        "mounted": "mounted",
        "matched": "matched",
        "listed": ["note", "p.js"],
        "deployed": "deployed",
        "inWorker": [
            "snapshot,proj,worker.js",
            "snapshot,proj,worker.js",
            "snapshot,proj,index.js",
        ],
    }


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
        start, size = verify_alone(file, CONTAINERS[platform], arch).assets["sealift/bytecode"]
        for at in range(start, start + size, 64):
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1]))
    done = packaged.run(damaged)
    assert (done.code, done.stdout) == (1, "")
    assert "damaged" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
