"""From a source tree to a binary in the cache, and to an executable that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.fake_compiler import compiler
from nodes.build.stand_in import HOST, HOST_MACHINE, OBJECTS, make_tarball, make_tree
from sealift.errors import NodeError, UsageError
from sealift.model import NodeBinary
from sealift.nodes import obtain, obtain_compiler
from sealift.nodes.build import estimate
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, parse_target
from support.local_mirror import LocalMirror, tarball
from support.observers import Recorder

Build = Callable[..., NodeBinary]


@pytest.fixture
def mirror() -> LocalMirror:
    served = LocalMirror()
    running = served.start()
    yield served
    running.shutdown()
    running.server_close()


def entries(cache: Path) -> list[str]:
    """Return the names of finished and unfinished binaries in the cache."""
    return sorted(
        path.name for name in ("nodes", "tmp") if (cache / name).is_dir()
        for path in (cache / name).iterdir()
    )  # fmt: skip


def test_command_line_makes_an_executable_that_runs(tree: Path, tmp_path: Path) -> None:
    app = tmp_path / "app.js"
    app.write_text("console.log('hello from', process.version)")
    command = [sys.executable, "-m", "sealift", str(app), "--sea", "-t", f"node24-{HOST}"]
    command += ["-o", str(tmp_path / "app"), "--cache", str(tmp_path / "cache")]
    command += ["--compile-node", "--node-source-tree", str(tree)]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "compiling Node 24.19.0" in first.stderr
    assert "GB of disk in all (estimated)" in first.stderr
    run = subprocess.run([tmp_path / "app"], capture_output=True, text=True, check=True)
    assert run.stdout == "hello from v24.19.0\n"
    # A second time nothing is compiled, nor need it be possible.
    bare = {**os.environ, "PATH": str(tmp_path)}
    second = subprocess.run(command, capture_output=True, text=True, check=True, env=bare)
    assert "compiling Node" not in second.stderr


def test_the_binary_is_cached_and_the_build_is_removed(
    tree: Path, build: Build, tmp_path: Path, real_binary: Path
) -> None:
    observer = Recorder()
    binary = build(f"node24-{HOST}", observer, source_tree=tree)
    note = (tree / "src/note.txt").read_bytes()
    assert binary.path.read_bytes() == real_binary.read_bytes() + note
    assert (binary.provider, str(binary.version)) == ("build", "24.19.0")
    assert str(tree) in binary.origin
    assert [total for name, total in observer.stages if "compiling" in name] == [OBJECTS]
    left = sorted(path.suffix for path in (tmp_path / "cache/builds").iterdir())
    assert left == [".lock", ".log"]
    assert build(f"node24.19.0-{HOST}", source_tree=tree) == binary


def test_tree_that_was_edited_is_compiled_again(tree: Path, build: Build) -> None:
    first = build(f"node24-{HOST}", source_tree=tree)
    (tree / "src/note.txt").write_text("edited\n")
    second = build(f"node24-{HOST}", source_tree=tree)
    assert second.sha256 != first.sha256
    assert second.path.read_bytes().endswith(b"edited\n")


def test_release_of_a_mirror_is_compiled(
    mirror: LocalMirror, real_binary: Path, tmp_path: Path, host_compiler: None
) -> None:
    name = "node-v24.19.0.tar.xz"
    packed = make_tarball(tmp_path / name, real_binary)
    mirror.add_release("24.19.0", {name: packed.read_bytes()}, ["src"])
    mirror.add_release("24.18.0", {}, ["linux-x64"])
    options = NodeOptions(provider="build", mirror=mirror.url, cache=tmp_path / "cache")
    target = parse_target(f"node24-{HOST}", (Platform.LINUX, Arch.X64))
    binary = obtain(target, options, Recorder())
    assert str(binary.version) == "24.19.0"
    assert (tmp_path / "cache/sources" / name).read_bytes() == packed.read_bytes()


def test_target_that_the_mirror_lacks_is_compiled_and_others_are_not(
    mirror: LocalMirror, real_binary: Path, tmp_path: Path, host_compiler: None
) -> None:
    name = "node-v24.19.0.tar.xz"
    packed = make_tarball(tmp_path / name, real_binary)
    mirror.add_release("24.19.0", {name: packed.read_bytes()}, ["src", "aix-ppc64"])
    target = parse_target(f"node24-{HOST}", (Platform.LINUX, Arch.X64))
    options = NodeOptions(mirror=mirror.url, cache=tmp_path / "cache")
    with pytest.raises(NodeError) as caught:
        obtain(target, options, Recorder())
    assert caught.value.code == "release-unknown"
    asked = NodeOptions(mirror=mirror.url, cache=tmp_path / "cache", compile=True)
    assert obtain(target, asked, Recorder()).provider == "build"


def test_a_stock_node_compiles_bytecode_for_a_compiled_one(
    mirror: LocalMirror,
    real_binary: Path,
    node_binary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host_compiler: None,
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "true").symlink_to("/bin/true")
    compiler(programs, "riscv64-linux-gnu-g++", Arch.RISCV64)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    # A real binary whose header says another machine: what is read is the header.
    content = bytearray(node_binary("24.19.0", "linux", "x64").read_bytes())
    content[18:20] = (243).to_bytes(2, "little")  # e_machine: EM_RISCV
    made = tmp_path / "made"
    made.write_bytes(content)
    name, stock = "node-v24.19.0.tar.xz", f"node-v24.19.0-{HOST}.tar.gz"
    source = make_tarball(tmp_path / name, made).read_bytes()
    archive = tarball((f"node-v24.19.0-{HOST}/bin/node", real_binary))
    mirror.add_release("24.19.0", {name: source, stock: archive}, ["src", HOST])
    options = NodeOptions(mirror=mirror.url, cache=tmp_path / "cache", compile=True)
    target = parse_target("node24-linux-riscv64", HOST_MACHINE)
    binary = obtain(target, options, Recorder())
    assert (binary.provider, binary.arch) == ("build", Arch.RISCV64)
    found = obtain_compiler(binary, HOST_MACHINE, (binary,), options, Recorder())
    assert (found.provider, found.arch) == ("mirror", HOST_MACHINE[1])


def test_unreachable_providers_are_an_error_and_trigger_no_compile(tmp_path: Path) -> None:
    options = NodeOptions(mirror="http://127.0.0.1:9", cache=tmp_path / "cache", compile=True)
    with pytest.raises(NodeError) as caught:
        obtain(parse_target(f"node24-{HOST}", (Platform.LINUX, Arch.X64)), options, Recorder())
    assert caught.value.code == "sources-unreachable"


def test_tarball_of_another_digest_is_refused(
    mirror: LocalMirror, real_binary: Path, tmp_path: Path, host_compiler: None
) -> None:
    name = "node-v24.19.0.tar.xz"
    packed = make_tarball(tmp_path / name, real_binary)
    mirror.add_release("24.19.0", {name: packed.read_bytes()}, ["src"])
    mirror.files[f"/v24.19.0/{name}"] = packed.read_bytes()[:-1] + b"\0"
    options = NodeOptions(provider="build", mirror=mirror.url, cache=tmp_path / "cache")
    with pytest.raises(NodeError) as caught:
        obtain(parse_target(f"node24-{HOST}", (Platform.LINUX, Arch.X64)), options, Recorder())
    assert caught.value.code == "digest-mismatch"
    assert list((tmp_path / "cache/sources").iterdir()) == []
    assert entries(tmp_path / "cache") == []


def test_offline_the_cached_source_is_compiled(
    mirror: LocalMirror, real_binary: Path, tmp_path: Path, build: Build, host_compiler: None
) -> None:
    name = "node-v24.19.0.tar.xz"
    packed = make_tarball(tmp_path / name, real_binary)
    mirror.add_release("24.19.0", {name: packed.read_bytes()}, ["src"])
    build(f"node24-{HOST}", provider="build", mirror=mirror.url)
    shutil.rmtree(tmp_path / "cache/nodes")
    mirror.forget()
    again = build(f"node24-{HOST}", provider="build", mirror=mirror.url, offline=True)
    assert str(again.version) == "24.19.0"


def test_a_tree_of_another_release_is_refused(tree: Path, build: Build, tmp_path: Path) -> None:
    with pytest.raises(NodeError) as caught:
        build(f"node22-{HOST}", source_tree=tree)
    assert caught.value.code == "source-tree-version"
    assert "24.19.0" in caught.value.message
    assert "node22" in caught.value.message
    assert entries(tmp_path / "cache") == []


def test_a_binary_for_another_machine_is_refused_and_not_cached(
    tmp_path: Path, build: Build, node_binary, host_compiler: None
) -> None:
    other = "arm64" if HOST.endswith("x64") else "x64"
    tree = make_tree(tmp_path / "tree", node_binary("24.19.0", "linux", other))
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree)
    assert caught.value.code == "binary-mismatch"
    assert f"linux-{other}" in caught.value.message
    assert entries(tmp_path / "cache") == []


def test_a_binary_that_does_not_run_is_refused(tree: Path, build: Build, tmp_path: Path) -> None:
    # All that sealift reads of it is right, but its first instruction is not.
    broken = tmp_path / "broken"
    content = bytearray((tree / "deps/binary.txt").read_text().encode())
    content = bytearray(Path(content.decode()).read_bytes())
    entry = int.from_bytes(content[24:32], "little")
    content[24:32] = (entry + 4096 * 1000).to_bytes(8, "little")
    broken.write_bytes(content)
    (tree / "deps/binary.txt").write_text(str(broken))
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree)
    assert caught.value.code == "binary-broken"
    assert entries(tmp_path / "cache") == []


def test_source_without_build_is_an_error(tree: Path, tmp_path: Path) -> None:
    options = NodeOptions(source_tree=tree, cache=tmp_path / "cache")
    with pytest.raises(UsageError, match="Node is not compiled"):
        obtain(parse_target(f"node24-{HOST}", (Platform.LINUX, Arch.X64)), options, Recorder())


def test_everything_that_is_missing_is_reported_at_once(
    tree: Path, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(estimate, "free_disk", lambda folder: 1_000_000)
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree)
    assert caught.value.code == "build-requirements"
    disk = estimate.estimate(HOST_MACHINE[0], False, 1).disk / 1e9
    for missing in ("C++ compiler", "GNU make", f"{disk:.1f} GB of free disk", "0.0 GB available"):
        assert missing in caught.value.message
    assert "g++" in caught.value.remedy
    assert entries(tmp_path / "cache") == []
    assert not (tmp_path / "cache/builds").exists()


@pytest.mark.parametrize("short", [0, 1])
def test_disk_is_enough_or_a_byte_short(
    tree: Path, build: Build, monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    needed = estimate.estimate(HOST_MACHINE[0], False, 1).disk
    usage = shutil.disk_usage(tree)._replace(free=needed - short)
    monkeypatch.setattr(estimate.shutil, "disk_usage", lambda _: usage)
    if not short:
        assert build(f"node24-{HOST}", source_tree=tree).provider == "build"
        return
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree)
    assert caught.value.code == "build-requirements"
    assert "free disk" in caught.value.message


@pytest.mark.parametrize("target", ["macos-arm64", "win-x64", "freebsd-x64"])
def test_other_systems_are_refused_first(
    tree: Path, build: Build, tmp_path: Path, target: str
) -> None:
    for options in ({"source_tree": tree}, {"provider": "build", "mirror": "http://127.0.0.1:9"}):
        with pytest.raises(NodeError) as caught:
            build(f"node24-{target}", **options)
        assert caught.value.code == "build-impossible"
        assert f"--node-binary {target}=PATH" in caught.value.remedy
    assert not (tmp_path / "cache/builds").exists()
