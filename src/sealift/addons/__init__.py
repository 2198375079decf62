"""Native addons for the target, not for the host.

A project is read once, as it is installed on the host. Here each target gets its own: without the
builds for other machines, with the packages for its machine that npm would have installed there.

Usage::

    chosen = choose_addons(project, manifest, targets, binaries, options, observer)
    for target, project in zip(targets, chosen.projects): ...

Where a project needs no addons, ``projects`` are the very object that was read.

How it works. `families` are packages of which there is one for each machine; those for a target
(`members`) are found by the project's lockfile (`locks`) or the registry (`registry`), and fetched
into the cache (`supply`, `store`). `builds` are files inside a package (`inside`), such as
`prebuilds`; `downloads` are those that a package's installer would fetch. `native` compares each
file's header with the target. `needs` tells whether a program can do without, and `replacing` makes
the target's project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sealift.addons.choosing import choose_projects
from sealift.addons.downloads import Downloads
from sealift.addons.findings import Findings
from sealift.addons.native_packages import Survey
from sealift.addons.package_fetch import Supply
from sealift.host import host_machine
from sealift.lockfiles import npm_platform_of
from sealift.model import Finding, NodeBinary, Observer, Project
from sealift.options import BuildOptions
from sealift.project import Manifest, is_public
from sealift.target import Target

__all__ = ["Chosen", "choose_addons"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The targets' projects.

    Attributes:
        projects: one for each target, in their order; the same object for equal ones.
        findings: an ERROR names a package that would fail when the program runs.
    """

    projects: tuple[Project, ...]
    findings: tuple[Finding, ...]


def choose_addons(
    project: Project,
    manifest: Manifest,
    targets: Sequence[Target],
    binaries: Sequence[NodeBinary],
    options: BuildOptions,
    observer: Observer,
) -> Chosen:
    """Give each target's project.

    Args:
        project: as it was read.
        manifest: its settings.
        targets: what is built.
        binaries: the targets' Node binaries, in the same order.
        options: the cache; what may be missing; whose source may ship.
        observer: told what is fetched.

    Raises:
        ProjectError: ``lockfile-unreadable``.
        NodeError: the cache is unusable.
        FormatError: a Node binary is broken.
    """
    findings = Findings(allow_missing=options.allow_missing_addons)
    named = ",".join((*options.public_packages, *manifest.settings.public_packages)).split(",")
    public_packages = {name.strip() for name in named}

    def may_ship(data: dict[str, Any]) -> bool:
        return "*" in public_packages or data.get("name") in public_packages or is_public(data)

    supply = Supply(manifest.root, options.node, observer)
    root, offline = manifest.root, options.node.offline
    downloads = Downloads(root, supply.store, observer, offline=offline)
    survey = Survey(project, findings, may_ship)
    wanted = [
        (npm_platform_of(target.platform, target.arch), binary)
        for target, binary in zip(targets, binaries, strict=True)
    ]
    projects = choose_projects(survey, supply, downloads, wanted, host_machine())
    for own, (machine, binary) in zip(projects, wanted, strict=True):
        findings.not_loaded(own, machine, binary)
    return Chosen(projects, findings.all())
