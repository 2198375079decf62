"""What executables for macOS say about themselves comes from options and pkg.macos."""

from __future__ import annotations

import json
import plistlib
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import SealiftError
from sealift.options import BuildOptions
from sealift.plan import BuildPlan, make_plan

JIT = plistlib.dumps({"com.apple.security.cs.allow-jit": True})


def plan_of(
    root: Path, macos: Any = None, target: str = "macos-arm64", **options: Any
) -> BuildPlan:
    root.mkdir(exist_ok=True)
    (root / "index.js").write_text("")
    manifest = {"name": "app", "bin": "index.js", "pkg": {"macos": macos}}
    (root / "package.json").write_text(json.dumps(manifest))
    return make_plan(BuildOptions(entry=root, targets=(target,), **options))


def test_the_defaults(tmp_path: Path) -> None:
    found = plan_of(tmp_path / "app").traits.identity.macos
    assert found is not None
    assert (found.identifier, found.entitlements, found.debuggable) == ("app", None, False)


def test_settings_and_option(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "own.plist").write_bytes(JIT)
    other = tmp_path / "other.plist"
    other.write_bytes(plistlib.dumps({}))
    macos = {"identifier": "org.example.app", "entitlements": "own.plist", "debuggable": True}
    found = plan_of(tmp_path / "app", macos).traits.identity.macos
    assert found is not None
    assert (found.identifier, found.entitlements, found.debuggable) == (
        "org.example.app",
        JIT,
        True,
    )
    found = plan_of(tmp_path / "app", macos, entitlements=other).traits.identity.macos
    assert found is not None
    assert found.entitlements == other.read_bytes()


def test_entitlements_that_nothing_uses_are_a_warning(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "app", target="linux-x64", entitlements=tmp_path / "none")
    (build,) = plan.builds
    assert "entitlements-unused" in [finding.code for finding in build.findings]


@pytest.mark.parametrize(
    ("macos", "code"),
    [
        ({"identifer": "a"}, "unknown-key"),
        ({"identifier": "two words"}, "identifier-malformed"),
        ({"debuggable": "yes"}, "config-type"),
        ({"entitlements": "none.plist"}, "entitlements-unreadable"),
        ({"entitlements": "."}, "entitlements-unreadable"),
        ({"entitlements": "index.js"}, "entitlements-malformed"),
    ],
)
def test_wrong_settings(tmp_path: Path, macos: Any, code: str) -> None:
    with pytest.raises(SealiftError) as caught:
        plan_of(tmp_path / "app", macos)
    assert caught.value.code == code
    assert caught.value.remedy
