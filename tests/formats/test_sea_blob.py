from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rigs
from sealift.errors import FormatError
from sealift.formats.node_facts import NodeFacts
from sealift.formats.sea_blob import (
    Blob,
    BlobAsset,
    BlobLayout,
    BlobReading,
    ExecArgvExtension,
    Span,
    read_blob,
)

LAYOUTS = {
    "22": BlobLayout(exec_argv_extension=True, main_format=False),
    "24": BlobLayout(exec_argv_extension=True, main_format=False),
    "26": BlobLayout(exec_argv_extension=True, main_format=True),
}
CONTENTS = {
    "empty": b"",
    "text": b"hello\n",
    "a key with spaces/\u00e9": bytes(range(256)) * 700,
    "fuse": b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0",
}


def written(blob: Blob, contents: Mapping[str, bytes]) -> bytes:
    return b"".join(
        contents[piece.key] if isinstance(piece, BlobAsset) else piece for piece in blob.pieces()
    )


def content(blob: bytes, span: Span) -> bytes:
    return blob[span.offset : span.offset + span.size]


@pytest.mark.parametrize("major", LAYOUTS)
@pytest.mark.parametrize(
    ("keys", "exec_argv", "extension"),
    [
        ((), (), None),
        (tuple(CONTENTS), (), None),
        ((), ("--no-warnings",), ExecArgvExtension.CLI),
        (("text",), ("--no-warnings", "--stack-size=2000"), ExecArgvExtension.NONE),
        (tuple(CONTENTS), ("--expose-gc",), ExecArgvExtension.ENV),
    ],
)
def test_bytes_equal_those_that_node_writes(
    major: str,
    keys: tuple[str, ...],
    exec_argv: tuple[str, ...],
    extension: ExecArgvExtension | None,
    run_node: Callable[..., rigs.Completed],
    tmp_path: Path,
) -> None:
    main = "console.log('\u00e9')\n".encode()
    (tmp_path / "main file.js").write_bytes(main)
    config: dict[str, object] = {
        "main": "main file.js",
        "output": "blob",
        "disableExperimentalSEAWarning": True,
    }
    if keys:
        config["assets"] = {key: f"asset{number}" for number, key in enumerate(keys)}
        for number, key in enumerate(keys):
            (tmp_path / f"asset{number}").write_bytes(CONTENTS[key])
    if exec_argv:
        config["execArgv"] = exec_argv
    if extension is not None:
        config["execArgvExtension"] = extension.name.lower()
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = run_node(major, "--experimental-sea-config", "config.json", cwd=tmp_path)
    assert done.code == 0, done.stderr
    oracle = (tmp_path / "blob").read_bytes()

    reading = read_blob(io.BytesIO(oracle), 0, len(oracle), LAYOUTS[major])
    # Node writes the assets in the order of a hash table: the same order makes bytes comparable.
    order = [key.decode() for key, _ in reading.assets]
    assert sorted(order) == sorted(keys)
    blob = Blob(
        LAYOUTS[major],
        main,
        tuple(BlobAsset(key, len(CONTENTS[key])) for key in order),
        exec_argv,
        "main file.js",
        ExecArgvExtension.ENV if extension is None else extension,
    )
    assert written(blob, CONTENTS) == oracle
    assert blob.size == len(oracle)


def example(layout: BlobLayout) -> tuple[Blob, bytes]:
    assets = tuple(BlobAsset(key, len(data)) for key, data in CONTENTS.items())
    exec_argv = ("--a", "--b=\u00e9") if layout.exec_argv_extension else ()
    blob = Blob(layout, b"main\0code", assets, exec_argv)
    return blob, written(blob, CONTENTS)


