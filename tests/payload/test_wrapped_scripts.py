"""Large scripts are stored between the texts that make them a function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rigs import host_target
from rigs.machine import bare_environment, complete
from sealift.errors import FormatError
from sealift.model import Bytecode, ScriptBytecode, SilentObserver
from sealift.options import Compression
from sealift.payload import pack
from sealift.payload.table_reader import WRAPPER, Record, read_table
from sealift.payload.wrapped_scripts import HEAD, TAIL
from sealift.runtime import bytecode_wrapper
from sealift.verify_executable import verify_executable
from support.command_line import Sealift
from support.executables import project_of

LARGE = b"exports.x = 1;\n" * 6000
FILES = {
    "fits.cjs": LARGE,
    "copy.cjs": LARGE,
    "small.cjs": b"exports.x = 1;\n",
    "accents.cjs": LARGE + "// é".encode(),
    "marked.cjs": b"\xef\xbb\xbf" + LARGE,
    "program.cjs": b"#!/usr/bin/env node\n" + LARGE,
    "module.mjs": b"//\n" + LARGE,
    "left-out.cjs": b"//  \n" + LARGE,
    "uncompiled.cjs": b"// \n" + LARGE,
    "zz-copy.txt": LARGE,
}


def records(
    top: Path, v8: str = "13.6.1", compression: Compression = Compression.NONE
) -> tuple[dict[str, Record], bytes]:
    folder = top / "project"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    scripts = tuple(
        ScriptBytecode(
            location=f"project/{name}",
            offset=0,
            length=8,
            source_length=len(content),
            is_module=name == "module.mjs",
            crc32=0,
            lines=b"",
            names=b"",
        )
        for name, content in sorted(FILES.items())
        if name not in ("uncompiled.cjs", "zz-copy.txt")
    )
    left_out = frozenset(["project/left-out.cjs"])
    bytecode = Bytecode(v8, 1, 2, top / "caches", 8, scripts, left_out)
    project = project_of(folder, "fits.cjs")
    packed = pack(project, (), "1", top, SilentObserver(), bytecode, compression)
    assets = {asset.key: asset for asset in packed.assets}
    table, links, files = (assets[f"sealift/{key}"] for key in ("table", "links", "files"))
    assert table.data is not None and links.data is not None and files.path is not None
    found = read_table(table.data, links.data, files.size)
    names = {record.location.removeprefix("project/"): record for record in found}
    return names, files.path.read_bytes()


def test_what_fits_is_wrapped(tmp_path: Path) -> None:
    found, stored = records(tmp_path)
    # Equal contents are stored once, in the order of the names.
    wrapped = {name for name, record in found.items() if record.wrapped}
    assert wrapped == {"copy.cjs", "fits.cjs", "uncompiled.cjs", "zz-copy.txt"}
    for name, content in FILES.items():
        record = found[name]
        start, end = record.offset, record.offset + record.stored_size
        if name != "left-out.cjs":
            assert stored[start:end] == content, name
        if record.wrapped:
            assert stored[start - len(HEAD) : end + len(TAIL)] == HEAD + content + TAIL
    kept = {content for name, content in FILES.items() if name != "left-out.cjs"}
    assert len(stored) == sum(map(len, kept)) + 2 * len(HEAD + TAIL)


@pytest.mark.parametrize(
    ("v8", "compression"),
    [("11.3.244.8-node.23", Compression.NONE), ("13.6.1", Compression.GZIP)],
)
def test_nothing_is_wrapped(v8: str, compression: Compression, tmp_path: Path) -> None:
    found, _ = records(tmp_path, v8, compression)
    assert not any(record.wrapped for record in found.values())


def test_the_text_is_that_of_the_runtime() -> None:
    source = bytecode_wrapper()
    assert (HEAD, TAIL) == WRAPPER
    assert b"const FUNCTION = '%s';" % HEAD[1:] in source
    assert b"`(${FUNCTION}`;\nconst TAIL = '\\n})';" in source


PROGRAM = """const late = (n) => { throw new Error('at ' + n); };
exports.inner = function inner(a) { return a /* kept */ + 1; };
exports.late = late;
"""
ENTRY = """const big = require('./big.js');
console.log(String(big.inner), big.inner(1), String(big.last));
try { big.late(3); } catch (error) { console.log(error.stack.split('\\n')[1].slice(-14)); }
"""


@pytest.mark.parametrize("release", ["22.20.0", "24.19.0", "26.10.0"])
def test_a_wrapped_script_runs_as_in_node_also_if_the_text_around_it_is_damaged(
    release: str, sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    filler = "".join(f"exports.f{n} = function () {{ return {n}; }};\n" for n in range(2000))
    last = "exports.last = function last() { return 'the end'; }; // no line end"
    (tmp_path / "big.js").write_text(PROGRAM + filler + last)
    (tmp_path / "index.js").write_text(ENTRY)
    platform, arch = host_target()
    target = f"node{release}-{platform}-{arch}"
    options = binary_options(target)
    node = options[1].partition("=")[2]
    expected = complete([node, tmp_path / "index.js"], cwd=None, env={}, timeout=60)
    assert expected.code == 0
    app = tmp_path / "app"
    done = sealift(tmp_path / "index.js", "--public", "-t", target, "-o", app, *options)
    assert done.code == 0, done.stderr
    data = app.read_bytes()
    places = [data.index(HEAD + PROGRAM[:40].encode()), data.index(last.encode() + TAIL)]
    places[1] += len(last) + 1
    for at in (None, *places):
        if at is not None:
            with app.open("r+b") as file:
                file.seek(at)
                file.write(b"~")
            with pytest.raises(FormatError, match="damaged"):
                verify_executable(app)
        ran = complete([app], cwd=None, env=bare_environment({}), timeout=60)
        assert (ran.stdout, ran.stderr, ran.code) == (expected.stdout, "", 0)
        app.write_bytes(data)
    verify_executable(app)
