"""`pkg.windows.sign` and `pkg.macos.sign` name certificates, and never secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import SealiftError
from sealift.options import BuildOptions, Signing
from sealift.plan import BuildPlan, make_plan
from support.certificates import issue, write


def plan_of(root: Path, pkg: dict[str, Any], **options: Any) -> BuildPlan:
    (root / "index.js").write_text("")
    package = {"name": "app", "bin": "index.js", "pkg": pkg}
    (root / "package.json").write_text(json.dumps(package))
    targets = ("win-x64", "macos-x64", "linux-x64")
    return make_plan(BuildOptions(entry=root, targets=targets, **options))


def test_both_platforms_in_one_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = issue("Example Ltd", unit="ABCDE12345")
    settings = {}
    for platform in ("windows", "macos"):
        variable = f"{platform.upper()}_PASSWORD"
        write(tmp_path / f"{platform}.p12", own.pkcs12(platform.encode()))
        monkeypatch.setenv(variable, platform)
        sign = {"certificate": f"{platform}.p12", "passwordVariable": variable}
        settings[platform] = {"sign": sign}
    signers = plan_of(tmp_path, settings).signers
    assert signers.windows is not None and signers.macos is not None


def test_options_replace_settings(tmp_path: Path) -> None:
    settings = {"windows": {"sign": {"certificate": "absent.p12"}}}
    with pytest.raises(SealiftError, match=r"absent\.p12"):
        plan_of(tmp_path, settings)
    own = Signing(write(tmp_path / "own.p12", issue("Example Ltd").pkcs12(None)))
    assert plan_of(tmp_path, settings, sign_windows=own).signers.windows is not None
    assert plan_of(tmp_path, settings, sign=False).signers.windows is None
    assert plan_of(tmp_path, settings, sign=False, sign_windows=own).signers.windows is None
    assert plan_of(tmp_path, {"windows": {"sign": None}}).signers.windows is None


@pytest.mark.parametrize("platform", ["windows", "macos"])
@pytest.mark.parametrize(
    ("sign", "code", "named"),
    [
        ({"certificate": "a.p12", "password": "hunter2"}, "secret-in-settings", "password"),
        ({"certificate": "a.p12", "PIN": "hunter2"}, "secret-in-settings", "PIN"),
        ({"certificate": "a.p12", "passPhrase": "hunter2"}, "secret-in-settings", "passPhrase"),
        ({"certificate": "a", "passwordVariable": "hunter2!"}, "variable-malformed", "Variable"),
        ({"certificat": "a.p12"}, "unknown-key", "certificat"),
        ({"timestampUrl": "http://example.org"}, "certificate-not-named", "sign"),
        ({}, "certificate-not-named", "sign"),
        ({"certificate": 1}, "config-type", "certificate"),
        ({"certificate": "a", "command": "x", "key": "y"}, "signing-keys-two", "sign"),
        ("a.p12", "config-type", "sign"),
    ],
)
def test_wrong_settings(tmp_path: Path, platform: str, sign: Any, code: str, named: str) -> None:
    with pytest.raises(SealiftError) as caught:
        plan_of(tmp_path, {platform: {"sign": sign}})
    text = caught.value.message + caught.value.remedy
    assert (caught.value.code, named in text, "hunter2" in text) == (code, True, False), text
