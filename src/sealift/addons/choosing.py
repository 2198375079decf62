"""From the targets' choices to their projects."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.addons.apply_changes import Change, changed
from sealift.addons.downloads import Downloads
from sealift.addons.in_package import BuildChooser
from sealift.addons.native_packages import Choice, Survey
from sealift.addons.package_fetch import Supply
from sealift.addons.platform_packages import MemberChooser
from sealift.lockfiles import NpmPlatform
from sealift.model import NodeBinary, Project


def choose_projects(
    survey: Survey,
    supply: Supply,
    downloads: Downloads,
    targets: Sequence[tuple[NpmPlatform, NodeBinary]],
    host: tuple[str, str],
) -> tuple[Project, ...]:
    """Give the project of each target; one object for all that need the same.

    Args:
        survey: of the project.
        supply: of packages that are not installed.
        downloads: what installers would fetch.
        targets: their machines and Node binaries.
        host: platform and architecture of the machine that the project is installed for.
    """
    members = MemberChooser(survey, supply, host)
    builds = BuildChooser(survey, downloads, members.families, host)
    if not members.families and builds.has_none:
        return (survey.project,) * len(targets)
    choices = {(machine, binary.sha256): Choice(machine, binary) for machine, binary in targets}
    members.choose(list(choices.values()))
    for choice in choices.values():
        builds.choose(choice)
    changes = [choices[machine, binary.sha256].change() for machine, binary in targets]
    projects = {change: _changed(survey, change) for change in dict.fromkeys(changes)}
    return tuple(projects[change] for change in changes)


def _changed(survey: Survey, change: Change) -> Project:
    if not change:
        return survey.project
    added = (file for addition in change.added for file in survey.files_of(addition))
    return changed(survey.project, change, added)
