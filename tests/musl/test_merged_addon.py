"""An addon that asks for libstdc++ gets the merged one, where there is no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import lief
import pytest

from rigs import RigError, musl
from rigs.capability import lacking
from rigs.machine import complete
from rigs.roots import Root
from sealift.cache import Store
from sealift.model import SilentObserver
from sealift.zig import obtain_zig
from support.command_line import build_environment, command_line
from support.musl_parts import LIBC

SOURCE = Path(__file__).parent / "program" / "throws.cc"
NAMES = ("libstdc++.so.6", "libgcc_s.so.1")
PROGRAM = """
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const answer = require('./throws.node');
if (isMainThread) {
  console.log(answer);
  new Worker(__filename).on('message', (text) => console.log(text));
} else {
  parentPort.postMessage(`worker: ${answer}`);
}
"""


def compiled(folder: Path, arch: str) -> Path:
    """Compile the addon; the libraries that it is linked with are empty, but for their names."""
    try:
        musl.set_up()
    except RigError as error:
        lacking(str(error))
    zig = obtain_zig(Store(musl.cache()), "a test", offline=True, observer=SilentObserver())
    triple = f"{'x86_64' if arch == 'x64' else 'aarch64'}-linux-musl"
    options = [f"--target={triple}", "-c", "-O1", "-fPIC", "-fexceptions", "-nostdlibinc"]
    zig.run("clang", [*options, "-xc++", str(SOURCE), "-o", "throws.o"], folder)
    zig.run("clang", [*options, "-xc", "/dev/null", "-o", "empty.o"], folder)
    for name in (*NAMES, LIBC[arch]):
        zig.run("ld.lld", ["-shared", "-soname", name, "empty.o", "-o", name], folder)
    linked = [
        "-shared",
        "--eh-frame-hdr",
        "throws.o",
        "--no-as-needed",
        *NAMES,
        LIBC[arch],
        "-o",
        "throws.node",
    ]
    zig.run("ld.lld", linked, folder)
    return folder / "throws.node"


@pytest.mark.parametrize(
    ("version", "arch", "options"),
    [
        ("24", "x64", ()),
        ("22", "x64", ("--sea",)),
        pytest.param("24", "arm64", (), marks=pytest.mark.rigs),
    ],
)
def test_exceptions_in_an_addon(
    version: str,
    arch: str,
    options: tuple[str, ...],
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    machine = Root("linuxstatic", arch, proc=False)
    if missing := machine.missing():
        lacking(missing)
    work, project = tmp_path / "work", tmp_path / "project"
    for folder in (work, project):
        folder.mkdir()
    addon = compiled(work, arch)
    parsed = lief.ELF.parse(addon)
    assert parsed is not None
    assert set(NAMES) <= set(parsed.libraries)
    (project / "throws.node").write_bytes(addon.read_bytes())
    (project / "main.js").write_text(PROGRAM)
    target = f"node{version}-linuxstatic-{arch}"
    node = node_binary(version, "linuxstatic", arch)
    command = command_line(project / "main.js", "-t", target, "-o", tmp_path / "app", *options)
    command.append(f"--node-binary={target}={node}")
    built = complete(command, cwd=tmp_path, env=build_environment(), timeout=300)
    assert built.code == 0, built.stderr
    done = machine.run(tmp_path / "app")
    assert (done.stdout, done.stderr) == ("42\nworker: 42\n", ""), done
