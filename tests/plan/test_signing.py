"""The certificate is read before anything is fetched, and only if a target is for Windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.errors import SealiftError
from sealift.options import BuildOptions, WindowsSigning
from sealift.plan import BuildPlan, make_plan
from support.certificates import issue, write


def plan_of(root: Path, target: str, certificate: Path) -> BuildPlan:
    (root / "index.js").write_text("")
    signing = WindowsSigning(certificate)
    return make_plan(BuildOptions(entry=root / "index.js", targets=(target,), sign_windows=signing))


def test_a_target_for_windows(tmp_path: Path) -> None:
    certificate = write(tmp_path / "own.p12", issue("Example Ltd").pkcs12(None))
    assert plan_of(tmp_path, "win-x64", certificate).signer is not None
    with pytest.raises(SealiftError) as caught:
        plan_of(tmp_path, "win-x64", tmp_path / "absent.p12")
    assert caught.value.code == "certificate-unreadable"


def test_no_target_for_windows(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "linux-x64", tmp_path / "absent.p12")
    assert plan.signer is None
    assert "signing-unused" in [finding.code for finding in plan.builds[0].findings]
