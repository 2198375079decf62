"""Which distribution packages a build makes, and what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sealift.distribution import Details
from sealift.errors import UsageError
from sealift.options import BuildOptions
from sealift.plan import BuildPlan, make_plan

TARGETS = ("linux-x64,win-x64,linuxstatic-x64",)


def plan_of(
    root: Path, package: Any = None, given: tuple[str, ...] = (), **fields: Any
) -> BuildPlan:
    root.mkdir(exist_ok=True)
    (root / "index.js").write_text("")
    manifest = {"name": "@acme/my_app", "bin": "index.js", "pkg": {"package": package}, **fields}
    (root / "package.json").write_text(json.dumps(manifest))
    return make_plan(
        BuildOptions(entry=root, targets=TARGETS, packages=given, out_path=root / "dist")
    )


def details_of(root: Path, package: Any = "tar.gz", **fields: Any) -> Details:
    plan = plan_of(root, package, **fields).distribution
    assert plan is not None
    return plan.details


def refusal(root: Path, package: Any, given: tuple[str, ...] = (), **fields: Any) -> str:
    with pytest.raises(UsageError) as caught:
        plan_of(root, package, given, **fields)
    return f"{caught.value.code}: {caught.value.message}"


def test_none_by_default(tmp_path: Path) -> None:
    assert plan_of(tmp_path / "app").distribution is None


def test_options_replace_the_settings(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "app", ["deb"], ("zip,TAR.GZ", "zip"), version="1.2.3").distribution
    assert plan is not None
    assert [one.file_name for one in plan.packages] == [
        "my-app-1.2.3-linux-x64.tar.gz",
        "my-app-1.2.3-linuxstatic-x64.tar.gz",
        "my-app-1.2.3-win-x64.zip",
    ]
    assert plan.directory == tmp_path / "app" / "dist"


def test_details_come_from_package_json(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for name in ("LICENSE", "NOTICE.txt", "README.md", "licenses.js", "other.md"):
        (tmp_path / "app" / name).write_text(name)
    found = details_of(
        tmp_path / "app",
        version="v1.2.3",
        description="Two\nlines",
        license="MIT",
        author={"name": "Acme", "email": "info@example.org"},
        repository={"type": "git", "url": "git+https://github.com/acme/my.app.git"},
    )
    assert (found.name, found.version, found.description) == ("my-app", "1.2.3", "Two lines")
    assert found.maintainer == "Acme <info@example.org>"
    assert found.homepage == found.source == "https://github.com/acme/my.app"
    assert found.url == "https://github.com/acme/my.app/releases/download/v{version}/{file}"
    assert [one.name for one in found.texts] == ["LICENSE", "NOTICE.txt", "README.md"]
    assert found.certificates == b""


def test_a_maintainer_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    maintainer = "Acme\nEssential: yes <info@example.org>"
    found = details_of(tmp_path / "app", {"kinds": "tar.gz", "maintainer": maintainer})
    assert found.maintainer == "Acme Essential: yes <info@example.org>"


@pytest.mark.parametrize(
    "url", ["x", "ftp://example.org/{file}", "https://example.org/{files}", "https://a/b\n{file}"]
)
def test_an_address_of_archives_that_is_none(tmp_path: Path, url: str) -> None:
    (tmp_path / "app").mkdir()
    with pytest.raises(UsageError) as raised:
        details_of(tmp_path / "app", {"kinds": "tar.gz", "url": url})
    assert raised.value.code == "package-url-malformed"


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("acme/app", "https://github.com/acme/app"),
        ("github:acme/app", "https://github.com/acme/app"),
        ("git@github.com:acme/app.git", "https://github.com/acme/app"),
        ("ssh://git@github.com/acme/app.git#main", "https://github.com/acme/app"),
        ("https://gitlab.example.org/acme/app.git", "https://gitlab.example.org/acme/app.git"),
        ("gitlab:acme/app", ""),
        ({"url": 5}, ""),
    ],
)
def test_repositories(tmp_path: Path, repository: Any, expected: str) -> None:
    assert details_of(tmp_path / "app", repository=repository).source == expected


def test_certificates_are_those_of_mozilla(tmp_path: Path) -> None:
    found = details_of(tmp_path / "app", {"kinds": "oci", "caCertificates": True})
    assert found.certificates.count(b"BEGIN CERTIFICATE") > 50


def test_the_time_is_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    for text in ("1700000000", "5", "tomorrow"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
        times.append(details_of(tmp_path / "app").time)
    assert times == [1700000000, 315532800, 315532800]


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("msi", "package-kind-unknown: 'msi'"),
        ({"kinds": "oci", "caCertficates": True}, "unknown-key: pkg.package.caCertficates"),
        ({"kinds": "deb", "caCertificates": True}, "certificates-unused"),
        (5, "config-type: pkg.package must be a string or an array of strings, or an object"),
        ("scoop", "package-url-missing"),
        ("deb", "package-maintainer-missing"),
    ],
)
def test_wrong_settings(tmp_path: Path, package: Any, expected: str) -> None:
    assert expected in refusal(tmp_path / "app", package)


def test_names_and_versions_that_no_package_can_have(tmp_path: Path) -> None:
    assert "package-name-malformed" in refusal(tmp_path / "app", "tar.gz", name="a")
    assert "package-version-malformed" in refusal(tmp_path / "app", "tar.gz", version="next one")


def universal(root: Path, *targets: str, **options: Any) -> BuildPlan:
    root.mkdir(exist_ok=True)
    (root / "main.js").write_text("")
    return make_plan(BuildOptions(entry=root / "main.js", targets=targets, **options))


def test_a_universal_target_is_two_and_a_file_of_both(tmp_path: Path) -> None:
    plan = universal(tmp_path, "node24-macOS-universal", output=tmp_path / "out" / "app")
    assert [build.output.name for build in plan.builds] == ["app-x64", "app-arm64"]
    assert plan.distribution is not None
    (package,) = plan.distribution.packages
    assert (package.kind, package.file_name) == ("universal", "app")
    assert [str(target) for target in package.targets] == ["node24-macos-x64", "node24-macos-arm64"]


def test_among_other_targets_it_has_its_platform_in_its_name(tmp_path: Path) -> None:
    plan = universal(tmp_path, "linux-x64,macos-universal", out_path=tmp_path)
    assert plan.distribution is not None
    (package,) = plan.distribution.packages
    assert package.file_name == "main-macos-universal"
    assert len(plan.builds) == 3


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        ("linux-universal", "universal-not-macos"),
        ("universal", "universal-not-macos"),
        ("node22-macos-universal,node24-macos-universal", "package-name-twice"),
    ],
)
def test_wrong_universal_targets(tmp_path: Path, targets: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        universal(tmp_path, targets)
    assert caught.value.code == code


def test_a_universal_file_does_not_replace_the_entry_point(tmp_path: Path) -> None:
    (tmp_path / "cli").write_text("")
    with pytest.raises(UsageError) as caught:
        make_plan(
            BuildOptions(entry=tmp_path / "cli", targets=("macos-universal",), out_path=tmp_path)
        )
    assert caught.value.code == "output-is-input"


def test_the_report_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        universal(
            tmp_path,
            "macos-universal",
            output=tmp_path / "app",
            report=tmp_path / "app",
        )
    assert caught.value.code == "output-is-report"
