"""Binaries that the user names."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from sealift.errors import NodeError, UsageError
from sealift.findings import Severity
from sealift.model import NodeBinary
from sealift.nodes import obtain, obtain_all
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, parse_target
from support.local_mirror import LocalMirror
from support.observers import Recorder


def get(target: str, binaries: dict[str, Path], folder: Path) -> NodeBinary:
    given = NodeOptions(binaries=binaries, cache=folder / "cache", offline=True)
    return obtain(parse_target(target, (Platform.LINUX, Arch.X64)), given, Recorder())


def test_named_binary_is_used_where_it_is(tmp_path: Path, node_binary) -> None:
    path = node_binary("24.19.0", "linux", "x64")
    binary = get("node24-linux-x64", {"linux-x64": path}, tmp_path)
    assert (binary.path, binary.provider, binary.origin) == (path, "file", str(path))
    assert binary.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert get("node24-linux-x64", {"linux-x64": path}, tmp_path) == binary


def test_most_specific_text_wins(tmp_path: Path, node_binary) -> None:
    old, new = node_binary("22.20.0", "win", "x64"), node_binary("24.19.0", "win", "x64")
    assert get("node24-win-x64", {"win": old, "node24-win-x64": new}, tmp_path).path == new
    assert get("node22-win-x64", {"windows": old, "node24-win": new}, tmp_path).path == old
    assert get("node24-win-x64", {"node22-win": old, "x64-win32": new}, tmp_path).path == new


def test_text_for_another_machine_is_ignored(tmp_path: Path, node_binary) -> None:
    with pytest.raises(NodeError) as caught:
        get("node24-win-x64", {"linux": node_binary("24.19.0", "linux", "x64")}, tmp_path)
    assert caught.value.code == "not-cached"


def test_a_binary_of_another_release_is_reported(
    real_mirror: LocalMirror, tmp_path: Path, node_binary
) -> None:
    target = parse_target("node22-win-x64", (Platform.LINUX, Arch.X64))
    path = node_binary("22.20.0", "win", "x64")

    def findings_for(*texts: str) -> list[tuple[str, str, str]]:
        binaries = dict.fromkeys(texts, path)
        given = NodeOptions(mirror=real_mirror.url, binaries=binaries, cache=tmp_path / "cache")
        (binary,) = obtain_all((target,), given, Recorder())
        return [(one.severity, one.code, one.message) for one in binary.findings]

    message = "The binary named for {} is not used for node22-win-x64, which needs another"
    assert findings_for("node24-win", "linux", "win-node20") == [
        (Severity.WARNING, "node-binary-unused", message.format(text) + " release.")
        for text in ("node24-win", "win-node20")
    ]
    assert findings_for("win", "node24-win") == []  # one of them serves
    assert findings_for("macos-arm64", "linux") == []  # those may be for other builds


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("node24-win-arm64", "it is for win-x64"),
        ("node22-win-x64", "it is Node 24.19.0"),
        ("node24.18-win-x64", "it is Node 24.19.0"),
    ],
)
def test_binary_for_something_else(target: str, reason: str, tmp_path: Path, node_binary) -> None:
    with pytest.raises(NodeError, match=reason) as caught:
        get(
            target,
            {
                "win-x64": node_binary("24.19.0", "win", "x64"),
                "win-arm64": node_binary("24.19.0", "win", "x64"),
            },
            tmp_path,
        )
    assert caught.value.code == "binary-mismatch"
    assert target in caught.value.message


@pytest.mark.parametrize("text", ["host", "lunix", "linux-win"])
def test_text_that_is_not_a_target(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        get("node24-linux-x64", {text: tmp_path}, tmp_path)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(NodeError) as caught:
            get("node24-linux-x64", {"linux": path}, tmp_path)
        assert caught.value.code == "binary-missing"
        assert str(path) in caught.value.message


def test_text_file_and_truncated_binary(tmp_path: Path, node_binary) -> None:
    text = tmp_path / "text"
    text.write_text("#!/bin/sh\n")
    cut = tmp_path / "cut"
    with node_binary("24.19.0", "linux", "x64").open("rb") as file:
        cut.write_bytes(file.read(5_000_000))
    for path in (text, cut):
        with pytest.raises(NodeError) as caught:
            get("node24-linux-x64", {"linux": path}, tmp_path)
        assert caught.value.code == "binary-refused"


def test_binary_that_already_contains_an_application(tmp_path: Path, node_binary) -> None:
    used = tmp_path / "used"
    shutil.copyfile(node_binary("24.19.0", "linux", "x64"), used)
    fuse = get("node24-linux-x64", {"linux": used}, tmp_path).facts.fuse_offset
    with used.open("r+b") as file:
        file.seek(fuse)
        assert file.read(1) == b"0"
        file.seek(fuse)
        file.write(b"1")
    with pytest.raises(NodeError) as caught:
        get("node24-linux-x64", {"linux": used}, tmp_path)
    assert caught.value.code == "binary-used"


def test_the_variable_of_pkg(tmp_path: Path, node_binary, monkeypatch: pytest.MonkeyPatch) -> None:
    path = node_binary("24.19.0", "linux", "x64")
    monkeypatch.setenv("PKG_NODE_PATH", str(path))
    assert get("node24-linux-x64", {}, tmp_path).path == path
    win = node_binary("24.19.0", "win", "x64")
    assert get("node24-win-x64", {"win": win}, tmp_path).path == win
    with pytest.raises(NodeError, match="PKG_NODE_PATH") as caught:
        get("node24-win-x64", {}, tmp_path)
    assert caught.value.code == "binary-mismatch"
    assert "unset PKG_NODE_PATH" in caught.value.remedy
