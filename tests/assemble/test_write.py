from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from assemble.sample import LARGE, MAIN, build
from rigs.capability import lacking
from sealift import assemble
from sealift.assemble import copying
from sealift.errors import FormatError, NodeError, OutputError, ProjectError, SealiftError
from sealift.formats.pe.checksum import Checksum
from sealift.formats.sea_blob import BlobLayout, read_blob
from sealift.model import Asset, NodeBinary, SilentObserver
from support.elf_builder import FUSE, Shape
from support.equipment import FindMachine
from support.executables import node_at, small_node


def leftovers(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if ".sealift-" in path.name]


@pytest.mark.parametrize("major", ["22", "24", "26"])
@pytest.mark.parametrize(
    "arch", ["x64", pytest.param("arm64", marks=pytest.mark.rigs)], ids=["x64", "arm64"]
)
def test_real_executables_run(
    major: str,
    arch: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    node = node_at(node_binary(major, "linux", arch))
    output = tmp_path / "new" / "app"
    digest = build(node, output, tmp_path)
    done = machine(f"linux-{arch}").run(output, "one", "two words", cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout) == {
        "version": f"v{node.version}",
        "execArgv": ["--no-warnings"],
        "args": ["one", "two words"],
        "small": "caf\u00e9",
        "large": hashlib.sha256(LARGE).hexdigest(),
    }
    assert done.stderr == ""
    assert output.stat().st_size <= node.size - 14_000_000 + len(LARGE) + len(MAIN) + 4096
    assert hashlib.sha256(output.read_bytes()).hexdigest() == digest
    assert build(node, output, tmp_path) == digest
    assert leftovers(output.parent) == []
    with output.open("rb") as file:
        elf = ELFFile(file)
        notes = [
            note["n_name"] for part in elf.iter_segments("PT_NOTE") for note in part.iter_notes()
        ]
        assert notes.count("NODE_SEA_BLOB") == 1
        assert elf.num_sections() == 0


# The verifier's reading of signature and checksum shares nothing with the writer's.
@pytest.mark.parametrize("platform", ["macos", "win"])
def test_other_containers_are_assembled_and_verified(
    platform: str, node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    node = node_at(node_binary("24", platform, "x64"))
    output = tmp_path / "app"
    digest = build(node, output, tmp_path)
    assert hashlib.sha256(output.read_bytes()).hexdigest() == digest


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read VmHWM from")
def test_memory_stays_flat(node_binary: Callable[[str, str, str], Path], tmp_path: Path) -> None:
    """Reading facts, writing and verifying 120 MB add little to a process's peak."""
    node = node_binary("24", "linux", "x64")
    # Not ru_maxrss, which a child starts with the value of its parent.
    program = f"""
from pathlib import Path
from assemble.sample import build
from support.executables import node_at
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
before = peak()
build(node_at(Path({str(node)!r})), Path({str(tmp_path / "app")!r}), Path({str(tmp_path)!r}))
print(peak() - before)
"""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 24 << 10  # KiB


def test_small_binary_and_its_blob(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    output = tmp_path / "app"
    build(node, output, tmp_path)
    data = output.read_bytes()
    with output.open("rb") as file:
        blob = next(
            found
            for segment in ELFFile(file).iter_segments("PT_NOTE")
            for found in segment.iter_notes()
            if found["n_name"] == "NODE_SEA_BLOB"
        )
        offset = blob["n_offset"] + 12 + 16
        reading = read_blob(file, offset, blob["n_descsz"], BlobLayout(True, True))
    places = {key.decode(): data[at.offset :][: at.size] for key, at in reading.assets}
    assert places == {"small": b"caf\xc3\xa9", "large": LARGE}
    assert data.count(FUSE[:-1] + b"1") == 1
    assert data.count(FUSE) == LARGE.count(FUSE)


def test_the_bytes_are_the_same_without_copy_file_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = small_node(tmp_path)
    digest = build(node, tmp_path / "one", tmp_path)

    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EXDEV, "across file systems")

    monkeypatch.setattr(copying.os, "copy_file_range", refuse, raising=False)
    assert build(node, tmp_path / "two", tmp_path) == digest
    monkeypatch.delattr(copying.os, "copy_file_range")
    assert build(node, tmp_path / "three", tmp_path) == digest


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits and umask")
def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    before = os.umask(0o027)
    try:
        build(node, tmp_path / "app", tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / "app").stat().st_mode & 0o7777 == 0o750


class Interrupting(SilentObserver):
    """Raises after some bytes; looks at the directory just before."""

    def __init__(self, directory: Path, error: BaseException) -> None:
        self.directory, self.error, self.seen = directory, error, []

    def advance(self, amount: int) -> None:
        self.seen = leftovers(self.directory)
        raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("bug")])
def test_after_any_error_the_old_file_is_unchanged(error: BaseException, tmp_path: Path) -> None:
    node = small_node(tmp_path)
    output = tmp_path / "app"
    output.write_bytes(b"old")
    observer = Interrupting(tmp_path, error)
    with pytest.raises(type(error)), assemble.temporary(output) as file:
        assemble.write(file, node, [], b"", [], observer)
    assert len(observer.seen) == 1
    assert leftovers(tmp_path) == []
    assert output.read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is needed")
def test_a_killed_build_leaves_only_a_temporary_file(tmp_path: Path) -> None:
    output = tmp_path / "app"
    output.write_bytes(b"old")
    program = (
        "import sys, time; from pathlib import Path; from sealift import assemble\n"
        "with assemble.temporary(Path(sys.argv[1])) as file:\n"
        "    print('open', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, output], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        (left,) = leftovers(tmp_path)
        assert left.startswith(".app.sealift-")
        assert (tmp_path / left).stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGKILL)
    assert leftovers(tmp_path) == [left]
    assert output.read_bytes() == b"old"


