"""Which Node releases the runtime supports, and which features on each."""

from __future__ import annotations

import pytest

from sealift.errors import NodeError
from sealift.options import Compression
from sealift.runtime import check_bytecode, check_compression, check_release, require_targets
from sealift.target import Arch, NodeVersion, Platform, parse_target
from sealift.target_build import ChosenRelease

HOST = (Platform.LINUX, Arch.X64)
TARGET = parse_target("linux-x64", HOST)


@pytest.mark.parametrize(
    "range_",
    [
        *("node20", "node20.16", "node22", "node22.15", "node22.15.0", "node23", "node23.5"),
        *("node24", "node24.0.0", "node25", "node26", "latest"),
    ],
)
def test_ranges_with_a_release_that_works(range_: str) -> None:
    require_targets([parse_target(range_, HOST)])


@pytest.mark.parametrize(
    "range_",
    [
        *("node8", "node18", "node20.15", "node20.15.1", "node21", "node22.10", "node22.14.9"),
        *("node23.0", "node23.4.0"),
    ],
)
def test_ranges_without_a_release_that_works(range_: str) -> None:
    with pytest.raises(NodeError) as caught:
        require_targets([parse_target(text, HOST) for text in ("node24", f"{range_}-linux-armv7")])
    assert caught.value.code == "node-too-old"
    assert f"{range_}-linux-armv7" in caught.value.message
    # Which releases providers have for a platform is not known yet.
    assert "-t " not in caught.value.remedy


def chosen(version: str) -> ChosenRelease:
    return ChosenRelease(NodeVersion.parse(version))


@pytest.mark.parametrize("version", ["20.16.0", "22.20.0", "24.8.0", "25.0.0", "26.10.0"])
def test_releases_that_run_bytecode(version: str) -> None:
    check_bytecode(chosen(version), TARGET, "app/index.js")


@pytest.mark.parametrize("version", ["22.15.0", "22.19.0", "23.11.0", "24.7.0"])
def test_releases_that_do_not_run_bytecode(version: str) -> None:
    with pytest.raises(NodeError) as caught:
        check_bytecode(chosen(version), TARGET, "app/index.js")
    assert caught.value.code == "bytecode-unavailable"
    assert "--sea" in caught.value.remedy


@pytest.mark.parametrize("version", ["20.20.2", "22.19.0", "24.7.0"])
def test_releases_that_do_not_support_embedded_options(version: str) -> None:
    check_release(chosen(version), TARGET, ())
    with pytest.raises(NodeError, match=rf"{version}.*\(--expose-gc\)") as caught:
        check_release(chosen(version), TARGET, ("--expose-gc",))
    assert caught.value.code == "options-unavailable"
    assert "NODE_OPTIONS" in caught.value.remedy


def test_a_release_that_supports_embedded_options() -> None:
    assert check_release(chosen("24.8.0"), TARGET, ("--expose-gc",)) == ()


@pytest.mark.parametrize("version", ["20.15.1", "21.7.3", "22.14.0", "23.4.0"])
def test_an_exact_release_that_is_too_old(version: str) -> None:
    with pytest.raises(NodeError) as caught:
        check_release(chosen(version), TARGET, ())
    assert caught.value.code == "node-too-old"


def test_the_end_of_life_is_reported() -> None:
    (finding,) = check_release(chosen("20.20.2"), TARGET, ())
    assert finding.code == "node-end-of-life"


@pytest.mark.parametrize(
    ("version", "has_zstd"),
    [
        *(("20.20.2", False), ("22.14.0", False), ("22.15.0", True), ("23.7.0", False)),
        *(("23.8.0", True), ("24.0.0", True), ("26.10.0", True)),
    ],
)
def test_releases_that_decompress_zstd(version: str, has_zstd: bool) -> None:
    for compression in (Compression.NONE, Compression.GZIP, Compression.BROTLI):
        check_compression(NodeVersion.parse(version), TARGET, compression)
    if has_zstd:
        check_compression(NodeVersion.parse(version), TARGET, Compression.ZSTD)
        return
    with pytest.raises(NodeError) as caught:
        check_compression(NodeVersion.parse(version), TARGET, Compression.ZSTD)
    assert caught.value.code == "compression-unavailable"
    assert "Brotli" in caught.value.remedy
