"""Which releases a target's range must have one of, before anything is fetched."""

from __future__ import annotations

import pytest

from sealift.errors import NodeError
from sealift.runtime import require_bytecode, require_options, require_targets
from sealift.target import Arch, Platform, parse_target

HOST = (Platform.LINUX, Arch.X64)


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
def test_ranges_without_any(range_: str) -> None:
    with pytest.raises(NodeError) as caught:
        require_targets([parse_target(text, HOST) for text in ("node24", f"{range_}-linux-armv7")])
    assert caught.value.code == "node-too-old"
    assert f"{range_}-linux-armv7" in caught.value.message
    # What sources have for a machine is not known yet.
    assert "-t " not in caught.value.remedy


@pytest.mark.parametrize(
    "range_", ["node20", "node20.18", "node22", "node22.20", "node24.8", "node26"]
)
def test_ranges_with_a_release_for_bytecode(range_: str) -> None:
    require_bytecode([parse_target(range_, HOST), parse_target("latest", HOST)])


@pytest.mark.parametrize("range_", ["node20.15", "node22.19", "node23", "node24.7", "node24.7.0"])
def test_ranges_without_a_release_for_bytecode(range_: str) -> None:
    with pytest.raises(NodeError) as caught:
        require_bytecode([parse_target(range_, HOST)])
    assert caught.value.code == "bytecode-unavailable"
    assert "--sea" in caught.value.remedy


def test_ranges_without_a_release_for_options() -> None:
    targets = [parse_target(text, HOST) for text in ("node22", "latest", "node24.7")]
    require_options(targets, ())
    require_options(targets[:2], ("--expose-gc",))
    with pytest.raises(
        NodeError, match=r"node24\.7-linux-x64 takes no .* \(--expose-gc\)"
    ) as caught:
        require_options(targets, ("--expose-gc",))
    assert caught.value.code == "options-unavailable"
    assert "NODE_OPTIONS" in caught.value.remedy