def refusal(kind: type[SealiftError], output: Path, node: NodeBinary, *assets: Asset) -> str:
    """Build where it must fail; the error's code."""
    before = sorted(output.parent.iterdir()) if output.parent.is_dir() else []
    with pytest.raises(kind) as caught, assemble.temporary(output) as file:
        assemble.write(file, node, assets, b"", [], SilentObserver())
        file.publish()
    assert caught.value.remedy
    if output.parent.is_dir():
        assert sorted(output.parent.iterdir()) == before
    return caught.value.code


def test_output_that_is_a_directory(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    (tmp_path / "dir").mkdir()
    assert refusal(OutputError, tmp_path / "dir", node) == "output-is-directory"


def test_output_below_a_file(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    assert refusal(OutputError, node.path / "app", node) == "output-parent"


@pytest.mark.skipif(os.name == "nt", reason="a device file is needed")
def test_output_that_is_a_device(tmp_path: Path) -> None:
    link = tmp_path / "app"
    link.symlink_to("/dev/null")
    assert refusal(OutputError, link, small_node(tmp_path)) == "output-not-a-file"


def test_output_that_is_an_input(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    content = node.path.read_bytes()
    assert refusal(OutputError, node.path, node) == "output-is-part"
    pool = tmp_path / "pool"
    pool.write_bytes(b"12345")
    assert refusal(OutputError, pool, node, Asset("a", None, pool, 0, 5)) == "output-is-part"
    assert (node.path.read_bytes(), pool.read_bytes()) == (content, b"12345")


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    if sys.platform != "linux":
        lacking("a directory that not even root may write to")
    assert refusal(OutputError, Path("/proc/app"), node) == "output-not-writable"


@pytest.mark.parametrize("fast", [True, False])
def test_full_disk(fast: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    node = small_node(tmp_path)
    name = "copy_file_range" if fast else "write"
    monkeypatch.setattr(os, name, full, raising=False)
    assert refusal(OutputError, tmp_path / "app", node) == "disk-full"


def test_a_node_binary_that_changed(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    with node.path.open("ab") as file:
        file.write(b"x")
    assert refusal(NodeError, tmp_path / "app", node) == "node-changed"
    node.path.unlink()
    assert refusal(NodeError, tmp_path / "app", node) == "node-unreadable"


class Touching(SilentObserver):
    """Writes to a file as soon as the first bytes are copied."""

    def __init__(self, path: Path) -> None:
        self.path, self.time = path, 0

    def advance(self, amount: int) -> None:
        self.time += 1_000_000_000
        os.utime(self.path, ns=(self.time, self.time))


def test_a_node_binary_that_changes_meanwhile(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    observer = Touching(node.path)
    with pytest.raises(NodeError) as caught, assemble.temporary(tmp_path / "app") as file:
        assemble.write(file, node, [], b"", [], observer)
    assert caught.value.code == "node-changed"


@pytest.mark.parametrize("kernel", [True, False])
def test_a_packaged_file_that_changed(
    kernel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kernel:
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    node = small_node(tmp_path)
    pool = tmp_path / "pool"
    asset = Asset("a", None, pool, 1000, 5_000_000)
    assert refusal(ProjectError, tmp_path / "app", node, asset) == "file-unreadable"
    pool.write_bytes(bytes(5_000_999))
    assert refusal(ProjectError, tmp_path / "app", node, asset) == "file-changed"
    pool.write_bytes(bytes(5_001_000))
    with pytest.raises(ProjectError) as caught, assemble.temporary(tmp_path / "app") as file:
        assemble.write(file, node, [asset], b"", [], Touching(pool))
    assert caught.value.code == "file-changed"


def test_a_binary_that_holds_a_blob_already(tmp_path: Path) -> None:
    build(small_node(tmp_path), tmp_path / "app", tmp_path)
    assert refusal(FormatError, tmp_path / "two", node_at(tmp_path / "app")) == "already-a-blob"


def test_the_longest_file_name_is_accepted(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    build(node, tmp_path / ("n" * 255), tmp_path)
    assert (tmp_path / ("n" * 255)).is_file()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 8191, 8192, 8193, 40_001])
def test_checksum_is_that_of_its_definition(size: int) -> None:
    data = bytes(byte * 7 & 0xFF for byte in range(size))
    total = 0
    for at in range(0, size, 2):
        total += int.from_bytes(data[at : at + 2], "little")
        total = (total & 0xFFFF) + (total >> 16)
    for step in (1, 3, 8192, 100_000):
        checksum = Checksum()
        for at in range(0, size, step):
            checksum.update(data[at : at + step])
        assert checksum.finish() == total + size


def test_time_of_the_input_does_not_matter(tmp_path: Path) -> None:
    node = small_node(tmp_path)
    one = build(node, tmp_path / "one", tmp_path)
    later = time.time() + 1000
    os.utime(node.path, (later, later))
    assert build(node, tmp_path / "two", tmp_path) == one


def test_big_endian_and_32_bit_are_assembled(tmp_path: Path) -> None:
    for shape, machine in (
        (Shape(order=">", machine=22, page=0x10000), "EM_S390"),
        (Shape(bits=32, machine=3), "EM_386"),
    ):
        digest = build(small_node(tmp_path, shape), tmp_path / "app", tmp_path)
        assert hashlib.sha256((tmp_path / "app").read_bytes()).hexdigest() == digest
        with (tmp_path / "app").open("rb") as file:
            elf = ELFFile(file)
            assert (elf["e_machine"], elf.little_endian) == (machine, shape.order == "<")
            notes = [note for part in elf.iter_segments("PT_NOTE") for note in part.iter_notes()]
            assert [note["n_name"] for note in notes].count("NODE_SEA_BLOB") == 1