@pytest.mark.parametrize("numbers", [("<", 64), ("<", 32), (">", 64), (">", 32)])
@pytest.mark.parametrize("extension", [True, False])
@pytest.mark.parametrize("main_format", [True, False])
def test_the_reader_returns_what_was_written(
    extension: bool, main_format: bool, numbers: tuple[str, int]
) -> None:
    blob, data = example(BlobLayout(extension, main_format, *numbers))
    reading = read_blob(io.BytesIO(b"before" + data + b"behind"), 6, len(data), blob.layout)
    whole = b"before" + data
    assert content(whole, reading.main) == blob.main
    assert {key.decode(): content(whole, span) for key, span in reading.assets} == CONTENTS
    assert tuple(argument.decode() for argument in reading.exec_argv) == blob.exec_argv
    assert reading.code_path == b"main.js"
    assert reading.code_cache is None
    assert reading.main_format == (0 if main_format else None)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("x64", "20da4301 09000000 0700000000000000 6d61696e2e6a73 0200000000000000 7b7d"),
        ("armv7", "20da4301 09000000 07000000 6d61696e2e6a73 02000000 7b7d"),
        ("armv6", "20da4301 09000000 07000000 6d61696e2e6a73 02000000 7b7d"),
        ("s390x", "0143da20 00000009 0000000000000007 6d61696e2e6a73 0000000000000002 7b7d"),
    ],
)
def test_numbers_are_stored_as_in_the_targets_memory(machine: str, expected: str) -> None:
    facts = NodeFacts("elf", machine, "linux", "20.20.0", "", 0, False, False, False, False)
    layout = BlobLayout.of(facts)
    (head, _) = Blob(layout, b"{}", (BlobAsset("a", 0),)).pieces()
    assert isinstance(head, bytes)
    assert head.hex().startswith(expected.replace(" ", ""))


def test_every_truncation_is_refused() -> None:
    blob, data = example(LAYOUTS["26"])
    for size in [*range(200), *range(200, len(data), 997), len(data) - 1]:
        with pytest.raises(FormatError, match="broken"):
            read_blob(io.BytesIO(data[:size]), 0, size, blob.layout)
        with pytest.raises(FormatError, match="it ends too early"):
            read_blob(io.BytesIO(data[:size]), 0, len(data), blob.layout)
    with pytest.raises(FormatError, match="1 bytes follow"):
        read_blob(io.BytesIO(data + b"x"), 0, len(data) + 1, blob.layout)


def test_options_for_a_node_that_does_not_support_them() -> None:
    blob = Blob(BlobLayout(False, False), b"", exec_argv=("--expose-gc",))
    with pytest.raises(FormatError) as caught:
        _ = blob.size
    assert caught.value.code == "exec-argv-unsupported"


@given(st.binary(max_size=400), st.booleans(), st.booleans())
def test_random_bytes_are_refused_or_read(data: bytes, extension: bool, main_format: bool) -> None:
    head = b"\x20\xda\x43\x01\x19\0\0\0"
    for blob in (data, head + data):
        read_or_refuse(blob, BlobLayout(extension, main_format))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_changed_bytes_are_refused_or_read(changes: list[tuple[int, int]]) -> None:
    blob, data = example(LAYOUTS["26"])
    changed = bytearray(data)
    for at, byte in changes:
        changed[at] = byte
    read_or_refuse(bytes(changed), blob.layout)


def read_or_refuse(data: bytes, layout: BlobLayout) -> None:
    """Read a blob; if that succeeds, what was read is all that the bytes contain."""
    try:
        reading: BlobReading = read_blob(io.BytesIO(data), 0, len(data), layout)
    except FormatError as error:
        assert error.code == "blob-broken"
        return
    assert encoded(reading, data, layout) == data


def encoded(reading: BlobReading, data: bytes, layout: BlobLayout) -> bytes:
    """Write what was read by the layout at the top of sea_blob.py, without its writer."""

    def string(text: bytes) -> bytes:
        return len(text).to_bytes(8, "little") + text

    out = struct.pack("<II", 0x0143DA20, reading.flags)
    if layout.exec_argv_extension:
        assert reading.extension is not None
        out += bytes([reading.extension])
    if layout.main_format:
        assert reading.main_format is not None
        out += bytes([reading.main_format])
    out += string(reading.code_path) + string(content(data, reading.main))
    if reading.flags & 4:
        assert reading.code_cache is not None
        out += string(content(data, reading.code_cache))
    if reading.flags & 8:
        out += len(reading.assets).to_bytes(8, "little")
        out += b"".join(string(key) + string(content(data, span)) for key, span in reading.assets)
    if reading.flags & 16:
        out += len(reading.exec_argv).to_bytes(8, "little")
        out += b"".join(map(string, reading.exec_argv))
    return out
