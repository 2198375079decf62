"""The Node release of targets that name none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sealift.plan import omitted_node
from sealift.plan.omitted_node import OmittedNode
from sealift.target import Arch, Platform, parse_targets

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="`node` is a shell script here")


def install_node(directory: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.mkdir()
    program = directory / "node"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("script", "oldest", "major", "why"),
    [
        ("echo v22.17.1", 22, 22, "is 22.17.1"),
        ("echo v24.19.0", 22, 24, "is 24.19.0"),
        ("echo v26.1.0", 22, 26, "is 26.1.0"),
        ("echo v20.20.2", 22, 24, "is 20.20.2 and only these majors are taken over: 22, 24, 26"),
        ("echo v20.20.2", 20, 20, "is 20.20.2"),
        ("echo v18.20.8", 20, 24, "is 18.20.8 and only these majors"),
        ("echo v25.1.0", 22, 24, "is 25.1.0 and only these majors"),
        ("echo hello", 22, 24, "names no release"),
        ("exit 1", 22, 24, "names no release"),
        (
            "yes 22222222222222222222222222222222222222222222222222222222222222222222",
            22,
            24,
            "no rel",
        ),
    ],
)
def test_the_host_s_node_decides(
    script: str, oldest: int, major: int, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_node(tmp_path / "bin", script, monkeypatch)
    omitted = OmittedNode(oldest)
    assert omitted().parts == (major,)
    assert omitted() is omitted()
    (finding,) = omitted.findings
    assert why in finding.message
    assert f"Node {major}," in finding.message


def test_without_a_node_it_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    omitted = OmittedNode(22)
    assert omitted().parts == (24,)
    assert "no `node` on its PATH" in omitted.findings[0].message


def test_a_node_that_never_answers_is_not_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_node(tmp_path / "bin", "sleep 60", monkeypatch)
    monkeypatch.setattr(omitted_node, "_SECONDS", 0.2)
    begun = time.monotonic()
    assert OmittedNode(22)().parts == (24,)
    assert time.monotonic() - begun < 30


def test_the_host_s_node_is_asked_only_if_a_target_names_none() -> None:
    omitted = OmittedNode(22)
    parse_targets(["node22-linux", "latest-win"], (Platform.LINUX, Arch.X64), omitted)
    assert omitted.findings == ()
