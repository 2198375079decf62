"""V8 accepts the code caches of the runtime's own modules, and works without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sealift.bytecode import RelocationTables, RuntimeCaches
from sealift.bytecode.compiler_process import Compiler
from sealift.model import NodeBinary
from sealift.record import replace
from sealift.runtime import bytecode_wrapper, scripts
from support.bytecode_builds import Build, MakeProject, package
from support.damaged_files import flip_bit
from support.equipment import FindMachine
from support.executables import node_at

NodeOf = Callable[[str], NodeBinary]

# Most of the runtime is loaded for it, in two threads.
FILES = {
    "package.json": package("app"),
    "index.js": """
const { Worker, isMainThread } = require('node:worker_threads');
const fs = require('node:fs');
require('node:child_process');
console.log(isMainThread, fs.readFileSync(__filename, 'utf8').length, fs.readdirSync(__dirname));
import('./module.mjs').then(({ name }) => {
  console.log(name);
  if (isMainThread) new Worker(__filename);
});
""",
    "module.mjs": "export const name = import.meta.url.split('/').pop();\n",
}
# Loaded before the runtime, in each thread.
SPY = """
const vm = require('node:vm');
const { Script } = vm;
vm.Script = class extends Script {
  constructor(source, options) {
    super(source, options);
    const name = options?.filename ?? '';
    if (name.startsWith('sealift:runtime/')) console.error(`${name} ${this.cachedDataRejected}`);
  }
};
"""


@pytest.mark.parametrize(
    "target", ["node22-linux-x64", "node24-linux-arm64", "node24-win-x64", "node26-linux-x64"]
)
def test_nothing_of_the_runtime_is_compiled(
    target: str, make_project: MakeProject, build: Build, machine: FindMachine, tmp_path: Path
) -> None:
    executable = build(make_project(FILES), target, public=True).executables[0].path
    here = machine(target.partition("-")[2])
    (tmp_path / "spy.cjs").write_text(SPY)

    def run(options: str) -> tuple[str, Mapping[str, set[str]]]:
        environment = {"NODE_OPTIONS": f"--require=./spy.cjs {options}"}
        done = here.run(executable, cwd=tmp_path, env=environment)
        assert done.code == 0, done.stderr
        loaded = re.findall(r"^sealift:runtime/(\S+) (\w+)\r?$", done.stderr, re.MULTILINE)
        return done.stdout, {
            verdict: {name for name, said in loaded if said == verdict} for _, verdict in loaded
        }

    stdout, taken = run("")
    assert taken.keys() == {"false"}  # none was rejected, and each script has one
    assert taken["false"] >= {
        "at-start.js",
        "fs/replace-functions.js",
        "fs/serve.js",
        "processes/child-processes.js",
        "processes/worker-start.js",
    }
    assert stdout.count("module.mjs") == 4  # twice in each thread
    # With flags that V8 would compile otherwise for it compiles their source, and says nothing.
    again, rejected = run("--stack-trace-limit=7")
    assert again == stdout
    assert rejected.keys() == {"true"}
    assert rejected["true"] >= taken["false"]


@pytest.fixture
def node_for(node_binary: Callable[[str, str, str], Path]) -> NodeOf:
    """Callable: the binary for a target."""

    def find(target: str) -> NodeBinary:
        version, platform, arch = target.split("-")
        found = node_at(node_binary(version, platform, arch))
        return replace(found, sha256=target.replace("-", "").ljust(64, "0"))

    return find


def test_compiled_once_for_all_targets(
    node_for: NodeOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    start = Compiler.__init__

    def counted(*arguments: object) -> None:
        started.append(arguments)
        start(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Compiler, "__init__", counted)
    kept = tmp_path / "kept"

    def caches() -> RuntimeCaches:
        tables = RelocationTables(tmp_path / "tables")
        return RuntimeCaches(scripts(), bytecode_wrapper(), tables, kept, tmp_path)

    ours, arm = node_for("24-linux-x64"), node_for("24-linux-arm64")
    first = caches()
    made = [first.of(target, ours) for target in (ours, arm)]
    assert [cache.keys() for cache in made] == [{name for name, _ in scripts()}] * 2
    assert made[0] != made[1]
    assert len(started) == 1
    # Later builds find them.
    assert [caches().of(target, ours) for target in (ours, arm)] == made
    assert len(started) == 1
    # What is damaged is made again.
    for file in kept.iterdir():
        flip_bit(file)
    assert caches().of(arm, ours) == made[1]
    assert len(started) == 2
    # There are none that V8 would execute wrongly.
    assert caches().of(node_for("26-linux-x64"), ours) == {}
    # Other modules have other caches.
    tables = RelocationTables(tmp_path / "tables")
    other = RuntimeCaches((("a.js", b"1"),), bytecode_wrapper(), tables, kept, tmp_path)
    assert other.of(ours, ours).keys() == {"a.js"}
