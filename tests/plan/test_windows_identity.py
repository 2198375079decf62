"""What executables for Windows say about themselves comes from package.json and pkg.windows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import FormatError, UsageError
from sealift.identity import WindowsIdentity
from sealift.options import BuildOptions
from sealift.plan import BuildPlan, make_plan
from support.icons import ico, png

ICON = ico((32, png(32, 32)))


def plan_of(
    root: Path, windows: Any = None, *, targets: tuple[str, ...] = ("win-x64",), **fields: Any
) -> BuildPlan:
    root.mkdir(exist_ok=True)
    (root / "index.js").write_text("")
    icon = fields.pop("icon", None)
    manifest = {"name": "@acme/app", "bin": "index.js", "pkg": {"windows": windows}, **fields}
    (root / "package.json").write_text(json.dumps(manifest))
    return make_plan(BuildOptions(entry=root, targets=targets, icon=icon))


def identity_of(root: Path, windows: Any = None, **fields: Any) -> WindowsIdentity:
    identity = plan_of(root, windows, **fields).traits.identity.windows
    assert identity is not None
    return identity


def refusal(root: Path, windows: Any, **fields: Any) -> str:
    with pytest.raises((UsageError, FormatError)) as caught:
        plan_of(root, windows, **fields)
    assert caught.value.remedy
    return f"{caught.value.code}: {caught.value.message} {caught.value.remedy}"


def test_texts_come_from_package_json(tmp_path: Path) -> None:
    found = identity_of(
        tmp_path / "app",
        version="1.2.3-beta.4",
        description="Does\nthings",
        author="A. Author <a@example.org> (https://example.org)",
    )
    assert found.version == (1, 2, 3, 0)
    assert dict(found.texts) == {
        "CompanyName": "A. Author",
        "FileDescription": "Does things",
        "FileVersion": "1.2.3-beta.4",
        "InternalName": "app",
        "LegalCopyright": "Copyright © A. Author",
        "OriginalFilename": "app.exe",
        "ProductName": "app",
        "ProductVersion": "1.2.3-beta.4",
    }
    assert found.icon == ()
    assert found.console
    assert b'level="asInvoker"' in found.manifest


def test_settings_replace_them(tmp_path: Path) -> None:
    windows = {
        "version": "4.5.6.7",
        "product": "The App",
        "company": "Acme",
        "description": "An app",
        "copyright": "© Acme",
        "console": False,
        "requireAdministrator": True,
        "longPaths": False,
        "utf8": False,
        "icon": None,
    }
    found = identity_of(tmp_path / "app", windows, version="1.0.0", author={"name": "A"})
    texts = dict(found.texts)
    assert (found.version, texts["FileVersion"]) == ((4, 5, 6, 7), "4.5.6.7")
    assert (texts["ProductName"], texts["CompanyName"]) == ("The App", "Acme")
    assert (texts["FileDescription"], texts["LegalCopyright"]) == ("An app", "© Acme")
    assert not found.console
    assert b"requireAdministrator" in found.manifest
    assert b"longPathAware" not in found.manifest
    assert b"activeCodePage" not in found.manifest


def test_the_icon_is_relative_to_the_project_and_the_option_replaces_it(tmp_path: Path) -> None:
    (tmp_path / "app" / "art").mkdir(parents=True)
    (tmp_path / "app" / "art" / "a.ico").write_bytes(ICON)
    (tmp_path / "other.png").write_bytes(png(16, 16))
    windows = {"icon": "art/a.ico"}
    (image,) = identity_of(tmp_path / "app", windows).icon
    assert (image.width, image.data) == (32, png(32, 32))
    (image,) = identity_of(tmp_path / "app", windows, icon=tmp_path / "other.png").icon
    assert image.width == 16


@pytest.mark.parametrize("version", ["workspace:*", "1.2.3.4.5", "70000.1.0"])
def test_a_version_that_windows_does_not_know_is_a_warning(tmp_path: Path, version: str) -> None:
    plan = plan_of(tmp_path / "app", version=version)
    assert plan.traits.identity.windows is not None
    assert plan.traits.identity.windows.version == (0, 0, 0, 0)
    (build,) = plan.builds
    assert [one.severity for one in build.findings if one.code == "version-not-for-windows"] == [
        "warning"
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"description": 5, "author": ["x"], "version": "v2"},
        {"author": "only@example.org"},
        {"author": "<only@example.org>"},
    ],
)
def test_fields_that_are_absent_or_odd(tmp_path: Path, fields: dict[str, Any]) -> None:
    texts = dict(identity_of(tmp_path / "app", **fields).texts)
    assert texts["FileDescription"] == texts["ProductName"] == "app"
    assert "CompanyName" not in texts
    assert "LegalCopyright" not in texts


def test_hostile_texts_fit_into_the_resource(tmp_path: Path) -> None:
    texts = dict(identity_of(tmp_path / "app", description="\ud800\0" + "x" * 100_000).texts)
    assert len(texts["FileDescription"]) == 256
    texts["FileDescription"].encode("utf-16-le")


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ({"icno": "a.ico"}, "unknown-key: pkg.windows.icno in package.json"),
        ({"icno": "a.ico"}, "rename it to icon"),
        ({"console": "no"}, "config-type: pkg.windows.console must be true or false"),
        ({"company": 5}, "config-type: pkg.windows.company must be a string"),
        ({"company": "x" * 1001}, "config-type: pkg.windows.company must be a string of up to"),
        ({"company": "a\0b"}, "config-text: pkg.windows.company"),
        ("icon.ico", "config-type: pkg.windows must be an object"),
        ({"version": "1.2.3.4.5"}, "version-malformed: pkg.windows.version is '1.2.3.4.5'"),
        ({"version": "1.99999"}, "version-malformed"),
        ({"icon": "none.ico"}, "No such file or directory"),
        ({"icon": "."}, "it is not a regular file"),
        ({"icon": "index.js"}, "icon-malformed"),
    ],
)
def test_wrong_settings(tmp_path: Path, windows: Any, expected: str) -> None:
    assert expected in refusal(tmp_path / "app", windows)


def test_an_icon_that_nothing_uses_is_a_warning(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "app", targets=("linux-x64",), icon=tmp_path / "none.ico")
    assert plan.traits.identity.windows is None
    (build,) = plan.builds
    assert "icon-unused" in [finding.code for finding in build.findings]
