"""``process.versions``, read out of Node binaries."""

from __future__ import annotations

import json
import subprocess

import pytest

from sealift.formats.node_facts import read_facts
from sealift.formats.node_parts import assign, read_node_parts
from support.equipment import FindNode

ALWAYS = {
    "acorn": "8.1.0",
    "ada": "2.1.0",
    "ares": "1.3.0",
    "brotli": "1.1.0",
    "cldr": "47.0",
    "icu": "77.1",
    "llhttp": "9.3.0",
    "modules": "127",
    "nghttp2": "1.64.0",
    "openssl": "3.5.2",
    "simdutf": "6.4.2",
    "tz": "2025b",
    "undici": "6.21.2",
    "unicode": "16.0",
    "uv": "1.51.0",
    "uvwasi": "0.0.23",
    "v8": "12.4.254.21-node.33",
    "zlib": "1.3.1-470d3a2",
}
KNOWN = {"openssl": "3.5.2", "v8": "12.4.254.21-node.33"}


@pytest.mark.parametrize("major", ["22", "26"])
def test_they_are_those_that_node_says(major: str, node_binary: FindNode) -> None:
    path = node_binary(major, "linux", "x64")
    printed = subprocess.run(
        [path, "-p", "JSON.stringify(process.versions)"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    said = {name: value for name, value in json.loads(printed.stdout).items() if value}
    del said["node"]
    assert read_node_parts(path, read_facts(path)) == said


@pytest.mark.parametrize(("platform", "arch"), [("macos", "arm64"), ("win", "x64")])
def test_other_platforms(platform: str, arch: str, node_binary: FindNode) -> None:
    path = node_binary("24", platform, arch)
    found = read_node_parts(path, read_facts(path))
    assert len(found) == 26
    assert (found["sqlite"], found["undici"], found["zlib"]) == (
        *("3.53.3", "7.29.0", "1.3.2.1-motley-3246f1b"),
    )


def test_without_a_snapshot_texts_of_the_binary_count(node_binary: FindNode) -> None:
    path = node_binary("26", "win", "arm64")  # 26.7.0
    found = read_node_parts(path, read_facts(path))
    assert set(found) == {"openssl", "v8"}


def test_an_assignment_that_is_not_certain_is_none() -> None:
    values = list(ALWAYS.values())
    assert assign(["acorn", "ada", "tz"], values, KNOWN) == ALWAYS
    assert assign(["acorn", "napi"], values, KNOWN) == ALWAYS  # of one digit
    sqlite = [*values[:11], "3.50.4", *values[11:]]
    assert assign(["acorn", "sqlite"], sqlite, KNOWN)["sqlite"] == "3.50.4"
    assert assign([], [*values, "1.2.3"], {"v8": "99"}) == {}
    assert assign(["acorn"], values[1:], KNOWN) == {}
    assert assign(["acorn", "other"], values, KNOWN) == {}
