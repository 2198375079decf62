"""Finished builds of small files, and details of a product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sealift.distribution import (
    Details,
    Kind,
    PackagePlan,
    ProjectText,
    make_packages,
    plan_packages,
)
from sealift.model import SilentObserver
from sealift.result import MadePackage
from sealift.target import Arch, Platform, default_node, parse_targets
from sealift.target_build import TargetBuild
from support.musl_parts import build as build_elf
from support.musl_parts import node_shape

NEEDED = ("libstdc++.so.6", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2")
DETAILS = Details(
    name="greeter",
    version="1.2.3-beta.4",
    description='Greets "all" 100 % of #{people}',
    licence="MIT",
    homepage="https://example.org",
    source="https://example.org/git",
    maintainer="Acme <info@example.org>",
    url="https://example.org/{version}/{file}",
    texts=(ProjectText("LICENSE", b"text of the licence\n"),),
)


def builds_of(folder: Path, *targets: str) -> tuple[TargetBuild, ...]:
    """Return finished builds whose executables are small ELF files that need three libraries."""
    host = (Platform.LINUX, Arch.X64)
    builds = []
    for target in parse_targets(targets, host, default_node):
        output = folder / f"greeter-{target.platform}-{target.arch}"
        arch = target.arch.value if target.arch in (Arch.X64, Arch.ARM64) else "x64"
        output.write_bytes(build_elf(replace(node_shape(arch), needed=NEEDED)))
        output.chmod(0o755)
        builds.append(TargetBuild(target, output))
    return tuple(builds)


def packages_of(
    folder: Path,
    kinds: Sequence[Kind],
    builds: Sequence[TargetBuild],
    details: Details = DETAILS,
) -> dict[str, MadePackage]:
    """Make packages, and return them by their file names."""
    planned = plan_packages(kinds, [build.target for build in builds], details)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    plan = PackagePlan(planned, details, folder)
    made = make_packages(plan, builds, work, SilentObserver())
    return {package.path.name: package for package in made}
