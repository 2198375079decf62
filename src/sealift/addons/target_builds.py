"""The stage of a build that gives each target its native files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sealift.addons import messages
from sealift.addons.target_projects import choose_addons
from sealift.findings import refuse_errors
from sealift.model import Observer
from sealift.options import BuildOptions
from sealift.project import Manifest
from sealift.target import Target
from sealift.target_build import TargetBuild, findings_for, merge_findings, with_keys


def apply(
    builds: Sequence[TargetBuild], manifest: Manifest, options: BuildOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records with the native files of each target in its project.

    Raises:
        IncompleteProjectError: a package has no addon for a target; it has the findings of all.
        ProjectError, NodeError, FormatError: as `choose_addons`.
    """
    applied: dict[Target, TargetBuild] = {}  # with the findings of this stage only
    for key in dict.fromkeys(build.project_key for build in builds):
        group = [build for build in builds if build.project_key == key]
        chosen = choose_addons(
            group[0].project,
            manifest,
            [build.target for build in group],
            [build.node for build in group],
            options,
            observer,
        )
        for build, packaged in zip(group, with_keys(chosen.projects, key), strict=True):
            found = findings_for(build, chosen.findings)
            applied[build.target] = replace(build, packaged=packaged, findings=found)
    refuse_errors(merge_findings(tuple(applied.values())), messages.MISSING_REMEDY)
    return tuple(
        replace(applied[build.target], findings=build.findings).with_findings(
            applied[build.target].findings
        )
        for build in builds
    )
