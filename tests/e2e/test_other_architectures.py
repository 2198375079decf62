"""Executables run on machines with other word sizes and byte orders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
import sealift
from rigs.binaries import OTHER_NPM_PACKAGES, OTHER_NPM_RELEASE
from rigs.debian_machines import DEBIAN_MACHINES, DebianMachine
from sealift import assemble
from sealift.errors import NodeError
from sealift.formats.node_facts import read_facts
from sealift.formats.sea_blob import Blob, BlobAsset, BlobLayout
from sealift.model import NodeBinary, ScriptCounts, SilentObserver
from sealift.options import BuildOptions, NodeOptions
from sealift.record import replace
from sealift.target import Arch, NodeVersion, Platform
from sealift.verify import Expectation, verify

pytestmark = pytest.mark.rigs

DATA = bytes(range(256)) * 5000
ENDIANNESS = {"<": "LE", ">": "BE"}
FILES = {
    "package.json": json.dumps(
        {"name": "machines", "version": "1.0.0", "bin": "index.js", "pkg": {"assets": "data/*"}}
    ),
    "index.js": """
        const fs = require("fs"), path = require("path"), os = require("os");
        const { fork } = require("child_process"), { Worker } = require("worker_threads");
        const data = path.join(__dirname, "data");
        if (process.argv[2] === "child") {
          process.send([process.arch, fs.statSync(path.join(data, "bytes")).size]);
          process.disconnect();
          return;
        }
        console.log(process.arch, os.endianness(), __filename, require("./lib/sum.js")([1, 2, 3]));
        const bytes = fs.readFileSync(path.join(data, "bytes"));
        console.log(require("crypto").createHash("sha256").update(bytes).digest("hex"));
        console.log(fs.readdirSync(data, { recursive: true }).sort().join());
        const descriptor = fs.openSync(path.join(data, "bytes")), piece = Buffer.alloc(6);
        fs.readSync(descriptor, piece, 0, 6, 0x10102);
        console.log(piece.toString("hex"), fs.fstatSync(descriptor).size);
        try { fs.readFileSync(path.join(data, "none")); } catch (error) { console.log(error.code); }
        import("./lib/module.mjs").then(({ url }) => {
          console.log(url);
          const worker = new Worker(path.join(__dirname, "worker.js"), { workerData: 41 });
          worker.on("message", (message) => console.log("worker", message));
          worker.on("exit", () => {
            const child = fork(__filename, ["child"]);
            child.on("message", (message) => console.log("child", ...message));
            child.on("exit", (code) => console.log("exit", code));
          });
        });
    """,
    "worker.js": """
        const { parentPort, workerData } = require("worker_threads");
        parentPort.postMessage(workerData + require("./lib/sum.js")([1]));
    """,
    "lib/sum.js": "module.exports = (numbers) => numbers.reduce((a, b) => a + b, 0);",
    "lib/module.mjs": "export const { url } = import.meta;",
}


@pytest.fixture(params=DEBIAN_MACHINES, ids=lambda machine: machine.arch)
def foreign(request: pytest.FixtureRequest, machine: Callable[..., rigs.Machine]) -> DebianMachine:
    machine(request.param.target)
    return request.param


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "data").mkdir()
    (folder / "data" / "bytes").write_bytes(DATA)
    return folder


def options(
    foreign: DebianMachine, entry: Path, folder: Path, node: Path | None = None
) -> BuildOptions:
    machine = f"linux-{foreign.arch}"
    return BuildOptions(
        entry=entry,
        targets=(machine,),
        output=folder / "app",
        exec_argv=("stack-trace-limit=7",),
        sea=True,
        node=NodeOptions(binaries={machine: node or foreign.node}, cache=folder / "cache"),
    )


def test_program_runs(foreign: DebianMachine, project: Path, tmp_path: Path) -> None:
    (executable,) = sealift.build(options(foreign, project, tmp_path)).executables
    assert_runs(foreign, executable.path)


def assert_runs(foreign: DebianMachine, executable: Path) -> None:
    done = foreign.run(executable)
    arch = "ia32" if foreign.arch == "x86" else foreign.arch.removesuffix("v7")
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"{arch} {ENDIANNESS[foreign.order]} /snapshot/project/index.js 6",
        hashlib.sha256(DATA).hexdigest(),
        "bytes",
        f"{DATA[0x10102:0x10108].hex()} {len(DATA)}",
        "ENOENT",
        "file:///snapshot/project/lib/module.mjs",
        "worker 42",
        f"child {arch} {len(DATA)}",
        "exit 0",
    ]
    assert done.code == 0


def test_debians_own_node_is_refused(foreign: DebianMachine, project: Path, tmp_path: Path) -> None:
    library = next(
        foreign.node.parent.glob("libnode.so.*")
    )  # as Debian ships it, with an unset fuse
    for given, reason in (
        (foreign.debian_node, "is in the shared library libnode.so"),
        (library, "is a shared library, not a program"),
    ):
        with pytest.raises(NodeError, match=reason) as caught:
            sealift.build(options(foreign, project, tmp_path, given))
        assert caught.value.code == "binary-refused"
    assert not (tmp_path / "app").exists()


def test_the_blob_equals_the_one_that_node_writes_there(
    foreign: DebianMachine, tmp_path: Path
) -> None:
    main, asset = b"console.log(1)", bytes(range(256)) * 5
    arguments = ("--no-warnings", "--expose-gc")
    (tmp_path / "main.js").write_bytes(main)
    (tmp_path / "asset").write_bytes(asset)
    config = {
        "main": "main.js",
        "output": "blob",
        "disableExperimentalSEAWarning": True,
        "assets": {"key": "asset"},
        "execArgv": arguments,
        "execArgvExtension": "env",
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = foreign.run(foreign.node, "--experimental-sea-config", "config.json", cwd=tmp_path)
    assert done.code == 0, done.stderr
    layout = BlobLayout.of(read_facts(foreign.node))
    blob = Blob(layout, main, (BlobAsset("key", len(asset)),), arguments)
    pieces = (asset if isinstance(piece, BlobAsset) else piece for piece in blob.pieces())
    assert b"".join(pieces) == (tmp_path / "blob").read_bytes()


@pytest.mark.parametrize("arch", [arch for _, arch in OTHER_NPM_PACKAGES])
def test_official_build_finds_its_script(
    arch: str,
    machine: Callable[..., rigs.Machine],
    node_binary: Callable[..., Path],
    tmp_path: Path,
) -> None:
    foreign = machine(f"linux-{arch}")
    path = node_binary(OTHER_NPM_RELEASE, "linux", arch)
    facts = read_facts(path)
    version = NodeVersion.parse(facts.version)
    size = path.stat().st_size
    node = NodeBinary(
        version, Platform.LINUX, Arch(facts.machine), path, size, "", "file", "", facts
    )
    main = b"console.log(process.arch, process.version, process.argv.slice(2).join())"
    with assemble.temporary(tmp_path / "app") as file:
        assemble.write(file, node, (), main, (), SilentObserver())
        verify(file.path, Expectation(node, (), main, ()))
        file.publish()
    done = foreign.run(tmp_path / "app", "a", "b")
    assert (done.stdout, done.code) == (f"{arch.removesuffix('v7')} v{version} a,b\n", 0)


def bytecode_options(
    foreign: DebianMachine, project: Path, folder: Path, node_binary: Callable[..., Path]
) -> BuildOptions:
    here = node_binary(read_facts(foreign.node).version, "linux", "x64")
    given = options(foreign, project, folder)
    binaries = {**given.node.binaries, "linux-x64": here}
    return replace(given, sea=False, node=replace(given.node, binaries=binaries, offline=True))


@pytest.mark.parametrize("arch", ["riscv64"])
def test_bytecode_compiled_by_the_targets_own_node(
    arch: str,
    machine: Callable[..., rigs.Machine],
    project: Path,
    node_binary: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    foreign = machine(f"linux-{arch}")
    assert isinstance(foreign, DebianMachine)
    monkeypatch.setenv("QEMU_LD_PREFIX", str(foreign.root))
    result = sealift.build(bytecode_options(foreign, project, tmp_path, node_binary))
    assert "compiled-natively" in {finding.code for finding in result.findings}
    (executable,) = result.executables
    assert executable.scripts == ScriptCounts(bytecode=4, both=0, source=0)
    assert_runs(foreign, executable.path)


@pytest.mark.parametrize("arch", ["armv7", "s390x"])
def test_bytecode_of_other_word_sizes_is_refused(
    arch: str,
    machine: Callable[..., rigs.Machine],
    project: Path,
    node_binary: Callable[..., Path],
    tmp_path: Path,
) -> None:
    foreign = machine(f"linux-{arch}")
    assert isinstance(foreign, DebianMachine)
    given = bytecode_options(foreign, project, tmp_path, node_binary)
    with pytest.raises(NodeError) as caught:
        sealift.build(given)
    assert caught.value.code == "bytecode-unavailable"
    for way_out in ("--sea", "--fallback-to-source"):
        assert way_out in caught.value.remedy
    assert "QEMU" not in caught.value.remedy  # QEMU would not help
    (executable,) = sealift.build(replace(given, fallback_to_source=True)).executables
    assert executable.scripts == ScriptCounts(bytecode=0, both=0, source=4)
