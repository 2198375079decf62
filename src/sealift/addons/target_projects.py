"""The project of each target."""

from __future__ import annotations

from collections.abc import Sequence

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
from sealift.model import Project, Severity


def choose_projects(
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
