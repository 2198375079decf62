"""Which targets suit which kind of package, and what the files are called."""

from __future__ import annotations

import pytest

from distribution.sample import DETAILS
from sealift.distribution import Details, Kind, plan_packages
from sealift.errors import UsageError
from sealift.record import replace
from sealift.target import Arch, Platform, default_node, parse_targets

HOST = (Platform.LINUX, Arch.X64)


def names(kinds: list[Kind], *targets: str, details: Details = DETAILS) -> list[str]:
    parsed = parse_targets(targets, HOST, default_node)
    return [one.file_name for one in plan_packages(kinds, parsed, details)]


def refusal(kinds: list[Kind], *targets: str, details: Details = DETAILS) -> str:
    with pytest.raises(UsageError) as caught:
        names(kinds, *targets, details=details)
    assert caught.value.remedy
    return f"{caught.value.code}: {caught.value.message}"


def test_archives_have_the_usual_names() -> None:
    assert names([Kind.ZIP, Kind.TAR_GZ], "linux-x64", "macos-arm64", "win-arm64") == [
        "greeter-1.2.3-beta.4-linux-x64.tar.gz",
        "greeter-1.2.3-beta.4-macos-arm64.tar.gz",
        "greeter-1.2.3-beta.4-win-arm64.zip",
    ]


def test_a_pre_release_is_older_than_its_release_for_debian_and_rpm() -> None:
    assert names([Kind.DEB, Kind.RPM], "linux-x64", "linux-arm64") == [
        "greeter_1.2.3~beta.4_amd64.deb",
        "greeter_1.2.3~beta.4_arm64.deb",
        "greeter-1.2.3~beta.4-1.x86_64.rpm",
        "greeter-1.2.3~beta.4-1.aarch64.rpm",
    ]


def test_manifests_bring_their_archives() -> None:
    assert names([Kind.SCOOP, Kind.BREW], "win-x64", "macos-x64") == [
        "greeter-1.2.3-beta.4-macos-x64.tar.gz",
        "greeter-1.2.3-beta.4-win-x64.zip",
        "greeter.rb",
        "greeter.json",
    ]


def test_one_image_has_both_architectures() -> None:
    targets = parse_targets(("linuxstatic-x64,linuxstatic-arm64,linux-x64",), HOST, default_node)
    (image,) = plan_packages([Kind.OCI], targets, DETAILS)
    assert image.file_name == "greeter-1.2.3-beta.4.oci.tar"
    assert [str(target) for target in image.targets] == [
        "node24-linuxstatic-x64",
        "node24-linuxstatic-arm64",
    ]


def test_debian_gets_the_executable_for_glibc_where_there_are_two() -> None:
    targets = parse_targets(("linuxstatic-x64,linux-x64,linuxstatic-arm64",), HOST, default_node)
    packages = plan_packages([Kind.DEB], targets, DETAILS)
    assert [str(one.targets[0]) for one in packages] == [
        "node24-linux-x64",
        "node24-linuxstatic-arm64",
    ]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (Kind.UNIVERSAL, "macos-x64"),
        (Kind.TAR_GZ, "win-x64"),
        (Kind.ZIP, "linux-x64"),
        (Kind.DEB, "alpine-x64"),
        (Kind.RPM, "macos-x64"),
        (Kind.OCI, "linux-x64"),
        (Kind.BREW, "win-x64"),
        (Kind.SCOOP, "macos-arm64"),
    ],
)
def test_a_kind_that_no_target_suits(kind: Kind, target: str) -> None:
    found = refusal([kind], target)
    assert found.startswith(
        f"package-without-target: No target suits a package of kind {kind}, which"
    )


def test_two_targets_for_one_file() -> None:
    found = refusal([Kind.TAR_GZ], "node22-linux-x64", "node24-linux-x64")
    assert found.startswith("package-name-twice: The targets node22-linux-x64 and node24-linux-x64")


@pytest.mark.parametrize("kind", [Kind.DEB, Kind.RPM])
def test_without_a_maintainer(kind: Kind) -> None:
    without = replace(DETAILS, maintainer="")
    assert "package-maintainer-missing" in refusal([kind], "linux-x64", details=without)


@pytest.mark.parametrize(("kind", "target"), [(Kind.BREW, "macos-x64"), (Kind.SCOOP, "win-x64")])
def test_without_an_address_of_archives(kind: Kind, target: str) -> None:
    without = replace(DETAILS, url="")
    assert "package-url-missing" in refusal([kind], target, details=without)
