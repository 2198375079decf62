"""Damage of executables is noticed: by `sealift verify`, and by the executable itself."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import bare_environment, complete
from sealift.errors import FormatError, UsageError
from sealift.model import Asset, SilentObserver
from sealift.options import Compression
from sealift.payload import checksum_asset, pack
from sealift.runtime import main_script, script_assets
from sealift.verify import verify_alone
from sealift.verify_executable import verify_executable
from support.command_line import Sealift
from support.elf_builder import TEXTS, Shape
from support.executables import project_of, small_node, write_executable

FREEBSD = TEXTS + b"\0NODE_SEA_BLOB\0"
SHAPES = {
    "x64": Shape(),
    "arm64": Shape(machine=183, page=0x10000, kind=3, base=0),
    "armv7": Shape(bits=32, machine=40, page=0x10000, base=0x10000),
    "s390x": Shape(order=">", machine=22, base=0x1000000),
    "freebsd": Shape(osabi=9, relro=True, texts=FREEBSD),
}


def executable(directory: Path, shape: Shape, compression: Compression = Compression.NONE) -> Path:
    folder = directory / "project"
    folder.mkdir()
    (folder / "index.js").write_text("require('./data.json');")
    (folder / "data.json").write_text('["execArgvExtension", "node.js/v1.2.3"]')
    (folder / "large.bin").write_bytes(random.Random(1).randbytes(50_000))
    node = small_node(directory, shape)
    (folder / "text.txt").write_text("text " * 1000)
    files = pack(
        project_of(folder, "index.js"),
        script_assets(),
        "0.1.0",
        directory,
        SilentObserver(),
        compression=compression,
    )
    sums = checksum_asset(files.assets, main_script(), ("--one", "--two"))
    return write_executable(
        (*files.assets, sums), node, directory / "app", exec_argv=("--one", "--two")
    )


@pytest.mark.parametrize(
    ("shape", "compression"),
    [
        *((shape, Compression.NONE) for shape in SHAPES.values()),
        *((SHAPES["x64"], one) for one in Compression if one != Compression.NONE),
    ],
    ids=[*SHAPES, "GZip", "Brotli", "Zstd"],
)
def test_damage_is_found_anywhere_in_the_blob(
    tmp_path: Path, shape: Shape, compression: Compression
) -> None:
    path = executable(tmp_path, shape, compression)
    checked = verify_executable(path)
    assert (checked.files, checked.project, checked.scripts) == (4, "project", 0)
    data = path.read_bytes()
    blob_at = data.rindex(b"NODE_SEA_BLOB\0") + 16
    chance = random.Random(2)
    places = [*range(blob_at, blob_at + 60), *range(len(data) - 300, len(data))]
    places += [chance.randrange(blob_at, len(data)) for _ in range(150)]
    unseen = []
    with path.open("r+b", buffering=0) as file:
        for at in places:
            file.seek(at)
            file.write(bytes([data[at] ^ 1 << at % 8]))
            try:
                verify_executable(path)
                unseen.append(at)
            except FormatError as error:
                assert error.remedy
            file.seek(at)
            file.write(data[at : at + 1])
    assert unseen == []
    verify_executable(path)


def test_a_truncated_or_extended_file_is_damaged(tmp_path: Path) -> None:
    path = executable(tmp_path, Shape())
    data = path.read_bytes()
    for changed in (data[:-1], data[: len(data) // 2], data[:100], b"", data + b"\0"):
        path.write_bytes(changed)
        with pytest.raises(FormatError):
            verify_executable(path)


def test_a_node_binary_is_not_an_executable_of_sealift(tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        verify_executable(small_node(tmp_path).path)


def test_a_blob_of_somebody_else_is_refused(tmp_path: Path) -> None:
    assets = (Asset("other", b""),)
    path = write_executable(assets, small_node(tmp_path), tmp_path / "app")
    with pytest.raises(FormatError, match="sealift did not write it"):
        verify_executable(path)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        verify_executable(tmp_path / "missing")
    with pytest.raises(UsageError, match="cannot be read"):
        verify_executable(tmp_path)


PROGRAM = {
    "index.js": """
const { x } = require('./b.js');
console.log(x, require('fs').readFileSync(__dirname + '/data.txt', 'utf8'), require('./c.json'));
import('./m.mjs').then((m) => console.log(m.default));
""",
    "b.js": "exports.x = [1, 2, 3].map((n) => n * n).join();",
    "c.json": '{"k": [1, 2, 3]}',
    "m.mjs": "export default class A { static y = `${1 + 1}`; }",
    "data.txt": "some text\n" * 1000,
}


def outcomes_of_flips(path: Path, count: int) -> Counter[str]:
    """Start an executable as often, each time with one other bit of its payload changed."""
    expected = complete([path], cwd=None, env=bare_environment({}), timeout=60)
    assert expected.code == 0, expected.stderr
    with path.open("rb") as file:
        blob = verify_alone(file, "elf", "x64", "it")
    # The lengths between the parts are Node's own, and so is what it says about the main script.
    places = [at for start, size in blob.assets.values() for at in range(start, start + size)]
    chance = random.Random(280)
    outcomes: Counter[str] = Counter()
    data = path.read_bytes()
    for at in chance.sample(places, count):
        with path.open("r+b", buffering=0) as file:
            file.seek(at)
            file.write(bytes([data[at] ^ 1 << chance.randrange(8)]))
        done = complete([path], cwd=None, env=bare_environment({}), timeout=60)
        with path.open("r+b", buffering=0) as file:
            file.seek(at)
            file.write(data[at : at + 1])
        if (done.code, done.stdout) == (0, expected.stdout):
            outcomes["unused part"] += 1  # nothing has read it
        else:
            assert (done.code, done.stderr.count("\n")) == (1, 1), (at, done)
            assert done.stderr.startswith("sealift: ") and "damaged" in done.stderr
            outcomes["reported"] += 1
    return outcomes


@pytest.fixture(params=["24.19.0", "22.20.0", "20.20.2"])
def bytecode_program(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
) -> Path:
    for name, text in PROGRAM.items():
        if name == "m.mjs" and request.param.startswith("20."):
            text = "export default 1;"  # it ships as source
        (tmp_path / name).write_text(text)
    target = f"node{request.param}-linux-x64"
    options = ["-t", target, "-o", tmp_path / "app", "--fallback-to-source", "--quiet"]
    done = sealift(tmp_path / "index.js", *options, *binary_options(target))
    assert done.code == 0, done.stderr
    return tmp_path / "app"


@pytest.mark.skipif(sys.platform != "linux", reason="missing: a host that runs the executable")
def test_damage_is_reported_when_the_part_is_used(bytecode_program: Path) -> None:
    assert outcomes_of_flips(bytecode_program, 40)["reported"] > 10


@pytest.mark.corpus
@pytest.mark.skipif(sys.platform != "linux", reason="missing: a host that runs the executable")
def test_280_damages_are_reported_when_the_part_is_used(bytecode_program: Path) -> None:
    assert outcomes_of_flips(bytecode_program, 280)["reported"] > 70
