"""The project of each target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sealift.addons import messages
from sealift.addons.apply_changes import Change, apply_change
from sealift.addons.display_path import display_path
from sealift.addons.downloads import Downloads
from sealift.addons.in_package import PackageBuildChooser
from sealift.addons.native_code import NativeCode
from sealift.addons.native_files import is_addon
from sealift.addons.package_fetch import PackageFetcher
from sealift.addons.platform_packages import PlatformPackageChooser
from sealift.addons.target_choice import TargetChoice
from sealift.findings import Finding, Severity
from sealift.host import host_machine
from sealift.lockfiles import npm_platform_of
from sealift.model import NodeBinary, Observer, Project
from sealift.options import BuildOptions
from sealift.project import Manifest, is_public
from sealift.target import Target


@dataclass(frozen=True, slots=True)
class Chosen:
    """The projects of the targets.

    Attributes:
        projects: one for each target, in their order; equal projects are one object.
        findings: each once, with the targets that it concerns. An ERROR names a package that would
            fail when the program runs.
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
    """Return the project of each target, with the native files that it needs.

    Args:
        project: as it was read.
        manifest: its settings.
        targets: the targets to build.
        binaries: their Node binaries, in the same order.
        options: the cache, whether addons may be missing, and whose source may ship.
        observer: notified of what is fetched.

    Raises:
        ProjectError: ``lockfile-unreadable``.
        NodeError: the cache is unusable.
        FormatError: a Node binary is broken.
    """
    keys = [
        (npm_platform_of(target.platform, target.arch), binary.sha256)
        for target, binary in zip(targets, binaries, strict=True)
    ]
    choices = {
        key: TargetChoice(key[0], binary, options.allow_missing_addons)
        for key, binary in zip(keys, binaries, strict=True)
    }
    fetcher = PackageFetcher(manifest.root, options.node, observer)
    downloads = Downloads(
        manifest.root, fetcher.store, fetcher.npm, observer, offline=options.node.offline
    )
    code = NativeCode(project, _may_ship(manifest))
    chosen = _choose_projects(code, fetcher, downloads, tuple(choices.values()), host_machine())
    projects = dict(zip(choices, chosen, strict=True))
    concerned: dict[Finding, list[str]] = {}
    for target, key in zip(targets, keys, strict=True):
        for finding in choices[key].findings:
            concerned.setdefault(finding, []).append(str(target))
    return Chosen(
        tuple(projects[key] for key in keys),
        tuple(replace(finding, targets=tuple(names)) for finding, names in concerned.items()),
    )


def _may_ship(manifest: Manifest) -> Callable[[dict[str, Any]], bool]:
    """Return a function that decides by a package.json whether the package's source may ship."""
    listed = ",".join(manifest.settings.public_packages).split(",")
    public_packages = {name.strip() for name in listed}

    def may_ship(data: dict[str, Any]) -> bool:
        return "*" in public_packages or data.get("name") in public_packages or is_public(data)

    return may_ship


def _choose_projects(
    code: NativeCode,
    fetcher: PackageFetcher,
    downloads: Downloads,
    choices: Sequence[TargetChoice],
    host: tuple[str, str],
) -> tuple[Project, ...]:
    """Choose for all targets and return the project of each; equal projects are one object.

    Args:
        code: the project's native code.
        fetcher: fetches packages that are not installed.
        downloads: what installers would fetch.
        choices: one for each different pair of platform and Node binary, filled in here.
        host: platform and architecture of the host.
    """
    platform_packages = PlatformPackageChooser(code, fetcher, host)
    builds = PackageBuildChooser(code, downloads, platform_packages.groups, host)
    if not platform_packages.groups and builds.is_empty:
        return (code.project,) * len(choices)
    platform_packages.choose(choices)
    for choice in choices:
        builds.choose(choice)
    changes = [choice.change() for choice in choices]
    projects = {change: _changed(code, change) for change in dict.fromkeys(changes)}
    for choice, change in zip(choices, changes, strict=True):
        _report_static_node(choice, projects[change])
    return tuple(projects[change] for change in changes)


def _changed(code: NativeCode, change: Change) -> Project:
    if not change:
        return code.project
    added = (file for addition in change.added for file in code.files_of(addition))
    return apply_change(code.project, change, added)


def _report_static_node(choice: TargetChoice, project: Project) -> None:
    """Report addons in a project whose Node is statically linked: it has no loader for them."""
    addons = [file for file in project.files if is_addon(file)]
    if addons and choice.binary.facts.is_static:
        choice.report(
            messages.STATIC_NODE.finding(
                Severity.WARNING,
                file=display_path(project, addons[0]),
                platform=choice.platform,
                node=choice.binary.origin,
                count=len(addons),
            )
        )
