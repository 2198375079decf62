"""The records of targets: keys of shared projects, and findings with the targets they concern."""

from __future__ import annotations

from pathlib import Path

from sealift.findings import Finding, Severity
from sealift.model import Project
from sealift.target import Arch, Platform, parse_target
from sealift.target_build import TargetBuild, merge_findings, with_keys


def build_of(text: str, *findings: Finding) -> TargetBuild:
    target = parse_target(text, (Platform.LINUX, Arch.X64))
    return TargetBuild(target, Path("app"), findings=findings)


def finding(code: str) -> Finding:
    return Finding(Severity.NOTE, code, "It is so.")


def project_of(name: str) -> Project:
    return Project(name, "1.0.0", Path("app"), "app/index.js", ())


def test_a_finding_of_every_target_names_none() -> None:
    builds = [build_of("linux-x64", finding("a")), build_of("win-x64", finding("a"))]
    assert merge_findings(builds) == (finding("a"),)


def test_a_finding_of_some_targets_names_them() -> None:
    builds = [
        build_of("node24-linux-x64"),
        build_of("node24-win-x64", finding("a")),
        build_of("node24-macos-arm64", finding("b"), finding("a")),
    ]
    named = {one.code: one.targets for one in merge_findings(builds)}
    assert named == {
        "a": ("node24-win-x64", "node24-macos-arm64"),
        "b": ("node24-macos-arm64",),
    }


def test_projects_that_are_one_object_share_a_key() -> None:
    one, other = project_of("app"), project_of("app")
    keyed = with_keys([one, other, one], "variant")
    assert keyed[0] is keyed[2]
    assert keyed[0].key != keyed[1].key
    assert [packaged.project for packaged in keyed] == [one, other, one]


def test_a_finding_is_kept_once() -> None:
    build = build_of("linux-x64", finding("a")).with_findings([finding("b"), finding("a")])
    assert [one.code for one in build.findings] == ["a", "b"]
