"""Targets of one range get one release where it exists; a lock decides before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from sealift.model import Release
from sealift.nodes import release_choice
from sealift.nodes.available_releases import AvailableReleases
from sealift.nodes.release_choice import Choices, choose
from sealift.options import NodeOptions
from sealift.target import Arch, NodeVersion, Platform, Target, parse_targets
from sealift.target_build import LockedTarget
from support.observers import Recorder

LINUX, WIN, MAC = "linux-x64", "win-x64", "macos-arm64"
EXISTING = {
    LINUX: ("npm 24.22.3", "npm 24.19.0", "pypi 24.19.0", "npm 22.20.0"),
    WIN: ("npm 24.21.0", "pypi 24.19.0", "npm 22.20.0"),
    MAC: ("pypi 24.19.0", "pypi 24.18.0", "npm 22.21.0"),
}


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, observer: Recorder):
    """Callable ``(targets, locked=, existing=, host=)``: the choice among some releases."""

    def make(
        texts: Sequence[str],
        locked: Mapping[Target, LockedTarget] | None = None,
        existing: Mapping[str, Sequence[str]] = EXISTING,
        host: tuple[Platform, Arch] | None = None,
    ) -> Choices:
        releases = []
        for machine, names in existing.items():
            platform, arch = machine.split("-")
            for name in names:
                provider, version = name.split(" ")
                releases.append(
                    Release(
                        *(NodeVersion.parse(version), Platform(platform), Arch(arch), provider),
                        *("", name),
                    )
                )
        available = AvailableReleases(releases=releases)
        monkeypatch.setattr(release_choice, "find_releases", lambda *_, **__: available)
        options = NodeOptions(cache=tmp_path / "cache")
        targets = parse_targets(texts, (Platform.LINUX, Arch.X64), lambda: None)
        return choose(targets, options, observer, compiler_host=host, locked=locked or {})

    return make


def shown(choices: Choices) -> dict[str, str]:
    return {
        f"{target.platform}-{target.arch}": f"{one.download.provider} {one.version}"
        for target, one in choices.releases.items()
        if one.download is not None
    }


def test_the_newest_that_all_have(chosen) -> None:
    found = chosen([f"node24-{machine}" for machine in (LINUX, WIN, MAC)])
    assert shown(found) == {LINUX: "npm 24.19.0", WIN: "pypi 24.19.0", MAC: "pypi 24.19.0"}
    (note,) = found.findings
    assert note.code == "release-shared"
    assert "24.22.3 for linux-x64, 24.21.0 for win-x64" in note.message
    alone = chosen([f"node24-{LINUX}"])
    assert (shown(alone), alone.findings) == ({LINUX: "npm 24.22.3"}, ())


def test_ranges_do_not_influence_each_other(chosen) -> None:
    found = chosen([f"node24-{LINUX}", f"node22-{WIN}", f"node24.21.0-{WIN}"])
    assert {str(one.version) for one in found.releases.values()} == {
        *("24.22.3", "22.20.0", "24.21.0")
    }
    assert found.findings == ()


def test_a_note_says_where_targets_differ(chosen) -> None:
    found = chosen([f"node22-{machine}" for machine in (LINUX, WIN, MAC)])
    assert shown(found) == {LINUX: "npm 22.20.0", WIN: "npm 22.20.0", MAC: "npm 22.21.0"}
    (note,) = found.findings
    assert note.code == "releases-differ"
    assert "22.20.0 for linux-x64, 22.20.0 for win-x64, 22.21.0 for macos-arm64" in note.message


def test_the_host_has_it_too(chosen) -> None:
    host = (Platform.LINUX, Arch.X64)
    existing = EXISTING | {WIN: ("npm 24.21.0", "npm 24.18.0"), MAC: ("pypi 24.21.0",)}
    found = chosen([f"node24-{WIN}", f"node24-{MAC}"], existing=existing, host=host)
    # Neither has a release of the host, so bytecode is compiled by others; they share one.
    assert shown(found) == {WIN: "npm 24.21.0", MAC: "pypi 24.21.0"}


def test_the_lock_decides(chosen) -> None:
    texts = [f"node24-{machine}" for machine in (LINUX, WIN)]
    linux, win = parse_targets(texts, (Platform.LINUX, Arch.X64), lambda: None)
    locked = {linux: LockedTarget(NodeVersion(24, 19, 0), "pypi", "0" * 64)}
    found = chosen(texts, locked)
    # The other target follows it.
    assert shown(found) == {LINUX: "pypi 24.19.0", WIN: "pypi 24.19.0"}
    both = locked | {win: LockedTarget(NodeVersion(24, 21, 0), "npm", "0" * 64)}
    assert shown(chosen(texts, both)) == {LINUX: "pypi 24.19.0", WIN: "npm 24.21.0"}
