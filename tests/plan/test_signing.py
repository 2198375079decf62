"""The certificate is read before anything is fetched, and only if a target is for Windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.errors import SealiftError
from sealift.options import BuildOptions, Signing
from sealift.plan import BuildPlan, make_plan
from support.certificates import issue, write


def plan_of(root: Path, target: str, certificate: Path) -> BuildPlan:
    (root / "index.js").write_text("")
    signing = Signing(certificate)
    return make_plan(BuildOptions(entry=root / "index.js", targets=(target,), sign_windows=signing))


def test_a_target_for_windows(tmp_path: Path) -> None:
    certificate = write(tmp_path / "own.p12", issue("Example Ltd").pkcs12(None))
    assert plan_of(tmp_path, "win-x64", certificate).signers.windows is not None
    with pytest.raises(SealiftError) as caught:
        plan_of(tmp_path, "win-x64", tmp_path / "absent.p12")
    assert caught.value.code == "certificate-unreadable"


def test_no_target_for_windows(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "linux-x64", tmp_path / "absent.p12")
    assert plan.signers.windows is None
    assert "signing-unused" in [finding.code for finding in plan.builds[0].findings]


def test_macos(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text("")
    own = issue("Example Ltd", unit="ABCDE12345")
    signing = Signing(write(tmp_path / "own.p12", own.pkcs12(None)))
    for target, is_used in (("macos-x64", True), ("win-x64", False)):
        plan = make_plan(
            BuildOptions(entry=tmp_path / "index.js", targets=(target,), sign_macos=signing)
        )
        assert (plan.signers.macos is not None) == is_used
        findings = [finding.code for finding in plan.builds[0].findings]
        assert ("signing-unused" in findings) != is_used
