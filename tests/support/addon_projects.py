"""Projects with addons, and what is chosen for targets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from rigs.cache import dev_cache
from sealift.addons.target_projects import choose_addons
from sealift.findings import Finding
from sealift.formats.node_facts import NodeFacts
from sealift.model import NodeBinary, Project, SilentObserver
from sealift.options import BuildOptions, NodeOptions
from sealift.project import open_manifest, read_project
from sealift.record import replace
from sealift.target import Arch, NodeVersion, Platform, parse_targets
from sealift.target_build import TargetBuild, TargetProject, merge_findings

RELEASE = "24.19.0"
FACTS = NodeFacts("", "", "", RELEASE, "", 0, False, False, True, True)


@dataclass(frozen=True)
class Chosen:
    """The projects of some targets, in their order, and the findings about them."""

    projects: tuple[Project, ...]
    findings: tuple[Finding, ...]


ChooseFixture = Callable[..., Chosen]
AppFixture = Callable[..., Path]


@pytest.fixture(scope="session")
def shared_cache() -> Path:
    """A cache that outlives the tests, so packages are fetched once."""
    return dev_cache() / "sealift"


@pytest.fixture
def app(
    npm_project: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> Callable[[Mapping[str, str], str], Path]:
    """Callable ``(packages, script)``: a project with real packages, installed on this machine."""

    def make(packages: Mapping[str, str], script: str) -> Path:
        root = tmp_path / "app"
        shutil.copytree(npm_project(packages), root, symlinks=True)
        manifest = json.loads((root / "package.json").read_text())
        manifest |= {"name": "app", "main": "index.js", "license": "MIT", "private": False}
        (root / "package.json").write_text(json.dumps(manifest))
        (root / "index.js").write_text(script)
        return root

    return make


@pytest.fixture
def choose(
    node_binary: Callable[[str, str, str], Path], shared_cache: Path
) -> Callable[..., Chosen]:
    """Callable ``(root, *targets, cache=..., offline=..., ...)``: each target's choice."""

    def run(
        root: Path,
        *targets: str,
        cache: Path | None = None,
        offline: bool = False,
        allow_missing_addons: bool = False,
        static: bool = False,
    ) -> Chosen:
        node = NodeOptions(cache=cache or shared_cache, offline=offline)
        options = BuildOptions(root, node=node, allow_missing_addons=allow_missing_addons)
        manifest = open_manifest(options)
        project = read_project(manifest, options, SilentObserver())
        facts = replace(FACTS, is_static=static)
        wanted = parse_targets(targets, (Platform.LINUX, Arch.X64))
        builds = [
            TargetBuild(
                target,
                output=root / str(target),
                packaged=TargetProject("project", project),
                binary=make_binary(text, node_binary, facts),
            )
            for target, text in zip(wanted, targets, strict=True)
        ]
        chosen = choose_addons(builds, manifest, options, SilentObserver())
        return Chosen(tuple(one.project for one in chosen), merge_findings(chosen))

    return run


def make_binary(
    target: str, node_binary: Callable[[str, str, str], Path], facts: NodeFacts = FACTS
) -> NodeBinary:
    *_, platform, arch = target.split("-")
    path = node_binary(RELEASE, platform, arch)
    return NodeBinary(
        version=NodeVersion.parse(RELEASE),
        platform=Platform(platform),
        arch=Arch(arch),
        path=path,
        size=path.stat().st_size,
        sha256=target,
        provider="file",
        origin=str(path),
        facts=facts,
    )


def locations(project: Project) -> set[str]:
    return {file.location for file in project.files}
